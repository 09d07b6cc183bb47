import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Lesson } from "../../core/domain/Lesson.ts"
import type { LearnOutcome } from "../../core/domain/Step.ts"
import { LoraBackend } from "../../core/LoraBackend.ts"
import { Trainer, TrainerError } from "../../core/Trainer.ts"
import { skipped, stepped } from "./Lessons.ts"

export interface FakeTrainerOptions {
  /** Every lesson asked to be learned, in order. */
  readonly lessons?: Array<Lesson>
  readonly learnsFromRetry?: boolean
  readonly teacherSeesAttempt?: boolean
  /** `never` starts a step and never ends it. */
  readonly behaviour?: "step" | "skip" | "fail" | "never"
}

/** Counts the adapter's revision up by one per lesson. */
export const fakeTrainer = (options: FakeTrainerOptions = {}): Layer.Layer<Trainer, never, LoraBackend> =>
  Layer.effect(
    Trainer,
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const behaviour = options.behaviour ?? "step"
      const update = backend.update({
        learningRate: 1,
        beta1: 0.9,
        beta2: 0.95,
        epsilon: 1e-8,
        weightDecay: 0,
        maxGradientNorm: 1
      }).pipe(Effect.mapError((error) => new TrainerError({ reason: "Backend", message: error.message })))

      return Trainer.of({
        objective: "fake",
        settings: {},
        learnsFromRetry: options.learnsFromRetry ?? false,
        teacherSeesAttempt: options.teacherSeesAttempt ?? false,
        learn: Effect.fnUntraced(function*(lesson, progress) {
          options.lessons?.push(lesson)
          if (behaviour === "fail")
            return yield* new TrainerError({ reason: "NonFinite", message: "the loss is not finite." })
          if (behaviour === "skip")
            return skipped
          const { revision } = yield* update
          yield* progress({ index: 0, loss: 1, divergence: 1, baseKl: 0, gradientNorm: 1, updateNorm: 1 })
          if (behaviour === "never")
            return yield* Effect.never
          return stepped(lesson.id, revision) satisfies LearnOutcome
        })
      })
    })
  )
