import type * as Effect from "effect/Effect"
import type { LedgerRecord } from "../domain/LedgerRecord.ts"
import type { Lesson, LessonBrief } from "../domain/Lesson.ts"
import type { AdapterKey, LessonEntry, TrainedWith } from "../domain/LessonEntry.ts"
import type { LearnOutcome } from "../domain/Step.ts"
import type { FeedbackStoreError } from "./FeedbackStoreError.ts"
import type { AdapterOrigin, StoredSnapshot } from "./Snapshots.ts"

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

/** The part of the ledger that holds lessons and what became of them. */
export interface LessonLog {
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
  /**
   * Changes the adapter's past in one transaction. Fails, changing nothing, when the newest active lesson would be left
   * without its snapshot and was not before.
   */
  readonly rewrite: (rewrite: Rewrite) => Effect.Effect<void, FeedbackStoreError>
  /** Leaves no copy of removed content in unused parts of the file. */
  readonly sweep: Effect.Effect<void, FeedbackStoreError>
}
