import * as Effect from "effect/Effect"
import type { Lesson } from "../../core/domain/Lesson.ts"
import type { BackendError, LoraBackend } from "../../core/LoraBackend.ts"
import { baseWeights, currentWeights, type Weights } from "../../core/Weights.ts"
import type { LossItem } from "../../core/Loss.ts"
import { saidTurn } from "../../core/Turn.ts"
import type { LessonObjective, NoSignal } from "../lesson/Objective.ts"
import { findTarget, targetDistance } from "../lesson/Target.ts"
import { dpoLoss, dpoMargin, type PreferencePair } from "../math/Dpo.ts"
import { sum } from "../math/TokenMean.ts"
import type { DpoOptions } from "./Options.ts"

type Backend = LoraBackend["Service"]

/** The two calls a lesson compares, both under the correction-free prompt. */
interface Preference {
  readonly promptIds: ReadonlyArray<number>
  readonly chosen: ReadonlyArray<number>
  readonly rejected: ReadonlyArray<number>
}

/**
 * The loss as items for the backend. DPO's gradient is slope (grad log pi(y+) - grad log pi(y-)) with a constant slope, so it
 * is a policy gradient whose advantages undo the backend's mean over N = T+ + T- tokens: -slope N on every chosen token and
 * slope N on every rejected one. The rejected call comes first.
 */
const preferenceItems = (
  { chosen, promptIds, rejected }: Preference,
  pair: PreferencePair,
  { beta, klCoefficient, nllCoefficient }: Pick<DpoOptions, "beta" | "klCoefficient" | "nllCoefficient">
): { readonly items: ReadonlyArray<LossItem>; readonly value: number } => {
  const { loss, slope } = dpoLoss(pair, beta)
  const tokens = chosen.length + rejected.length
  const nll = nllCoefficient / chosen.length
  const item = (completionIds: ReadonlyArray<number>, coefficient: number): LossItem => ({
    _tag: "PolicyGradient",
    promptIds,
    completionIds,
    advantages: completionIds.map(() => coefficient * tokens),
    baseKl: klCoefficient
  })
  return {
    items: [item(rejected, slope), item(chosen, nll - slope)],
    value: loss - nll * pair.chosen
  }
}

/** Sums of both calls' log-probabilities under the policy and the reference (the base, adapter off). */
export const scorePair = Effect.fnUntraced(function*(
  backend: Backend,
  { chosen, promptIds, rejected }: Preference
): Effect.fn.Return<PreferencePair, BackendError> {
  const total = (completionIds: ReadonlyArray<number>, weights: Weights) =>
    backend.score({ promptIds, completionIds, weights }).pipe(Effect.map(({ logProbs }) => sum(logProbs)))
  return {
    chosen: yield* total(chosen, currentWeights),
    rejected: yield* total(rejected, currentWeights),
    chosenReference: yield* total(chosen, baseWeights),
    rejectedReference: yield* total(rejected, baseWeights)
  }
})

/**
 * DPO's view of one lesson: y+ is the corrected call, y- the denied attempt; of an approved retry, whose lesson does not hold
 * the denied tokens, the denied call as the model would write it.
 */
export const dpoObjective = Effect.fnUntraced(function*(
  backend: Backend,
  lesson: Lesson,
  options: DpoOptions
): Effect.fn.Return<LessonObjective | NoSignal, BackendError> {
  const target = yield* findTarget(backend, lesson, options)
  if ("noSignal" in target) return target
  const preference: Preference = {
    promptIds: lesson.attempt.promptIds,
    chosen: target.ids,
    rejected: lesson.kind === "retry" ? saidTurn(backend.tokenizer, lesson.call).ids : lesson.attempt.ids
  }
  if (preference.chosen.join() === preference.rejected.join()) {
    return {
      noSignal: "The approved call is the denied one, so there is nothing to prefer and no step was made.",
      divergence: 0
    }
  }
  const nll = options.nllCoefficient === 0 ? "" : ` + ${options.nllCoefficient} cross-entropy`
  return {
    name: "dpo",
    estimator: `DPO, beta ${options.beta}${nll}, ${target.source} over the denied one`,
    gateScale: 1,
    taught: target,
    loss: () =>
      scorePair(backend, preference).pipe(Effect.map((pair) => {
        const { items, value } = preferenceItems(preference, pair, options)
        return {
          items,
          divergence: () => -pair.chosen / target.ids.length,
          value: () => value,
          details: () => ({
            chosenLogProb: pair.chosen,
            rejectedLogProb: pair.rejected,
            margin: dpoMargin(pair, options.beta)
          })
        }
      })),
    distance: targetDistance(backend, lesson, target),
    afterUpdate: Effect.void
  }
})
