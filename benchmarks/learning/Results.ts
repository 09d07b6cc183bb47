import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Finished } from "./Unit.ts"

const Line = Schema.fromJsonString(Finished)
const decode = Schema.decodeUnknownOption(Line)

/**
 * The finished units in a file of JSON lines, of one model, the newest of each id. A line that was cut off is left out, and
 * its unit runs again.
 */
export const readFinished = Effect.fnUntraced(function*(path: string, modelIdentity: string) {
  const fs = yield* FileSystem.FileSystem
  if (!(yield* fs.exists(path))) return []
  const text = yield* fs.readFileString(path)
  const found = text.split("\n").flatMap((line) => Option.toArray(decode(line)))
  const newest = new Map(
    found.filter((one) => one.modelIdentity === modelIdentity).map((one) => [one.unit.id, one] as const)
  )
  return [...newest.values()]
})

/** Adds one line. A line before it that was cut off stays by itself. */
export const appendFinished = Effect.fnUntraced(function*(path: string, finished: Finished) {
  const fs = yield* FileSystem.FileSystem
  const line = yield* Schema.encodeEffect(Line)(finished).pipe(Effect.orDie)
  yield* fs.writeFileString(path, `\n${line}`, { flag: "a" })
})
