import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import { homedir } from "node:os"
import { componentsBelow, resolveConfined } from "./workspace/ConfinedPath.ts"
import { type Instructions, readInstructions } from "./workspace/Instructions.ts"
import { projectFiles } from "./workspace/ProjectFiles.ts"
import { WorkspaceError } from "./workspace/WorkspaceError.ts"

export { WorkspaceError }

/** The project folder the agent works in. The only way tools turn a model's path into a real one. */
export class Workspace extends Context.Service<Workspace, {
  /** Real absolute path of the workspace. */
  readonly root: string
  /**
   * Absolute path for a path given by the model. Fails when the real path (links followed up to the deepest existing
   * ancestor) leaves the workspace, and for git's data and the agent's own state when `access` is `write`.
   */
  readonly resolve: (path: string, access: "read" | "write") => Effect.Effect<string, WorkspaceError>
  /** Path relative to the root, with forward slashes, for display; outside, the path as it is. */
  readonly relative: (absolute: string) => string
  /** The project's AGENTS.md files, the outermost first. */
  readonly instructions: Effect.Effect<ReadonlyArray<Instructions>>
  /** Up to `limit` project files, relative and sorted, ignored files left out; `total` counts all. */
  readonly listing: (limit: number) => Effect.Effect<{ readonly files: ReadonlyArray<string>; readonly total: number }>
}>()("continualcode/Workspace") {
  /**
   * The workspace at `root` (relative to the current folder, or absolute). Fails when it is not a folder. `home` is what `~`
   * means in a model's paths.
   */
  static readonly layer = (root: string, options: { readonly home?: string } = {}) =>
    Layer.effect(Workspace, makeWorkspace(root, options.home ?? homedir()))
}

const makeWorkspace = Effect.fn("Workspace.make")(function*(given: string, home: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const missing = (cause?: PlatformError) =>
    new WorkspaceError({
      reason: "Missing",
      path: given,
      message: `the workspace ${given} is not a folder that exists; name one that does`,
      ...(cause === undefined ? {} : { cause })
    })
  const root = yield* Effect.mapError(fs.realPath(path.resolve(given)), missing)
  const info = yield* Effect.mapError(fs.stat(root), missing)
  if (info.type !== "Directory") return yield* missing()

  return Workspace.of({
    root,
    resolve: (requested, access) => resolveConfined({ fs, path, root, home }, requested, access),
    relative: (absolute) => {
      const components = componentsBelow(path, root, absolute)
      return components === undefined ? absolute : components.join("/") || "."
    },
    instructions: readInstructions(root, home).pipe(
      Effect.provideService(FileSystem.FileSystem, fs),
      Effect.provideService(Path.Path, path)
    ),
    listing: (limit) =>
      projectFiles(root, root).pipe(
        Effect.map((files) => ({ files: files.slice(0, limit).map((file) => file.path), total: files.length })),
        Effect.provideService(FileSystem.FileSystem, fs),
        Effect.provideService(Path.Path, path)
      )
  })
})
