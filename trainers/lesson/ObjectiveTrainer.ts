import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Lesson } from "../../core/domain/Lesson.ts"
import type { LearnOutcome } from "../../core/domain/Step.ts"
import { type BackendError, LoraBackend } from "../../core/LoraBackend.ts"
import { Trainer } from "../../core/Trainer.ts"
import { checkLesson } from "./CheckLesson.ts"
import { asTrainerError } from "./Failure.ts"
import { learnLesson } from "./LearnLesson.ts"
import type { LessonObjective, NoSignal } from "./Objective.ts"
import { type LimitOptions, limitsOf, type TargetOptions } from "./Options.ts"

type Backend = LoraBackend["Service"]

/** An objective's view of one checked lesson, or why it has none. */
export type BuildObjective<Options> = (
  backend: Backend,
  lesson: Lesson,
  options: Options
) => Effect.Effect<LessonObjective | NoSignal, BackendError>

/**
 * The Trainer of an objective that learns towards one call; everything but the loss is the same for all of them. Options that
 * do not decode are a defect that names the option.
 */
export const objectiveTrainer = <Options extends LimitOptions & TargetOptions & Trainer["Service"]["settings"], E>(
  objective: string,
  decoded: Effect.Effect<Options, E>,
  build: BuildObjective<Options>
): Layer.Layer<Trainer, never, LoraBackend> =>
  Layer.effect(
    Trainer,
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const options = yield* decoded.pipe(Effect.orDie)
      return Trainer.of({
        objective,
        settings: options,
        learnsFromRetry: options.learnFromRetry,
        teacherSeesAttempt: options.teacherSeesAttempt,
        learn: Effect.fnUntraced(function*(lesson, progress, kept = []) {
          yield* checkLesson(lesson, backend.info)
          const view = yield* build(backend, lesson, options).pipe(Effect.mapError(asTrainerError))
          if ("noSignal" in view) {
            return { _tag: "Skipped", reason: view.noSignal, divergence: view.divergence } satisfies LearnOutcome
          }
          return yield* learnLesson(backend, {
            lesson,
            objective: view,
            limits: limitsOf(options, false),
            teachesCall: true,
            progress,
            kept
          })
        })
      })
    })
  )
