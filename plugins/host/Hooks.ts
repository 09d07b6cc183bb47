import { readFileSync } from "node:fs"
import * as module from "node:module"
import { fileURLToPath } from "node:url"
import { ownModule } from "./Specifiers.ts"

/** Packages that an agent file shares with us, wherever it lies. */
const SHARED = /^(effect|react|ink)(\/|$)/

/** A URL with this in its query is transpiled in full, since Node only strips types. */
export const TRANSPILE = "transpile"

interface Transpiler {
  readonly transformSync: (
    code: string,
    options: {
      readonly loader: "ts" | "tsx"
      readonly format: "esm"
      readonly jsx: "automatic"
      readonly sourcefile: string
    }
  ) => { readonly code: string }
}

/** The transpiler that tsx brings along. */
const transpiler = (): Transpiler => {
  const require = module.createRequire(import.meta.url)
  return module.createRequire(require.resolve("tsx/package.json"))("esbuild")
}

const transpile = (url: string): string => {
  const file = fileURLToPath(url)
  return transpiler().transformSync(readFileSync(file, "utf8"), {
    loader: file.endsWith("x") ? "tsx" : "ts",
    format: "esm",
    jsx: "automatic",
    sourcefile: file
  }).code
}

let installed = false

/**
 * From now on `continualcode`, `effect`, `react` and `ink` mean this process's one copy of each, wherever the importing file
 * lies: two copies of Effect in one process do not understand each other's schemas. TSX is transpiled. Deno does the first
 * through the imports of its deno.json and the second by itself.
 */
export const installHooks = (): void => {
  if (installed || "Deno" in globalThis || module.registerHooks === undefined) return
  installed = true
  module.registerHooks({
    resolve: (specifier, context, nextResolve) => {
      if (/^continualcode(\/|$)/.test(specifier)) {
        const url = ownModule(specifier)
        if (url !== undefined) return { url, shortCircuit: true }
        throw new Error(`Cannot find module '${specifier}' imported from ${context.parentURL ?? "nowhere"}`)
      }
      return nextResolve(specifier, SHARED.test(specifier) ? { ...context, parentURL: import.meta.url } : context)
    },
    load: (url, context, nextLoad) =>
      /\.tsx(\?|$)/.test(url) || new URL(url).searchParams.has(TRANSPILE)
        ? { format: "module", source: transpile(url), shortCircuit: true }
        : nextLoad(url, context)
  })
}
