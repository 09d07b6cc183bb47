import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import { Workspace } from "../../core/Workspace.ts"
import { type ProjectFile, projectFiles } from "../../core/workspace/ProjectFiles.ts"
import { refuse } from "./Outcome.ts"

export interface SearchBase {
  /** Real absolute path of the folder searched. */
  readonly folder: string
  readonly files: ReadonlyArray<ProjectFile>
}

/** The files at or below a path the model gave (default: the whole project), for glob and grep. */
export const searchBase = Effect.fnUntraced(function*(path: string | undefined) {
  const fs = yield* FileSystem.FileSystem
  const workspace = yield* Workspace
  const absolute = yield* workspace.resolve(path ?? ".", "read").pipe(Effect.mapError((error) => refuse(error.message)))
  const shown = workspace.relative(absolute)
  const info = Option.getOrUndefined(yield* Effect.option(fs.stat(absolute)))
  if (info === undefined) return yield* refuse(`${shown} does not exist; leave path out to search the whole project`)
  const base: SearchBase = info.type === "Directory"
    ? { folder: absolute, files: yield* projectFiles(workspace.root, absolute) }
    : { folder: workspace.root, files: [{ path: shown, absolute, link: false }] }
  return base
})
