import { gae, whiten } from "../math/Gae.ts"
import type { Group } from "../lesson/Rollouts.ts"
import { type Critic, valueFeatures, valueOf, type ValueSample } from "./Critic.ts"
import type { PpoOptions } from "./Options.ts"

/** A group as PPO learns on it; advantages in the order of `group.rollouts`. */
export interface Batch {
  readonly group: Group
  /** Whitened over all tokens. */
  readonly advantages: ReadonlyArray<ReadonlyArray<number>>
  readonly samples: ReadonlyArray<ValueSample>
}

/**
 * Rewards are -beta (log pi - log base) on every token, and the turn's own on its last; advantages by GAE over the head's
 * values when the group was sampled.
 */
export const makeBatch = (
  group: Group,
  hidden: ReadonlyArray<ReadonlyArray<Float32Array>>,
  referenceLogProbs: ReadonlyArray<ReadonlyArray<number>>,
  critic: Critic,
  options: Pick<PpoOptions, "gamma" | "klCoefficient" | "lambda">
): Batch => {
  const episodes = group.rollouts.map(({ count, logProbs, reward }, i) => {
    const features = hidden[i]!.map(valueFeatures)
    const values = features.map((row) => valueOf(critic, row))
    const rewards = logProbs.map((s, t) =>
      (t === logProbs.length - 1 ? reward : 0) - options.klCoefficient * (s - referenceLogProbs[i]![t]!)
    )
    const { advantages, returns } = gae(rewards, values, options.gamma, options.lambda)
    const samples = features.map((row, t): ValueSample => ({
      features: row,
      oldValue: values[t]!,
      target: returns[t]!,
      count
    }))
    return { advantages, samples }
  })
  const samples = episodes.flatMap((episode) => episode.samples)
  const white = whiten(episodes.flatMap(({ advantages }) => [...advantages]), samples.map(({ count }) => count))
  let at = 0
  const advantages = episodes.map((episode) => episode.samples.map(() => white[at++]!))
  return { group, advantages, samples }
}
