import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import { componentsBelow } from "./ConfinedPath.ts"
import { type IgnoreFile, ignoreFileOf, ignoreFilesAbove, isIgnored } from "./IgnoreRules.ts"

/** Folders that are never walked, whatever the ignore rules say. */
export const NEVER_LISTED: ReadonlySet<string> = new Set([".git", "node_modules", ".continualcode"])

/** A file found below the workspace root. */
interface ProjectFile {
  /** Relative to the root, with forward slashes. */
  readonly path: string
  readonly absolute: string
  /** True for a symbolic link; its target is a file inside the workspace. */
  readonly link: boolean
}

const byPath = (a: ProjectFile, b: ProjectFile): number => a.path < b.path ? -1 : a.path > b.path ? 1 : 0

/** What of the project's files is wanted. */
interface FilesWanted {
  /** Also those that git ignores. */
  readonly ignored?: boolean
  /** Links alone, and only those that lie in these folders (absolute). */
  readonly linksIn?: ReadonlySet<string>
}

/**
 * Whether a folder in `root` lies in a place that is not listed: asking for it by name means wanting to see it, so that what the
 * folders above it ignore does not count.
 */
export const isUnlisted = Effect.fnUntraced(function*(root: string, base: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  return (componentsBelow(path, root, base) ?? []).some((component) => NEVER_LISTED.has(component))
    || isIgnored(path, yield* ignoreFilesAbove(fs, path, root, base), base, true)
})

/**
 * The project's files below `base` (a real folder inside the real `root`), sorted by path. `.gitignore` files are honoured
 * and the folders of `NEVER_LISTED` left out, except where `base` itself lies in a place that is ignored. Links to folders are not
 * followed and unreadable folders are skipped.
 */
export const projectFiles = Effect.fn("projectFiles")(function*(
  root: string,
  base: string,
  { ignored = false, linksIn }: FilesWanted = {}
) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const found: Array<ProjectFile> = []
  const shown = (absolute: string) => path.relative(root, absolute).split(path.sep).join("/")

  const leadsInside = (absolute: string) =>
    fs.realPath(absolute).pipe(
      Effect.flatMap((real) =>
        componentsBelow(path, root, real) === undefined
          ? Effect.succeed(false)
          : Effect.map(fs.stat(real), (info) => info.type === "File")
      ),
      Effect.orElseSucceed(() => false)
    )

  const pending: Array<{ readonly folder: string; readonly outer: ReadonlyArray<IgnoreFile> }> = []
  pending.push({
    folder: base,
    outer: ignored || (yield* isUnlisted(root, base)) ? [] : yield* ignoreFilesAbove(fs, path, root, base)
  })

  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { folder, outer } = next
    const ignores = ignored ? [] : [...outer, ...yield* ignoreFileOf(fs, path, folder)]
    const entries = yield* Effect.orElseSucceed(fs.readDirectoryEntries(folder), () => [])
    for (const entry of entries) {
      const absolute = path.join(folder, entry.name)
      const isFolder = entry.type === "Directory"
      if (isFolder && NEVER_LISTED.has(entry.name)) continue
      if (linksIn !== undefined && !(isFolder ? linksIn.has(absolute) : entry.type === "SymbolicLink")) continue
      if (isIgnored(path, ignores, absolute, isFolder)) continue
      if (isFolder) pending.push({ folder: absolute, outer: ignores })
      else if (entry.type === "File" && entry.name !== ".git") {
        found.push({ path: shown(absolute), absolute, link: false })
      } else if (entry.type === "SymbolicLink" && (yield* leadsInside(absolute))) {
        found.push({ path: shown(absolute), absolute, link: true })
      }
    }
  }
  return found.sort(byPath)
})
