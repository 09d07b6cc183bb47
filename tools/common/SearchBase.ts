import * as Effect from "effect/Effect"
import { Workspace } from "../../core/Workspace.ts"
import { type ProjectFile, projectFiles } from "../../core/workspace/ProjectFiles.ts"
import type { Place } from "./SeenPath.ts"

/** Advice for a path to search that leads nowhere. */
export const WHEN_MISSING = "leave path out to search the whole project"

export interface SearchBase {
  /** Real absolute path of the folder searched. */
  readonly folder: string
  readonly files: ReadonlyArray<ProjectFile>
}

/** The files at or below a place, for glob and grep. */
export const searchBase = Effect.fnUntraced(function*({ absolute, info, shown }: Place) {
  const workspace = yield* Workspace
  const base: SearchBase = info.type === "Directory"
    ? { folder: absolute, files: yield* projectFiles(workspace.root, absolute) }
    : { folder: workspace.root, files: [{ path: shown, absolute, link: false }] }
  return base
})
