import * as Schema from "effect/Schema"

/**
 * The ledger could not be read or written. What was acknowledged before is kept. `message` ends with what the person can do.
 *
 * - `Damaged`, `Missing`: what it held is not what was written, or not there; `Newer`: a later version wrote it;
 * - `Full`, `Forbidden`: the disk has no room, or this process may not write;
 * - `Refused`: what was asked would contradict what the ledger holds; `Failed`: anything else.
 */
export class FeedbackStoreError extends Schema.TaggedError<FeedbackStoreError>()("FeedbackStoreError", {
  reason: Schema.Literals(["Damaged", "Missing", "Newer", "Full", "Forbidden", "Refused", "Failed"]),
  message: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {}
