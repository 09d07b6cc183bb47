import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"
import { PhrasingSet } from "./Phrasing.ts"

const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(PhrasingSet), { onExcessProperty: "error" })

/** The frozen set of corrections. */
export const loadPhrasings = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  return yield* decode(yield* fs.readFileString(`${import.meta.dirname}/../phrasings.json`))
})
