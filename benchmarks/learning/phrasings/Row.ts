import * as Schema from "effect/Schema"
import { CallArguments } from "../../../core/domain/Call.ts"

/** What the model did where a person judges it: a call, words, or neither. */
export const Judged = Schema.Struct({
  call: Schema.optionalKey(Schema.Struct({ tool: Schema.String, arguments: CallArguments })),
  words: Schema.optionalKey(Schema.String),
  /** Whether the call is one that does as the person asked. */
  wanted: Schema.Boolean,
  /** Why it cannot run, or why there is neither call nor words. */
  problem: Schema.optionalKey(Schema.String)
})
export type Judged = typeof Judged.Type

/** What became of one correction. */
export const Row = Schema.Struct({
  id: Schema.String,
  kind: Schema.String,
  /** The call before anything was said; there is a correction only where it is a call that is not wanted. */
  first: Judged,
  /** With learning off: the retry, which has the correction in its prompt, on this task and on the second one. */
  told: Schema.optionalKey(Schema.Struct({ retry: Judged, againFirst: Judged, againRetry: Judged })),
  /** With learning on: the retry, and what comes in fresh sessions that do not hold the correction. */
  taught: Schema.optionalKey(Schema.Struct({
    /** Updates of the denial's step that was kept, or why there is none. */
    step: Schema.Union([Schema.Finite, Schema.String]),
    retry: Judged,
    fresh: Judged,
    again: Judged
  }))
})
export type Row = typeof Row.Type
