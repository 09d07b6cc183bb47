import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Lesson } from "./domain/Lesson.ts"
import type { AdapterKey, LessonEntry } from "./domain/LessonEntry.ts"
import type { FeedbackStoreError, StoredSnapshot } from "./FeedbackStore.ts"
import type { AdapterCard } from "./lessons/AdapterCard.ts"
import type { LessonsError } from "./lessons/FindLesson.ts"
import type { RebuildCheck } from "./lessons/RebuildCheck.ts"
import type { BackendInfo } from "./LoraBackend.ts"
import type { OnRelearn } from "./lessons/Relearn.ts"
import type { TrainerError } from "./Trainer.ts"

export { LessonsError } from "./lessons/FindLesson.ts"
export type { OnRelearn, RelearnProgress } from "./lessons/Relearn.ts"

/** What an undo did. Later lessons learned anew are checked as a whole: see `RebuildCheck`. */
export interface Undone extends RebuildCheck {
  /** The lesson asked for and the approved retries that followed from it. */
  readonly lessons: ReadonlyArray<LessonEntry>
  /** The later lessons as they were learned anew, as they are now. */
  readonly relearned: ReadonlyArray<LessonEntry>
  readonly revision: number
}

export interface Forgotten extends Undone {
  /** Other lessons whose prompts still hold what these said. */
  readonly quotedBy: ReadonlyArray<LessonEntry>
}

interface Replayed extends RebuildCheck {
  readonly lessons: ReadonlyArray<LessonEntry>
  readonly objective: string
  readonly revision: number
}

interface ImportedLessons {
  readonly learned: ReadonlyArray<LessonEntry>
  /** Ids that the ledger knew already. */
  readonly known: ReadonlyArray<string>
}

/** The adapter of this start. */
interface PresentAdapter {
  readonly backend: BackendInfo
  readonly key: AdapterKey
  readonly objective: string
}

type Failure = LessonsError | FeedbackStoreError

/**
 * The operations on what was learned. Each changes adapter and ledger together or not at all: on failure and interruption
 * the old adapter is in force, in memory and in the ledger. Ids may be shortened as long as they are unambiguous.
 */
export class Lessons extends Context.Service<Lessons, {
  /** Undefined where nothing can be trained. */
  readonly present: PresentAdapter | undefined
  /** Every lesson there ever was, oldest first. */
  readonly list: Effect.Effect<ReadonlyArray<LessonEntry>, FeedbackStoreError>
  /**
   * Takes a lesson (the newest active one without `id`) out of the adapter. The newest one: the adapter is, to the byte, as
   * before it. An older one: the later lessons are learned anew, each with the objective and settings it had, which gives the
   * bytes as if it had never happened.
   */
  readonly undo: (id: string | undefined, onRelearn: OnRelearn) => Effect.Effect<Undone, Failure>
  /** Undoes a lesson if that was not done, and removes what it says from the ledger; a tombstone stays. */
  readonly forget: (id: string, onRelearn: OnRelearn) => Effect.Effect<Forgotten, Failure>
  /**
   * Rebuilds the adapter from the ledger alone: from its beginning, all lessons of this model that are in force, with the
   * objective, settings and adapter shape of now.
   */
  readonly replay: (onRelearn: OnRelearn) => Effect.Effect<Replayed, Failure>
  /** Learns lessons from elsewhere one after the other; what was learned before a failure stays. */
  readonly importLessons: (
    lessons: ReadonlyArray<Lesson>,
    source: string,
    onRelearn: OnRelearn
  ) => Effect.Effect<ImportedLessons, Failure | TrainerError>
  /** Makes an adapter without lessons start from a PEFT folder's weights; the caller has checked whose they are. */
  readonly startFromPeft: (directory: string, source: string) => Effect.Effect<void, Failure>
  /** Makes an adapter without lessons start from a snapshot of the same model and shape. */
  readonly startFromSnapshot: (snapshot: StoredSnapshot, source: string) => Effect.Effect<void, Failure>
  /** What is to be said about the adapter wherever it goes. */
  readonly card: Effect.Effect<AdapterCard, Failure>
  /** Writes the weights in force in the PEFT layout; `lessons` in the ledger says so. Succeeds with the card to put beside. */
  readonly exportPeft: (directory: string) => Effect.Effect<AdapterCard, Failure>
}>()("continualcode/Lessons") {}
