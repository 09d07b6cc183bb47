import * as Effect from "effect/Effect"
import type { Lesson } from "../../core/domain/Lesson.ts"
import type { LearnOutcome } from "../../core/domain/Step.ts"
import type { BackendError, LoraBackend } from "../../core/LoraBackend.ts"
import { Trainer } from "../../core/Trainer.ts"
import { checkLesson } from "./CheckLesson.ts"
import { asTrainerError } from "./Failure.ts"
import { learnLesson } from "./LearnLesson.ts"
import type { LessonLimits, LessonObjective, NoSignal } from "./Objective.ts"

type Backend = LoraBackend["Service"]

/** Everything that makes an objective a Trainer. */
export interface TrainerParts {
  readonly objective: string
  readonly settings: Trainer["Service"]["settings"]
  readonly learnsFromRetry: boolean
  readonly teacherSeesAttempt: boolean
  readonly limits: LessonLimits
  /** The objective's view of one checked lesson, or why it has none. */
  readonly build: (lesson: Lesson) => Effect.Effect<LessonObjective | NoSignal, BackendError>
}

/** A Trainer that learns towards the edited call of edits; everything but the loss is the same for all objectives. */
export const objectiveTrainer = (backend: Backend, parts: TrainerParts): Trainer["Service"] =>
  Trainer.of({
    objective: parts.objective,
    settings: parts.settings,
    learnsFromRetry: parts.learnsFromRetry,
    teacherSeesAttempt: parts.teacherSeesAttempt,
    learn: Effect.fnUntraced(function*(lesson, progress, kept) {
      yield* checkLesson(lesson, backend.info)
      const objective = yield* parts.build(lesson).pipe(Effect.mapError(asTrainerError))
      if ("noSignal" in objective) {
        const { divergence, noSignal: reason } = objective
        return { _tag: "Skipped", reason, divergence } satisfies LearnOutcome
      }
      return yield* learnLesson(backend, {
        lesson,
        objective,
        limits: parts.limits,
        teachesCall: true,
        progress,
        kept: kept ?? []
      })
    })
  })
