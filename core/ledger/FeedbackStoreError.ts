import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"
import { WRONG_INPUT } from "../ExitCodes.ts"

/**
 * The ledger could not be read or written. What was acknowledged before is kept. `message` ends with what the person can do.
 *
 * - `Damaged`, `Missing`: what it held is not what was written, or not there; `Newer`: a later version wrote it;
 * - `Full`, `Forbidden`: the disk has no room, or this process may not write;
 * - `Refused`: what was asked would contradict what the ledger holds; `Failed`: anything else.
 */
export class FeedbackStoreError extends Schema.TaggedError<FeedbackStoreError>()("FeedbackStoreError", {
  reason: Schema.Literals(["Busy", "Damaged", "Missing", "Newer", "Full", "Forbidden", "Refused", "Failed"]),
  message: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get [Runtime.errorExitCode](): number {
    return this.reason === "Busy" || this.reason === "Full" || this.reason === "Forbidden" ? WRONG_INPUT : 1
  }
}
