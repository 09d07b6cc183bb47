import { readFileSync } from "node:fs"

/** Whether we run from our TypeScript sources, or from what is published. */
const fromSource = import.meta.url.endsWith(".ts")
const root = new URL(fromSource ? "../../" : "../../../", import.meta.url)

type Targets = Readonly<Record<string, string>>

const readExports = (): Readonly<Record<string, string | Targets>> => {
  const manifest: { readonly exports: Readonly<Record<string, string | Targets>> } = JSON.parse(
    readFileSync(new URL("package.json", root), "utf8")
  )
  return manifest.exports
}

let exported: Readonly<Record<string, string | Targets>> | undefined

/** URL of the module that `continualcode` or `continualcode/…` names in this very process, or undefined. */
export const ownModule = (specifier: string): string | undefined => {
  const entry = specifier.replace(/^continualcode/, ".")
  exported ??= readExports()
  const targets = exported[entry]
  const target = typeof targets === "object" ? targets[fromSource ? "continualcode-source" : "default"] : targets
  return target === undefined ? undefined : new URL(target, root).href
}

/** Everything an agent.ts can import from us. */
export const ownSpecifiers = (): ReadonlyArray<string> => {
  exported ??= readExports()
  return Object.keys(exported).map((entry) => entry.replace(/^\./, "continualcode"))
}
