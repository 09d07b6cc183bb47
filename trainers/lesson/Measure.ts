import * as Effect from "effect/Effect"
import { isOnPrompt } from "../../core/domain/Lesson.ts"
import type { BackendError } from "../../core/LoraBackend.ts"
import type { TrainerError } from "../../core/Trainer.ts"
import type { Turn } from "../../core/Turn.ts"
import { checkFirstRatio, RATIO_TOLERANCE } from "./CheckLesson.ts"
import { together } from "./Distant.ts"
import { type Aim, nothingToLearn } from "./Goal.ts"
import { type GreedyTurn, greedyTurn } from "./GreedyTurn.ts"
import type { NoSignal } from "./Objective.ts"
import { aimOf, forward, onAttempt, ownTurn, type Pass, type Study } from "./Study.ts"

/** What is known before the first update. */
export interface Start {
  readonly aim: Aim
  /** The student's own turn. */
  readonly greedy: GreedyTurn
  /** The teacher's. */
  readonly taught: Turn | undefined
  /** Whose likelihoods the student's turn is measured by: of a retry, those it was sampled with. */
  readonly model: Turn | undefined
  /** The loss on the attempt. */
  readonly pass: Pass
}

/** The teacher's turn, x with the correction in view; undefined where no teacher is asked. */
const teachersTurn = ({ attempt, backend, lesson, limits, objective, time }: Study) =>
  objective.taught !== undefined || objective.teacher === undefined || lesson.kind === "retry"
    ? Effect.succeed(objective.taught)
    : greedyTurn(backend, objective.teacher, attempt, limits.seed).pipe(time("teacher"))

/**
 * Before the first update: what the student does untold, what the teacher would do, and the loss on the attempt, whose
 * gradient then waits in the backend. Without anything to learn, why.
 */
export const measure = Effect.fnUntraced(function*(
  study: Study
): Effect.fn.Return<Start | NoSignal, BackendError | TrainerError> {
  const { attempt, backend, lesson, limits, objective, time } = study
  const [greedy, taught, pass] = yield* Effect.all([
    ownTurn(study).pipe(time("student")),
    teachersTurn(study),
    forward(study, onAttempt(study)).pipe(time("backward"))
  ], together(backend))
  const aim = aimOf(study, taught)
  const { divergence } = pass
  const noSignal = nothingToLearn(aim, greedy, divergence, limits.gate * objective.gateScale)
    ?? ("noSignal" in pass ? pass.noSignal : undefined)
  if (noSignal !== undefined || "noSignal" in pass) return { noSignal: noSignal ?? "", divergence }
  return { aim, greedy, taught, model: lesson.kind === "retry" ? attempt : taught, pass }
})

/** How the loss is estimated, and how far the sampler's numbers are from the trainer's where they should be equal. */
export const estimatorOf = Effect.fnUntraced(function*({ backend, lesson, objective }: Study, { greedy }: Start) {
  const { estimator } = objective
  if (!isOnPrompt(lesson) || lesson.adapterRevision !== (yield* backend.revision)) return estimator
  const gap = yield* checkFirstRatio(lesson, greedy.attemptLogProbs)
  if (gap <= RATIO_TOLERANCE) return estimator
  yield* Effect.logDebug(`first-step log ratio ${gap.toPrecision(2)} exceeds ${RATIO_TOLERANCE}`)
  return `${estimator}; the sampler's log-probabilities differ from the trainer's by up to ${gap.toPrecision(2)} nats`
})
