import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import { createHash } from "node:crypto"
import { cannotWrite, stateFolder } from "./CannotWrite.ts"
import { writeWhole } from "./WriteWhole.ts"

const Seen = Schema.fromJsonString(Schema.Record(Schema.String, Schema.String))
const decodeSeen = Schema.decodeUnknownOption(Seen)

/**
 * An agent file is code of whoever wrote the project. Says so the first time this state folder meets the file, and whenever
 * the file has changed since; undefined otherwise.
 */
export const trustNote = Effect.fnUntraced(function*(file: string, stateDirectory: string) {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const list = path.join(stateDirectory, "agents.json")
  const hash = createHash("sha256").update(yield* files.readFile(file)).digest("hex")
  const text = yield* Effect.orElseSucceed(files.readFileString(list), () => "{}")
  const decoded = decodeSeen(text)
  const seen = decoded._tag === "Some" ? decoded.value : {}
  if (seen[file] === hash) return undefined
  yield* stateFolder(stateDirectory, list)
  yield* writeWhole(list, `${JSON.stringify({ ...seen, [file]: hash }, undefined, 2)}\n`).pipe(
    Effect.mapError(cannotWrite(list))
  )
  return seen[file] === undefined
    ? `loads ${file}: code of this project, which runs with your rights.`
    : `loads ${file}, which has changed since the last start: code of this project, which runs with your rights.`
})
