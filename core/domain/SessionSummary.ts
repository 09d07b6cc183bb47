import * as Schema from "effect/Schema"

/** A session that can be gone on with. Times are milliseconds since the epoch. */
export const SessionSummary = Schema.Struct({
  id: Schema.String,
  startedAt: Schema.Number,
  lastAt: Schema.Number,
  /** Its first task; absent when that was forgotten. */
  task: Schema.optionalKey(Schema.String),
  tasks: Schema.Int,
  /** The session whose conversation it began with. */
  forkedFrom: Schema.optionalKey(Schema.String)
})
export type SessionSummary = typeof SessionSummary.Type
