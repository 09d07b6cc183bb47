import type * as Effect from "effect/Effect"
import type { ApprovedTurn } from "../domain/ApprovedTurn.ts"
import type { AgentEvent } from "../domain/Event.ts"
import type { Metrics } from "../domain/Metrics.ts"
import type { ProbeRun } from "../domain/ProbeRun.ts"
import type { LedgerRecord } from "../domain/LedgerRecord.ts"
import type { FeedbackStoreError } from "./FeedbackStoreError.ts"

/** The part of the ledger that holds what happened: events, approved turns, and what is counted from them. */
export interface Records {
  readonly append: (event: AgentEvent) => Effect.Effect<void, FeedbackStoreError>
  /** Appends what happened beside a session's turns. */
  readonly record: (record: LedgerRecord) => Effect.Effect<void, FeedbackStoreError>
  /** Keeps an approved turn for later comparisons. The ledger may drop the oldest ones. */
  readonly keepApproved: (turn: ApprovedTurn) => Effect.Effect<void, FeedbackStoreError>
  /** Approved turns that this model sampled, newest first, at most `limit`. */
  readonly approvedTurns: (wanted: {
    readonly modelIdentity: string
    readonly limit: number
  }) => Effect.Effect<ReadonlyArray<ApprovedTurn>, FeedbackStoreError>
  /** Every probe run that was appended, oldest first. */
  readonly probeRuns: Effect.Effect<ReadonlyArray<ProbeRun>, FeedbackStoreError>
  readonly metrics: (revision: number) => Effect.Effect<Metrics, FeedbackStoreError>
}
