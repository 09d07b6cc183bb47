import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { Protection } from "./Protected.ts"
import { protectionOf } from "./Protected.ts"

/** Folders full of what others wrote, which are not looked through. */
const SKIPPED: ReadonlySet<string> = new Set(["node_modules", ".venv", "venv", "__pycache__", "target"])

/** A protected place that exists. */
interface ProtectedFile {
  /** Real absolute path. */
  readonly path: string
  readonly protection: Protection
}

/**
 * The protected places in a project that exist now. A protected folder counts as one; a link counts as what it leads to.
 * Folders of dependencies are not looked through.
 */
export const protectedFiles = Effect.fn("Permissions.protectedFiles")(function*(root: string) {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const found: Array<ProtectedFile> = []
  const pending: Array<ReadonlyArray<string>> = [[]]
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    const folder = path.join(root, ...at)
    const entries = yield* Effect.orElseSucceed(files.readDirectoryEntries(folder), () => [])
    for (const { name, type } of entries) {
      const components = [...at, name]
      const protection = protectionOf(components)
      if (protection !== undefined) {
        const absolute = path.join(folder, name)
        const real = type === "SymbolicLink" ? yield* Effect.option(files.realPath(absolute)) : undefined
        if (real === undefined) found.push({ path: absolute, protection })
        else if (real._tag === "Some") found.push({ path: real.value, protection })
      } else if (type === "Directory" && !SKIPPED.has(name)) pending.push(components)
    }
  }
  return found
})
