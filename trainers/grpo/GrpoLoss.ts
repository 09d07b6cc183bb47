import * as Effect from "effect/Effect"
import type { Lesson } from "../../core/domain/Lesson.ts"
import type { BackendError, LoraBackend } from "../../core/LoraBackend.ts"
import { baseWeights } from "../../core/Weights.ts"
import type { LessonObjective, NoSignal } from "../lesson/Objective.ts"
import {
  allEqual,
  equalRewards,
  type Group,
  groupsOf,
  rewardsOf,
  rolloutLogProbs,
  sampleGroup
} from "../lesson/Rollouts.ts"
import { findTarget, targetDistance } from "../lesson/Target.ts"
import { groupAdvantages } from "../math/GroupAdvantage.ts"
import { groupDetails, groupItems, type GroupLoss } from "../lesson/GroupItems.ts"
import type { GrpoOptions } from "./Options.ts"

type Backend = LoraBackend["Service"]

/** One advantage per rollout, in their order. */
export const rolloutAdvantages = (group: Group, variant: GrpoOptions["variant"]): ReadonlyArray<number> => {
  const all = groupAdvantages(rewardsOf(group), variant === "grpo" ? "std" : "centre")
  let at = 0
  return group.rollouts.map(({ count }) => {
    const advantage = all[at]!
    at += count
    return advantage
  })
}

/**
 * GRPO's loss on one group at the current weights. `grpo` is the mean over turns of the mean over each turn's tokens;
 * `dr_grpo` divides the sum over tokens by G times the attempt's length, the same for all turns.
 */
export const grpoGroupLoss = Effect.fnUntraced(function*(
  backend: Backend,
  lesson: Lesson,
  group: Group,
  options: GrpoOptions
): Effect.fn.Return<GroupLoss, BackendError> {
  const { promptIds } = lesson.attempt
  const advantages = rolloutAdvantages(group, options.variant)
  const estimated = options.kl === "k3" && options.klCoefficient > 0
  return groupItems({
    promptIds,
    group,
    advantages: group.rollouts.map(({ ids }, i) => ids.map(() => advantages[i]!)),
    logProbs: yield* Effect.forEach(group.rollouts, (rollout) => rolloutLogProbs(backend, lesson, rollout)),
    ...(estimated
      ? {
        referenceLogProbs: yield* Effect.forEach(
          group.rollouts,
          ({ ids }) =>
            backend.score({ promptIds, completionIds: ids, weights: baseWeights }).pipe(
              Effect.map(({ logProbs }) => logProbs)
            )
        )
      }
      : {})
  }, {
    clip: { low: options.clipLow, high: options.clipHigh },
    weight: (length) => 1 / (group.size * (options.variant === "grpo" ? length : lesson.attempt.ids.length)),
    exactKl: estimated ? 0 : options.klCoefficient,
    estimatedKl: estimated ? options.klCoefficient : 0
  })
})

/** GRPO's view of one lesson. A group with equal rewards has no signal. */
export const grpoObjective = Effect.fnUntraced(function*(
  backend: Backend,
  lesson: Lesson,
  options: GrpoOptions
): Effect.fn.Return<LessonObjective | NoSignal, BackendError> {
  const target = yield* findTarget(backend, lesson, options)
  if ("noSignal" in target) return target
  const distance = targetDistance(backend, lesson, target)
  const groups = groupsOf(
    (index) => sampleGroup(backend, lesson, target, options, options.seed + index),
    options.updatesPerGroup
  )
  return {
    name: "grpo",
    estimator: `${options.variant === "grpo" ? "GRPO" : "Dr. GRPO"}, ${options.samples} samples at temperature `
      + `${options.temperature}, ${options.reward} reward against ${target.source}`,
    gateScale: 1,
    taught: target,
    loss: Effect.fnUntraced(function*() {
      const divergence = yield* distance
      const { group } = yield* groups.current
      if (equalRewards(group)) return { noSignal: allEqual(group), divergence }
      const { clipped, items, value } = yield* grpoGroupLoss(backend, lesson, group, options)
      return { items, divergence: () => divergence, value: () => value, details: () => groupDetails(group, clipped) }
    }),
    distance,
    afterUpdate: groups.afterUpdate
  }
})
