import * as Effect from "effect/Effect"
import { isOnPrompt, type Lesson } from "../../core/domain/Lesson.ts"
import type { BackendError, LoraBackend } from "../../core/LoraBackend.ts"
import { currentWeights } from "../../core/Weights.ts"
import type { LossItem, LossReport } from "../../core/Loss.ts"
import type { TrainerError } from "../../core/Trainer.ts"
import type { Turn } from "../../core/Turn.ts"
import { sum, tokenMean } from "../math/TokenMean.ts"
import { checkReport } from "./CheckLesson.ts"
import type { Aim } from "./Goal.ts"
import { type GreedyTurn, greedyTurn, seenTurn } from "./GreedyTurn.ts"
import type { LessonLimits, LessonLoss, LessonObjective, NoSignal, Subject } from "./Objective.ts"
import type { Stopwatch } from "./Stopwatch.ts"

/** One lesson while it is learned: x is `lesson.attempt.promptIds`, the prompt without the correction; y is `attempt`. */
export interface Study {
  readonly backend: LoraBackend["Service"]
  readonly lesson: Lesson
  readonly attempt: Turn
  readonly objective: LessonObjective
  readonly limits: LessonLimits
  /** Whether an edit's own call is taught, so that reaching it is the goal. */
  readonly teachesCall: boolean
  readonly time: Stopwatch["time"]
}

/** What one loss came to. */
export interface Pass {
  readonly loss: number
  readonly divergence: number
  /** Mean per-token KL(current || base), nats. */
  readonly baseKl: number
  readonly tokens: number
  readonly details?: Readonly<Record<string, number>>
}

/** What the student does without the correction, greedily, under the weights as they are. */
export const ownTurn = (
  { attempt, backend, lesson, limits }: Study,
  guess?: Turn
): Effect.Effect<GreedyTurn, BackendError> =>
  greedyTurn(
    backend,
    { promptIds: lesson.attempt.promptIds, weights: currentWeights },
    attempt,
    limits.seed,
    guess
  )

/**
 * The same where all that matters is whether it is the wanted turn: undefined where it is not, and `decode` does not ask to
 * know what else it is.
 */
export const ownTurnBeside = Effect.fnUntraced(function*(
  study: Study,
  wanted: Turn,
  decode: (attemptLogProbs: ReadonlyArray<number>) => boolean
) {
  const { attempt, backend, lesson } = study
  const speaker = { promptIds: lesson.attempt.promptIds, weights: currentWeights }
  const { turn, ...seen } = yield* seenTurn(backend, speaker, attempt, wanted)
  if (turn !== undefined) return { ...seen, turn: { ...turn, ...seen } }
  return { ...seen, turn: decode(seen.attemptLogProbs) ? yield* ownTurn(study, wanted) : undefined }
})

/** The attempt's tokens; a retry's were sampled under another prompt, so their log-probabilities say nothing here. */
export const onAttempt = ({ attempt, lesson }: Study): Subject =>
  !isOnPrompt(lesson) ? { ids: attempt.ids } : { ids: attempt.ids, oldLogProbs: lesson.attempt.logProbs }

const lengths = (items: ReadonlyArray<LossItem>) => items.map((item) => item.completionIds.length)

/** Loss and gradient at the current weights; the numbers are checked, the gradient waits in the backend. */
export const forward = Effect.fnUntraced(function*(
  { backend, objective }: Study,
  subject: Subject,
  rehearsed: ReadonlyArray<LossItem> = []
): Effect.fn.Return<Pass | NoSignal, BackendError | TrainerError> {
  const found = yield* objective.loss(subject)
  if ("noSignal" in found && rehearsed.length === 0) return found
  const loss: LessonLoss = "noSignal" in found ? { items: [], divergence: () => found.divergence } : found
  const items = [...loss.items, ...rehearsed]
  const report = yield* backend.forwardBackward(items)
  yield* checkReport(report, lengths(items))
  return {
    loss: loss.value?.(report) ?? report.loss,
    divergence: loss.divergence(report),
    baseKl: tokenMean(report.items[0]!.baseKls),
    tokens: sum(lengths(items)),
    ...(loss.details === undefined ? {} : { details: loss.details(report) })
  }
})

/** Only there to have the exact KL to the base reported on the attempt's tokens. */
const baseKlOnAttempt = ({ attempt, lesson }: Study): LossItem => ({
  _tag: "PolicyGradient",
  promptIds: lesson.attempt.promptIds,
  completionIds: attempt.ids,
  advantages: attempt.ids.map(() => 0),
  baseKl: 1
})

/** Divergence from the teacher and exact KL to the base on the attempt at the current weights, without gradient. */
export const standing = Effect.fnUntraced(function*(study: Study) {
  const { backend, objective } = study
  const distance = yield* objective.distance ?? Effect.undefined
  const loss = distance === undefined
    ? yield* objective.loss(onAttempt(study))
    : { noSignal: "", divergence: distance }
  const scored = "noSignal" in loss ? [] : loss.items
  const items = [...scored, baseKlOnAttempt(study)]
  const report: LossReport = yield* backend.evaluate(items)
  yield* checkReport(report, lengths(items))
  return {
    divergence: "noSignal" in loss ? loss.divergence : loss.divergence(report),
    baseKl: tokenMean(report.items.at(-1)!.baseKls)
  }
})

/** What the lesson is after. */
export const aimOf = ({ attempt, lesson, limits, teachesCall }: Study, taught: Turn | undefined): Aim => ({
  lesson,
  attempt,
  teachesCall,
  until: limits.until,
  taught
})
