import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import { configError } from "../../core/config/Decode.ts"

/** Names an agent file may have, first one first. */
const AGENT_FILES: ReadonlyArray<string> = ["agent.ts", "agent.mts", "agent.tsx", "agent.js", "agent.mjs"]

/** The administrator. */
const ROOT = 0

/**
 * The agent file that applies in `directory`: the nearest one walking up, not further than the repository's root (the folder
 * with `.git`) and never the home folder or above it. Undefined when there is none. A file above `directory` counts only
 * where it belongs to the same user or to root, since it is run: a shared folder such as /tmp may hold anybody's.
 */
export const findAgent = Effect.fnUntraced(function*(directory: string, home: string) {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const exists = (name: string) => Effect.orElseSucceed(files.exists(name), () => false)
  const ownerOf = (name: string) =>
    Effect.map(Effect.option(files.stat(name)), (info) => Option.getOrUndefined(Option.flatMap(info, ({ uid }) => uid)))
  const start = path.resolve(directory)
  const owner = yield* ownerOf(start)
  const isOurs = (folder: string, file: string) =>
    folder === start
      ? Effect.succeed(true)
      : Effect.map(ownerOf(file), (uid) => uid === owner || uid === ROOT)
  let folder = start
  while (folder !== path.resolve(home)) {
    for (const name of AGENT_FILES) {
      const file = path.join(folder, name)
      if ((yield* exists(file)) && (yield* isOurs(folder, file))) return file
    }
    const parent = path.dirname(folder)
    if (parent === folder || (yield* exists(path.join(folder, ".git")))) return undefined
    folder = parent
  }
  return undefined
})

/** The agent file named on the command line. Fails when there is none. */
export const namedAgent = Effect.fnUntraced(function*(named: string, directory: string) {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const file = path.resolve(directory, named)
  const info = yield* Effect.option(files.stat(file))
  if (info._tag === "None" || info.value.type !== "File") {
    return yield* configError(`agent=${named}: there is no file ${file}. Give the path of an agent.ts.`)
  }
  return file
})
