import * as Effect from "effect/Effect"
import { join } from "node:path"
import { attempt, openDatabase } from "./Database.ts"

/** Writes a whole copy of a ledger, taken at one moment, into another folder. The source must not be in use. */
export const copyLedger = Effect.fnUntraced(function*(from: string, to: string) {
  const database = yield* openDatabase(from)
  yield* attempt("The ledger could not be copied", () => {
    database.prepare("VACUUM INTO ?").run(join(to, "ledger.sqlite"))
  })
})
