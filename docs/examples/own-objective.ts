import { defineAgent, LoraBackend, Trainer, TrainerError } from "continualcode"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** Pushes the denied attempt's tokens down: one policy-gradient update with advantage -1, and nothing about the teacher. */
const unlearning = Layer.effect(
  Trainer,
  Effect.gen(function*() {
    const backend = yield* LoraBackend
    const failed = (error: { readonly message: string }) =>
      new TrainerError({ reason: "Backend", message: error.message })
    return Trainer.of({
      objective: "unlearning",
      settings: { learningRate: 1e-4 },
      learnsFromRetry: false,
      teacherSeesAttempt: false,
      learn: (lesson, progress) =>
        Effect.gen(function*() {
          const started = yield* Clock.currentTimeMillis
          const { attempt } = lesson
          const item = {
            _tag: "PolicyGradient",
            promptIds: attempt.promptIds,
            completionIds: attempt.ids,
            advantages: attempt.ids.map(() => -1),
            baseKl: 0.04
          } as const
          const before = yield* backend.forwardBackward([item])
          const update = yield* backend.update({
            learningRate: 1e-4,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            weightDecay: 0,
            maxGradientNorm: 1
          })
          const after = yield* backend.evaluate([item])
          const sum = (numbers: ReadonlyArray<number> = []) => numbers.reduce((total, n) => total + n, 0)
          const mean = (numbers: ReadonlyArray<number> = []) => sum(numbers) / Math.max(1, numbers.length)
          const inner = {
            index: 0,
            loss: before.loss,
            divergence: 0,
            baseKl: mean(before.items[0]?.baseKls),
            gradientNorm: update.gradientNorm,
            updateNorm: update.updateNorm
          }
          yield* progress(inner)
          const now = yield* Clock.currentTimeMillis
          return {
            _tag: "Stepped",
            step: {
              id: lesson.id,
              lessonId: lesson.id,
              objective: "unlearning",
              estimator: "sampled tokens",
              revision: update.revision,
              inner: [inner],
              tokens: attempt.ids.length,
              seconds: (now - started) / 1000,
              evidence: {
                attemptLogProbBefore: sum(before.items[0]?.logProbs),
                attemptLogProbAfter: sum(after.items[0]?.logProbs),
                divergenceBefore: 0,
                divergenceAfter: 0,
                baseKl: mean(after.items[0]?.baseKls),
                greedyBefore: "",
                greedyAfter: "",
                greedyChanged: false
              },
              at: now
            }
          } as const
        }).pipe(Effect.mapError(failed))
    })
  })
)

/** Everything as usual, but another way to learn. */
export default defineAgent({ objective: unlearning })
