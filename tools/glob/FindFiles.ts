import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import { FileSearch, type SearchScope } from "../../core/FileSearch.ts"
import { Workspace } from "../../core/Workspace.ts"
import { globMatcher } from "../common/Glob.ts"
import { MAX_FOUND_FILES, MAX_PATHS } from "../common/Limits.ts"
import { count, refuse, succeeded } from "../common/Outcome.ts"
import { lookAt, type Place } from "../common/SeenPath.ts"
import { belowBase, isBelow, searchRefusal, searchScope, TIME_IS_UP, WHEN_MISSING } from "../common/SearchBase.ts"

const DAY_MILLISECONDS = 86_400_000

/** A path with its modification time in milliseconds. */
interface Dated {
  readonly path: string
  readonly modified: number
}

/** Files changed during the last day come first, newest first; then the others by path. */
const byRecency = (now: number) => (a: Dated, b: Dated): number => {
  const recentA = now - a.modified < DAY_MILLISECONDS
  const recentB = now - b.modified < DAY_MILLISECONDS
  if (recentA !== recentB) return recentA ? -1 : 1
  if (recentA && a.modified !== b.modified) return b.modified - a.modified
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0
}

/** Finds files by name; all matches are sorted before the list is cut. */
export const findFiles = Effect.fn("tool.glob")((
  pattern: string,
  path: string | undefined,
  basis: string | undefined
) => lookAt(path ?? ".", WHEN_MISSING, basis, (place) => findBelow(pattern, place)))

/** What to say where nothing was found: whether files that git ignores would have been. */
const nothing = Effect.fnUntraced(function*(scope: SearchScope, matches: (file: string) => boolean) {
  const search = yield* FileSearch
  const workspace = yield* Workspace
  const { files } = yield* search.files({ ...scope, ignored: true }, true)
  const found = yield* Effect.filter(files.filter(matches).sort().slice(0, MAX_PATHS), (file) => isBelow(scope, file))
  const [first] = found
  return first === undefined
    ? "No files match."
    : `No files match. (${count(found.length, "file")}${
      found.length === MAX_PATHS ? " or more" : ""
    } that git ignores would, such as ${workspace.relative(first)}; give the folder as path to search it)`
})

const findBelow = Effect.fnUntraced(function*(given: string, place: Place) {
  const fs = yield* FileSystem.FileSystem
  const search = yield* FileSearch
  const workspace = yield* Workspace
  const pattern = given.replace(/^(?:\.\/)+/, "")
  if (pattern === "") return yield* refuse("the pattern is empty; give one such as **/*.ts")
  if (pattern.startsWith("/") || pattern.split("/").includes("..")) {
    return yield* refuse(
      `the pattern ${given} leaves the searched folder; give one relative to it, and a path if needed`
    )
  }
  const scope = yield* searchScope(place)
  const relative = yield* belowBase(scope)
  const matchesName = globMatcher(pattern)
  const matches = (file: string) => matchesName(relative(file))
  const { end, files } = yield* search.files(scope, true)
  const found = files.filter(matches)
  const dated = yield* Effect.forEach(found, (file) =>
    fs.stat(file).pipe(
      Effect.map((info) => Option.match(info.mtime, { onNone: () => 0, onSome: (time) => time.getTime() })),
      Effect.orElseSucceed(() => 0),
      Effect.map((modified) => ({ path: workspace.relative(file), file, modified }))
    ), { concurrency: 16 })
  const sorted = dated.toSorted(byRecency(yield* Clock.currentTimeMillis))
  const shown = yield* Effect.filter(sorted.slice(0, MAX_PATHS), ({ file }) => isBelow(scope, file))
  const notes = [
    ...(sorted.length > MAX_PATHS ? [`(${MAX_PATHS} of ${sorted.length} files; narrow the pattern)`] : []),
    ...(end === "limit" ? [`(the first ${MAX_FOUND_FILES} files alone were looked at; narrow the path)`] : []),
    ...(end === "time" ? [TIME_IS_UP] : [])
  ]
  const lines = shown.length === 0 ? [yield* nothing(scope, matches)] : shown.map(({ path }) => path)
  return succeeded([...lines, ...notes].join("\n"))
}, Effect.catchTag("FileSearchError", (error) => Effect.fail(searchRefusal(error))))
