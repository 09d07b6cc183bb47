import { existsSync, readdirSync, readFileSync } from "node:fs"

/** Whether we run from our TypeScript sources, or from what is published. */
const fromSource = import.meta.url.endsWith(".ts")
const root = new URL(fromSource ? "../../" : "../../../", import.meta.url)

type Targets = Readonly<Record<string, string>>
type Exports = Readonly<Record<string, string | Targets | null>>

const readExports = (): Exports => {
  const manifest: { readonly exports: Exports } = JSON.parse(readFileSync(new URL("package.json", root), "utf8"))
  return manifest.exports
}

const targetOf = (targets: string | Targets | null | undefined): string | undefined =>
  typeof targets === "object" ? targets?.[fromSource ? "continualcode-source" : "default"] : targets

/** Entries of a pattern such as `./trainers/*`: one for each folder that has what it leads to. */
const entriesOf = (pattern: string, targets: string | Targets | null): ReadonlyArray<readonly [string, string]> => {
  const [before = "", after] = targetOf(targets)?.split("*") ?? []
  if (after === undefined) return []
  return readdirSync(new URL(before, root)).filter((name) => existsSync(new URL(`${before}${name}${after}`, root)))
    .map((name) => [pattern.replace("*", name), `${before}${name}${after}`])
}

let targets: ReadonlyMap<string, string> | undefined

/** What the package exports, by entry, its patterns written out. A more exact entry wins over a pattern; `null` hides. */
const own = (): ReadonlyMap<string, string> => {
  if (targets !== undefined) return targets
  const exact = Object.entries(readExports())
  const patterns = exact.flatMap(([entry, target]) => entriesOf(entry, target))
  const plain = exact.flatMap(([entry, target]) => {
    const file = entry.includes("*") ? undefined : targetOf(target)
    return file === undefined ? [] : [[entry, file] as const]
  })
  const hidden = new Set(exact.filter(([, target]) => target === null).map(([entry]) => entry))
  targets = new Map([...patterns.filter(([entry]) => !hidden.has(entry)), ...plain])
  return targets
}

/** URL of the module that `continualcode` or `continualcode/…` names in this very process, or undefined. */
export const ownModule = (specifier: string): string | undefined => {
  const target = own().get(specifier.replace(/^continualcode/, "."))
  return target === undefined ? undefined : new URL(target, root).href
}

/** Everything an agent.ts can import from us. */
export const ownSpecifiers = (): ReadonlyArray<string> =>
  [...own().keys()].map((entry) => entry.replace(/^\./, "continualcode"))
