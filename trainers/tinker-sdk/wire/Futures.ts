/** Promises of results: what a submission answers, and what polling for the result answers. */
import * as Schema from "effect/Schema"
import { booleanOr, maybe, stringOr } from "./Common.ts"

/** Answer of every submission. */
export const UntypedFuture = Schema.Struct({
  request_id: Schema.String,
  model_id: maybe(Schema.String),
  sample_sequence_ids: maybe(Schema.Array(Schema.String))
})
export type UntypedFuture = typeof UntypedFuture.Type

export const RetrieveFutureRequest = Schema.Struct({
  request_id: Schema.String,
  allow_metadata_only: booleanOr(false)
})

export const QueueState = Schema.Literals(["active", "paused_capacity", "paused_rate_limit"])
export type QueueState = typeof QueueState.Type

/** Not ready yet: the body of a 200 or a 408. A state that is not in `QueueState` is legal. */
export const TryAgain = Schema.Struct({
  type: Schema.Literal("try_again"),
  request_id: maybe(Schema.String),
  queue_state: maybe(Schema.String),
  queue_state_reason: maybe(Schema.String)
})
export type TryAgain = typeof TryAgain.Type

/** Ready, but large: poll again without `allow_metadata_only` once there is room for this many bytes. */
export const CompleteMetadata = Schema.Struct({
  status: Schema.Literal("complete_metadata"),
  response_payload_size: Schema.Int
})

/** The request failed. */
export const RequestFailure = Schema.Struct({
  error: Schema.String,
  category: stringOr("unknown")
})
export type RequestFailure = typeof RequestFailure.Type
