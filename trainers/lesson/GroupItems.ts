import type { LossItem } from "../../core/Loss.ts"
import { type Group, rewardsOf } from "./Rollouts.ts"
import { clippedSurrogate, type ClipRange } from "../math/ClippedSurrogate.ts"
import { k3, k3Slope } from "../math/Estimators.ts"
import { tokenMean } from "../math/TokenMean.ts"

type PolicyGradient = Extract<LossItem, { readonly _tag: "PolicyGradient" }>

/** A group with everything its loss needs; all lists in the order of `group.rollouts`. */
interface ScoredGroup {
  readonly promptIds: ReadonlyArray<number>
  readonly group: Group
  /** A_t of every token. */
  readonly advantages: ReadonlyArray<ReadonlyArray<number>>
  /** log pi of every token at the current weights. */
  readonly logProbs: ReadonlyArray<ReadonlyArray<number>>
  /** log p of every token under the base; where given, k3 * `klCoefficient` joins the loss. */
  readonly referenceLogProbs?: ReadonlyArray<ReadonlyArray<number>>
}

interface GroupLossOptions {
  readonly clip: ClipRange
  /** Weight of one token of a turn of T tokens in the loss, the turn's `count` aside. */
  readonly weight: (length: number) => number
  /** Weight of the exact KL, which the backend adds. */
  readonly exactKl: number
  readonly estimatedKl: number
}

export interface GroupLoss {
  readonly items: ReadonlyArray<PolicyGradient>
  /** The clipped surrogate with its estimated KL, without an exact one. */
  readonly value: number
  /** Share of the tokens whose gradient the clip took away. */
  readonly clipped: number
}

/**
 * sum over turns and tokens of weight * (clipped surrogate + beta k3), as items for the backend: its slope in each token's
 * log-probability is a constant at the current weights, so it is a policy gradient whose advantages undo the backend's own
 * mean over tokens.
 */
export const groupItems = (scored: ScoredGroup, options: GroupLossOptions): GroupLoss => {
  const { advantages, group, logProbs, promptIds, referenceLogProbs } = scored
  const total = group.rollouts.reduce((sum, { count, ids }) => sum + count * ids.length, 0)
  let value = 0
  let clipped = 0
  const items = group.rollouts.map((rollout, i): PolicyGradient => {
    const weight = options.weight(rollout.ids.length)
    const slopes = rollout.ids.map((_, t) => {
      const s = logProbs[i]![t]!
      const surrogate = clippedSurrogate(
        { logProb: s, oldLogProb: rollout.logProbs[t]!, advantage: advantages[i]![t]! },
        options.clip
      )
      const o = referenceLogProbs?.[i]?.[t]
      const kl = o === undefined ? 0 : options.estimatedKl * k3(s, o)
      const klSlope = o === undefined ? 0 : options.estimatedKl * k3Slope(s, o)
      value += rollout.count * weight * (surrogate.loss + kl)
      if (surrogate.clipped) clipped += rollout.count
      return weight * (surrogate.slope + klSlope)
    })
    return {
      _tag: "PolicyGradient",
      promptIds,
      completionIds: rollout.ids,
      mask: rollout.ids.map(() => rollout.count),
      advantages: slopes.map((slope) => -slope * total),
      baseKl: options.exactKl
    }
  })
  return { items, value, clipped: clipped / total }
}

/** Numbers of a group for the record. */
export const groupDetails = (group: Group, clipped: number): Readonly<Record<string, number>> => ({
  meanReward: tokenMean(rewardsOf(group)),
  bestReward: Math.max(...rewardsOf(group)),
  distinctTurns: group.rollouts.length,
  clippedShare: clipped
})
