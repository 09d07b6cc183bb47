import * as Schema from "effect/Schema"
import { Attempt, Call } from "./Call.ts"

/** A call as the model proposed it and the human approved it, with everything needed to score it again. */
export const ApprovedTurn = Schema.Struct({
  id: Schema.String,
  /** Milliseconds since 1970. */
  at: Schema.Number,
  sessionId: Schema.String,
  task: Schema.String,
  call: Call,
  attempt: Attempt,
  modelIdentity: Schema.String,
  /** Revision of the adapter that sampled it. */
  adapterRevision: Schema.Int
})
export type ApprovedTurn = typeof ApprovedTurn.Type
