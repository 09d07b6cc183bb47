import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"

/** What a project tells every agent, from one file. */
export interface Instructions {
  /** Absolute path. */
  readonly file: string
  readonly text: string
}

const NAME = "AGENTS.md"
/** Longest text taken from one file, characters. */
const LONGEST = 32_768
const ROOT = 0

/**
 * The `AGENTS.md` of a folder and of those above it, the outermost first: up to the repository's root (the folder with `.git`),
 * outside of one only the folder's own; never from the home folder or above it. A file above counts only where it belongs to the
 * folder's owner or to root, and none that is a link out of its folder: what it says steers the agent.
 */
export const readInstructions = Effect.fn("readInstructions")(function*(start: string, home: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const ownerOf = (name: string) =>
    Effect.map(
      Effect.option(fs.stat(name)),
      Option.match({ onNone: () => undefined, onSome: ({ uid }) => Option.getOrUndefined(uid) })
    )
  const owner = yield* ownerOf(start)

  const read = Effect.fnUntraced(function*(folder: string) {
    const file = path.join(folder, NAME)
    const info = yield* fs.stat(file)
    const uid = Option.getOrUndefined(info.uid)
    const ours = folder === start || uid === owner || uid === ROOT
    if (info.type !== "File" || !ours || path.dirname(yield* fs.realPath(file)) !== folder) return []
    const text = (yield* fs.readFileString(file)).trim()
    const found: Instructions = { file, text: text.slice(0, LONGEST).toWellFormed() }
    return text === "" ? [] : [found]
  }, (reading) => Effect.orElseSucceed(reading, (): ReadonlyArray<Instructions> => []))

  const folders: Array<string> = []
  for (let folder = start; folder !== home; folder = path.dirname(folder)) {
    folders.unshift(folder)
    if (yield* Effect.orElseSucceed(fs.exists(path.join(folder, ".git")), () => false)) {
      return (yield* Effect.forEach(folders, read)).flat()
    }
    if (path.dirname(folder) === folder) break
  }
  return yield* read(start)
})
