import * as Effect from "effect/Effect"
import { Workspace } from "../../core/Workspace.ts"
import { projectFiles } from "../../core/workspace/ProjectFiles.ts"

const MAX_NAMES = 3
const MAX_DISTANCE = 2

/** Number of single-character edits between two short strings (Levenshtein). */
const editDistance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

const baseName = (path: string): string => path.slice(path.lastIndexOf("/") + 1).toLowerCase()

/** Up to three of `paths` whose file name is that of `wanted`, or nearly so; the nearest first. */
export const nearest = (wanted: string, paths: ReadonlyArray<string>): ReadonlyArray<string> => {
  const name = baseName(wanted)
  return paths
    .map((path) => ({ path, name: baseName(path) }))
    .filter((each) => Math.abs(each.name.length - name.length) <= MAX_DISTANCE)
    .map((each) => ({ path: each.path, distance: editDistance(name, each.name) }))
    .filter((each) => each.distance <= Math.min(MAX_DISTANCE, name.length - 1))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, MAX_NAMES)
    .map((each) => each.path)
}

/** One sentence for a file that is not there, with near names when there are some. */
export const missingFile = Effect.fnUntraced(function*(shown: string, otherwise: string) {
  const workspace = yield* Workspace
  const files = yield* projectFiles(workspace.root, workspace.root)
  // A folder may have become a link out of the project while it was walked.
  const near = yield* Effect.filter(
    nearest(shown, files.map((file) => file.path)),
    (name) => Effect.isSuccess(workspace.resolve(name, "read"))
  )
  return near.length === 0
    ? `${shown} does not exist; ${otherwise}`
    : `${shown} does not exist; did you mean ${near.join(" or ")}?`
})
