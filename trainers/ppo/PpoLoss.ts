import * as Effect from "effect/Effect"
import type { Lesson } from "../../core/domain/Lesson.ts"
import { BackendError, type LoraBackend } from "../../core/LoraBackend.ts"
import { baseWeights, currentWeights } from "../../core/Weights.ts"
import { groupDetails, groupItems } from "../lesson/GroupItems.ts"
import type { LessonObjective, NoSignal } from "../lesson/Objective.ts"
import { allEqual, equalRewards, groupsOf, rolloutLogProbs, sampleGroup } from "../lesson/Rollouts.ts"
import { findTarget, targetDistance } from "../lesson/Target.ts"
import { type Batch, makeBatch } from "./Batch.ts"
import { criticLoss, fitCritic, freshCritic } from "./Critic.ts"
import type { PpoOptions } from "./Options.ts"

/**
 * PPO's view of one lesson. The value head reads the trunk's last hidden states, which are constants to it: policy and value
 * share no gradient. It starts at zero in every lesson, so equal lessons from equal adapters give equal bytes and there is
 * nothing beside the adapter to save. A group with equal rewards has no signal.
 */
export const ppoObjective = Effect.fnUntraced(function*(
  backend: LoraBackend["Service"],
  lesson: Lesson,
  options: PpoOptions
): Effect.fn.Return<LessonObjective | NoSignal, BackendError> {
  const { hiddenStates, info } = backend
  const { hiddenSize } = info.capabilities
  if (hiddenStates === undefined || hiddenSize === undefined) {
    return yield* new BackendError({
      reason: "Unsupported",
      message: `The backend ${info.backend} shows no hidden states, which PPO's value head reads. Set objective=grpo.`
    })
  }
  const target = yield* findTarget(backend, lesson, options)
  if ("noSignal" in target) return target
  const distance = targetDistance(backend, lesson, target)
  const { promptIds } = lesson.attempt
  let critic = freshCritic(hiddenSize)
  const sampleBatch = Effect.fnUntraced(function*(index: number) {
    const group = yield* sampleGroup(backend, lesson, target, options, options.seed + index)
    const of = (ids: ReadonlyArray<number>) => ({ promptIds, completionIds: ids })
    const hidden = yield* Effect.forEach(
      group.rollouts,
      ({ ids }) => hiddenStates({ ...of(ids), weights: currentWeights })
    )
    const reference = yield* Effect.forEach(
      group.rollouts,
      ({ ids }) => backend.score({ ...of(ids), weights: baseWeights })
    )
    return makeBatch(group, hidden, reference.map(({ logProbs }) => logProbs), critic, options)
  })
  const batches = groupsOf<Batch>(sampleBatch, options.updatesPerGroup)
  return {
    name: "ppo",
    estimator: `PPO with a linear value head, GAE(${options.gamma}, ${options.lambda}), ${options.samples} samples at `
      + `temperature ${options.temperature}, ${options.reward} reward against ${target.source}`,
    gateScale: 1,
    taught: target,
    loss: Effect.fnUntraced(function*() {
      const divergence = yield* distance
      const { group: batch } = yield* batches.current
      const { advantages, group, samples } = batch
      if (equalRewards(group)) return { noSignal: allEqual(group), divergence }
      critic = fitCritic(critic, samples, {
        clip: options.valueClip,
        steps: options.valueSteps,
        learningRate: options.valueLearningRate
      })
      const tokens = samples.reduce((sum, { count }) => sum + count, 0)
      const { clipped, items, value } = groupItems({
        promptIds,
        group,
        advantages,
        logProbs: yield* Effect.forEach(group.rollouts, (rollout) => rolloutLogProbs(backend, lesson, rollout))
      }, {
        clip: { low: options.clipLow, high: options.clipHigh },
        weight: () => 1 / tokens,
        exactKl: 0,
        estimatedKl: 0
      })
      const valueLoss = criticLoss(critic, samples, options.valueClip).loss
      return {
        items,
        divergence: () => divergence,
        value: () => value,
        details: () => ({ ...groupDetails(group, clipped), valueLoss })
      }
    }),
    distance,
    afterUpdate: batches.afterUpdate
  }
})
