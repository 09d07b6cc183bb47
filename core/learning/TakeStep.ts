import * as Effect from "effect/Effect"
import type { Lesson } from "../domain/Lesson.ts"
import type { AdapterKey } from "../domain/LessonEntry.ts"
import type { InnerStep, LearnOutcome, LearnStage } from "../domain/Step.ts"
import type { StoredSnapshot } from "../FeedbackStore.ts"
import type { BackendError, LoraBackend } from "../LoraBackend.ts"
import type { KeptTurn, Trainer, TrainerError } from "../Trainer.ts"

/** What one lesson did, with the adapter after it where there was a step. */
export interface Taken {
  readonly outcome: LearnOutcome
  readonly snapshot?: StoredSnapshot
}

/** How a lesson is learned, whether it is said just now, imported, or learned anew. */
export interface Learning {
  readonly trainer: Trainer["Service"]
  /** What it may rehearse, newest first. */
  readonly kept: ReadonlyArray<KeptTurn>
  readonly progress: (inner: InnerStep) => Effect.Effect<void>
  /** Told what is waited for next. */
  readonly staged?: ((stage: LearnStage) => Effect.Effect<void>) | undefined
}

/**
 * Learns one lesson on top of the adapter as it is. Neither takes back nor commits: whoever calls does both, for one lesson or
 * for many.
 */
export const takeStep = Effect.fn("takeStep")(function*<E>(
  backend: LoraBackend["Service"],
  adapter: AdapterKey,
  lesson: Lesson,
  { kept, progress, staged, trainer }: Learning,
  judge: (outcome: LearnOutcome) => Effect.Effect<LearnOutcome, E>
): Effect.fn.Return<Taken, E | TrainerError | BackendError> {
  const outcome = yield* Effect.flatMap(trainer.learn(lesson, progress, kept, staged), judge)
  if (outcome._tag !== "Stepped") return { outcome }
  const bytes = yield* backend.snapshot
  return { outcome, snapshot: { ...adapter, revision: yield* backend.revision, bytes } }
})
