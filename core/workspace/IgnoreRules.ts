import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import makeIgnore, { type Ignore } from "ignore"

/** The rules of one `.gitignore`; they apply to paths below its folder. */
export interface IgnoreFile {
  readonly folder: string
  readonly rules: Ignore
}

/** The `.gitignore` of one folder, if it has one. */
export const ignoreFileOf = (fs: FileSystem.FileSystem, path: Path.Path, folder: string) =>
  fs.readFileString(path.join(folder, ".gitignore")).pipe(
    Effect.map((text): ReadonlyArray<IgnoreFile> => [{ folder, rules: makeIgnore({ ignorecase: false }).add(text) }]),
    Effect.orElseSucceed((): ReadonlyArray<IgnoreFile> => [])
  )

/**
 * The `.gitignore` files of the folders above `folder`, outermost first, starting at the root of its git repository (at the
 * workspace root when it is in none).
 */
export const ignoreFilesAbove = Effect.fnUntraced(function*(
  fs: FileSystem.FileSystem,
  path: Path.Path,
  root: string,
  folder: string
) {
  let top = root
  for (let current = root;; current = path.dirname(current)) {
    if (yield* Effect.orElseSucceed(fs.exists(path.join(current, ".git")), () => false)) {
      top = current
      break
    }
    if (path.dirname(current) === current) break
  }
  const chain: Array<string> = []
  for (let current = folder; current !== top && path.dirname(current) !== current;) {
    current = path.dirname(current)
    chain.unshift(current)
  }
  const files: Array<IgnoreFile> = []
  for (const each of chain) files.push(...yield* ignoreFileOf(fs, path, each))
  return files
})

/** Whether git ignores `absolute`. A deeper file's rule wins over an outer one's, as in git. */
export const isIgnored = (
  path: Path.Path,
  files: ReadonlyArray<IgnoreFile>,
  absolute: string,
  isFolder: boolean
): boolean => {
  let ignored = false
  for (const { folder, rules } of files) {
    const relative = path.relative(folder, absolute).split(path.sep).join("/")
    const result = rules.test(isFolder ? `${relative}/` : relative)
    if (result.ignored) ignored = true
    else if (result.unignored) ignored = false
  }
  return ignored
}
