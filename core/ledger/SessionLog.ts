import type * as Effect from "effect/Effect"
import type { Call } from "../domain/Call.ts"
import type { Message } from "../domain/Message.ts"
import type { SessionSummary } from "../domain/SessionSummary.ts"
import type { FeedbackStoreError } from "./FeedbackStoreError.ts"

/** A session as far as it got. */
export interface StoredSession {
  /** Since the last `/clear`. What was forgotten is left out. */
  readonly conversation: ReadonlyArray<Message>
  /** Larger than the number of any call in it. */
  readonly nextCall: number
  /** A call that had been started when the session ended, without a result. */
  readonly unfinished?: Call
}

/** The part of the ledger that gives conversations back. They are written with `record`, as `Remembered` and `SessionForked`. */
export interface SessionLog {
  /** Sessions in which something was said, the newest first. */
  readonly sessions: Effect.Effect<ReadonlyArray<SessionSummary>, FeedbackStoreError>
  /** One of `sessions`, by its whole id. */
  readonly session: (id: string) => Effect.Effect<StoredSession, FeedbackStoreError>
}
