import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { ApprovedTurn } from "./domain/ApprovedTurn.ts"
import type { AgentEvent, Metrics, ProbeRun } from "./domain/Event.ts"
import type { LedgerRecord } from "./domain/LedgerRecord.ts"
import type { Lesson, LessonBrief } from "./domain/Lesson.ts"
import type { AdapterKey, LessonEntry, TrainedWith } from "./domain/LessonEntry.ts"
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

/** What an adapter was before its first lesson: drawn from a seed, or taken from elsewhere. */
export type AdapterOrigin =
  | { readonly _tag: "Fresh"; readonly seed: number }
  | { readonly _tag: "Imported"; readonly source: string; readonly snapshot: StoredSnapshot }

/** One lesson learned anew during a rewrite. */
export interface Relearned {
  readonly lessonId: string
  readonly outcome: LearnOutcome
  readonly trainedWith: TrainedWith
  /** The adapter after it, if that is to be kept. */
  readonly snapshot?: StoredSnapshot
}

/** A change of what came before: lessons taken out of the adapter, or learned anew. */
export interface Rewrite {
  readonly adapter: AdapterKey
  /** Lessons that leave the adapter for good. */
  readonly undone: ReadonlyArray<string>
  /** Those of `undone` whose content is removed as well. */
  readonly forgotten: ReadonlyArray<string>
  /** Oldest first. They belong to `adapter` from now on. */
  readonly relearned: ReadonlyArray<Relearned>
  /** Lessons whose stored snapshot is still what the adapter is after them; every other one of this adapter goes. */
  readonly keptSnapshots: ReadonlyArray<string>
  readonly record: LedgerRecord
}

/** The ledger: an append-only record of sessions, verdicts, lessons and steps, and the adapter snapshots that belong to it. */
export class FeedbackStore extends Context.Service<FeedbackStore, {
  readonly append: (event: AgentEvent) => Effect.Effect<void, FeedbackStoreError>
  /** Appends what happened beside a session's turns. */
  readonly record: (record: LedgerRecord) => Effect.Effect<void, FeedbackStoreError>
  /**
   * Records a lesson, its outcome and the adapter after it in one transaction: after a crash all of them are there or none.
   * `snapshot` is there exactly when the outcome is `Stepped`. `origin` is kept when the adapter has none yet.
   */
  readonly commitLesson: (entry: {
    readonly lesson: Lesson
    readonly outcome: LearnOutcome
    readonly snapshot?: StoredSnapshot
    readonly shape?: string
    readonly trainedWith?: TrainedWith
    readonly origin?: AdapterOrigin
  }) => Effect.Effect<void, FeedbackStoreError>
  /**
   * The newest adapter that belongs to this model; an imported origin counts as one. With a shape the one of that shape, as its
   * last step left it; fails when the ledger holds the step but not the adapter after it.
   */
  readonly latestSnapshot: (
    modelIdentity: string,
    shape?: string
  ) => Effect.Effect<Option.Option<StoredSnapshot>, FeedbackStoreError>
  /** Lessons that count, with what the newest learning of each did, oldest first; undone and forgotten ones are left out. */
  readonly lessons: Effect.Effect<
    ReadonlyArray<{ readonly lesson: Lesson; readonly outcome: LearnOutcome }>,
    FeedbackStoreError
  >
  /** One lesson of `lessons`. Fails when there is none of that id, and when it was forgotten. */
  readonly lesson: (id: string) => Effect.Effect<Lesson, FeedbackStoreError>
  /** The lessons of `lessons` without their tokens and conversations, whose reading takes most of the time. */
  readonly corrections: Effect.Effect<ReadonlyArray<LessonBrief>, FeedbackStoreError>
  /** `corrections` with what the newest learning of each did. */
  readonly learned: Effect.Effect<
    ReadonlyArray<{ readonly lesson: LessonBrief; readonly outcome: LearnOutcome }>,
    FeedbackStoreError
  >
  /** Every lesson there ever was, in order. */
  readonly entries: Effect.Effect<ReadonlyArray<LessonEntry>, FeedbackStoreError>
  readonly origin: (adapter: AdapterKey) => Effect.Effect<Option.Option<AdapterOrigin>, FeedbackStoreError>
  /** Sets what an adapter without lessons starts from; with active lessons it fails. */
  readonly start: (adapter: AdapterKey, origin: AdapterOrigin) => Effect.Effect<void, FeedbackStoreError>
  /** Ids of the lessons of this adapter after which a snapshot is kept, oldest first. */
  readonly snapshots: (adapter: AdapterKey) => Effect.Effect<ReadonlyArray<string>, FeedbackStoreError>
  readonly snapshotAfter: (lessonId: string) => Effect.Effect<Option.Option<StoredSnapshot>, FeedbackStoreError>
  /**
   * Changes the adapter's past in one transaction. Fails, changing nothing, when the newest active lesson would be left
   * without its snapshot and was not before.
   */
  readonly rewrite: (rewrite: Rewrite) => Effect.Effect<void, FeedbackStoreError>
  /** Leaves no copy of removed content in unused parts of the file. */
  readonly sweep: Effect.Effect<void, FeedbackStoreError>
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
}>()("continualcode/FeedbackStore") {}
