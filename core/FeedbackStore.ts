import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { ApprovedTurn } from "./domain/ApprovedTurn.ts"
import type { AgentEvent, Metrics } from "./domain/Event.ts"
import type { Lesson } from "./domain/Lesson.ts"
import type { LearnOutcome } from "./domain/Step.ts"

/** The ledger could not be read or written. What was acknowledged before is kept. */
export class FeedbackStoreError extends Schema.TaggedError<FeedbackStoreError>()("FeedbackStoreError", {
  message: Schema.String
}) {}

export interface StoredSnapshot {
  readonly revision: number
  readonly modelIdentity: string
  /** The adapter's shape in words (rank, alpha, targets): only adapters of one shape replace each other. */
  readonly shape: string
  readonly bytes: Uint8Array
}

/** The ledger: an append-only record of sessions, verdicts, lessons and steps, and the adapter snapshots that belong to it. */
export class FeedbackStore extends Context.Service<FeedbackStore, {
  readonly append: (event: AgentEvent) => Effect.Effect<void, FeedbackStoreError>
  /**
   * Records a lesson, its outcome and the adapter after it in one transaction: after a crash all of them are there or none.
   * `snapshot` is absent when the outcome is `Skipped`.
   */
  readonly commitLesson: (entry: {
    readonly lesson: Lesson
    readonly outcome: LearnOutcome
    readonly snapshot?: StoredSnapshot
  }) => Effect.Effect<void, FeedbackStoreError>
  /** The newest snapshot that belongs to this model, of this shape when one is given. */
  readonly latestSnapshot: (
    modelIdentity: string,
    shape?: string
  ) => Effect.Effect<Option.Option<StoredSnapshot>, FeedbackStoreError>
  readonly lessons: Effect.Effect<
    ReadonlyArray<{ readonly lesson: Lesson; readonly outcome: LearnOutcome }>,
    FeedbackStoreError
  >
  /** Keeps an approved turn for later comparisons. The ledger may drop the oldest ones. */
  readonly keepApproved: (turn: ApprovedTurn) => Effect.Effect<void, FeedbackStoreError>
  /** Approved turns that this model sampled, newest first, at most `limit`. */
  readonly approvedTurns: (wanted: {
    readonly modelIdentity: string
    readonly limit: number
  }) => Effect.Effect<ReadonlyArray<ApprovedTurn>, FeedbackStoreError>
  readonly metrics: (revision: number) => Effect.Effect<Metrics, FeedbackStoreError>
}>()("continualcode/FeedbackStore") {}
