import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import picomatch from "picomatch"
import { MAX_PATHS } from "../common/Limits.ts"
import { refuse, succeeded } from "../common/Outcome.ts"
import { lookAt, type Place } from "../common/SeenPath.ts"
import { searchBase, WHEN_MISSING } from "../common/SearchBase.ts"

const DAY_MILLISECONDS = 86_400_000

/**
 * Whether a path relative to the searched folder matches. A pattern without a slash is matched against the file's name
 * alone, at any depth.
 */
export const globMatcher = (pattern: string): (relative: string) => boolean =>
  picomatch(pattern, { dot: true, basename: !pattern.includes("/") })

/** A path with its modification time in milliseconds. */
export interface Dated {
  readonly path: string
  readonly modified: number
}

/** Files changed during the last day come first, newest first; then the others by path. */
export const byRecency = (now: number) => (a: Dated, b: Dated): number => {
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

const findBelow = Effect.fnUntraced(function*(given: string, place: Place) {
  const fs = yield* FileSystem.FileSystem
  const paths = yield* Path.Path
  const pattern = given.replace(/^(?:\.\/)+/, "")
  if (pattern === "") return yield* refuse("the pattern is empty; give one such as **/*.ts")
  if (pattern.startsWith("/") || pattern.split("/").includes("..")) {
    return yield* refuse(
      `the pattern ${given} leaves the searched folder; give one relative to it, and a path if needed`
    )
  }
  const { files, folder } = yield* searchBase(place)
  const matches = globMatcher(pattern)
  const found = files.filter((file) => matches(paths.relative(folder, file.absolute).split(paths.sep).join("/")))
  const dated = yield* Effect.forEach(found, (file) =>
    fs.stat(file.absolute).pipe(
      Effect.map((info) => Option.match(info.mtime, { onNone: () => 0, onSome: (time) => time.getTime() })),
      Effect.orElseSucceed(() => 0),
      Effect.map((modified): Dated => ({ path: file.path, modified }))
    ), { concurrency: 16 })
  const sorted = dated.toSorted(byRecency(yield* Clock.currentTimeMillis)).map((file) => file.path)
  if (sorted.length === 0) return succeeded("No files match.")
  const cut = sorted.length > MAX_PATHS ? [`(${MAX_PATHS} of ${sorted.length} files; narrow the pattern)`] : []
  return succeeded([...sorted.slice(0, MAX_PATHS), ...cut].join("\n"))
})
