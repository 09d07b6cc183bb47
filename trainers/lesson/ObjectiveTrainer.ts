import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Schema from "effect/Schema"
import type { Lesson } from "../../core/domain/Lesson.ts"
import { type BackendError, LoraBackend } from "../../core/LoraBackend.ts"
import { Trainer } from "../../core/Trainer.ts"
import { learnLesson } from "./LearnLesson.ts"
import type { LessonObjective, NoSignal } from "./Objective.ts"
import { decodeOptions, type LimitOptions, limitsOf, type TargetOptions } from "./Options.ts"

type Backend = LoraBackend["Service"]

/** An objective's view of one checked lesson, or why it has none. */
type BuildObjective<Options> = (
  backend: Backend,
  lesson: Lesson,
  options: Options
) => Effect.Effect<LessonObjective | NoSignal, BackendError>

type TrainerOptions =
  & LimitOptions
  & Pick<TargetOptions, "learnFromRetry" | "teacherSeesAttempt">
  & Trainer["Service"]["settings"]

/** In what the loop around a loss may differ between objectives. */
interface LoopOptions {
  /** Whether updates after the first learn on the student's newest greedy turn. */
  readonly onPolicy: boolean
  /** Whether an edit's own call is taught, so that reaching it is the goal. */
  readonly teachesCall: boolean
}

const TOWARDS_ONE_CALL: LoopOptions = { onPolicy: false, teachesCall: true }

/**
 * The Trainer of an objective; everything but the loss is the same for all of them. Options that do not decode are a defect
 * that names the option.
 */
export const objectiveTrainer = <Options extends TrainerOptions>(
  objective: string,
  schema: Schema.ConstraintDecoder<Options>,
  given: unknown,
  build: BuildObjective<Options>,
  loop: (options: Options) => LoopOptions = () => TOWARDS_ONE_CALL
): Layer.Layer<Trainer, never, LoraBackend> =>
  Layer.effect(
    Trainer,
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const options = yield* decodeOptions(schema, given).pipe(Effect.orDie)
      const { onPolicy, teachesCall } = loop(options)
      return Trainer.of({
        objective,
        settings: options,
        rehearses: options.rehearse,
        learnsFromRetry: options.learnFromRetry,
        teacherSeesAttempt: options.teacherSeesAttempt,
        learn: (lesson, progress, kept = [], staged) =>
          learnLesson(backend, {
            lesson,
            objective: build(backend, lesson, options),
            limits: limitsOf(options, onPolicy),
            teachesCall,
            progress,
            kept,
            staged
          })
      })
    })
  )
