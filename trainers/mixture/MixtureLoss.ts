import * as Effect from "effect/Effect"
import type { Lesson } from "../../core/domain/Lesson.ts"
import { BackendError, type LoraBackend } from "../../core/LoraBackend.ts"
import type { LossItem } from "../../core/Loss.ts"
import { grpoGroupLoss } from "../grpo/GrpoLoss.ts"
import { groupDetails } from "../lesson/GroupItems.ts"
import type { LessonObjective, NoSignal } from "../lesson/Objective.ts"
import { teacherWeightsOf } from "../lesson/Options.ts"
import { allEqual, equalRewards, type Group, groupsOf, rolloutLogProbs, sampleGroup } from "../lesson/Rollouts.ts"
import { findTarget, targetDistance } from "../lesson/Target.ts"
import type { MixtureOptions } from "./Options.ts"
import { divergenceName, divergenceOf } from "../sdpo/Options.ts"

type Backend = LoraBackend["Service"]

/** Items with their masks scaled. Scaled by shares that sum to one, two lists over the same tokens make a weighted mean. */
const scaled = (items: ReadonlyArray<LossItem>, factor: number): ReadonlyArray<LossItem> =>
  factor === 0
    ? []
    : items.map((item) => ({ ...item, mask: (item.mask ?? item.completionIds.map(() => 1)).map((m) => m * factor) }))

/** SDPO on a group's turns: per-token divergence from the teacher, or A_t = log q(y_t) - log p(y_t) as advantage. */
const distillationItems = Effect.fnUntraced(function*(
  backend: Backend,
  lesson: Lesson,
  { rollouts }: Group,
  options: MixtureOptions,
  full: boolean
): Effect.fn.Return<ReadonlyArray<LossItem>, BackendError> {
  const { promptIds } = lesson.attempt
  const teacher = { promptIds: lesson.teacherPromptIds, weights: teacherWeightsOf(options.teacher) }
  const exactKl = options.kl === "exact" ? options.klCoefficient : 0
  return yield* Effect.forEach(rollouts, (rollout) =>
    Effect.gen(function*() {
      const { count, ids } = rollout
      const common = { promptIds, completionIds: ids, mask: ids.map(() => count), baseKl: exactKl }
      if (full) {
        const divergence = divergenceOf(options.divergence, options.jsdAlpha)
        return { _tag: "Distill", ...common, divergence, teacher } satisfies LossItem
      }
      const taught = yield* backend.score({ ...teacher, completionIds: ids })
      const own = yield* rolloutLogProbs(backend, lesson, rollout)
      const advantages = own.map((s, t) => taught.logProbs[t]! - s)
      return { _tag: "PolicyGradient", ...common, advantages } satisfies LossItem
    }))
})

/**
 * The mixture's view of one lesson: lambda L_GRPO + (1 - lambda) L_SDPO over the same sampled turns, the second as a mean over
 * tokens. Where all rewards are equal only self-distillation is left.
 */
export const mixtureObjective = Effect.fnUntraced(function*(
  backend: Backend,
  lesson: Lesson,
  options: MixtureOptions
): Effect.fn.Return<LessonObjective | NoSignal, BackendError> {
  const { fullDistribution } = backend.info.capabilities
  if (options.estimator === "full" && !fullDistribution) {
    return yield* new BackendError({
      reason: "Unsupported",
      message: `The backend ${backend.info.backend} has no full distributions. Set estimator=auto.`
    })
  }
  const full = options.estimator !== "sampled" && fullDistribution
  const target = yield* findTarget(backend, lesson, options)
  if ("noSignal" in target) return target
  const distance = targetDistance(backend, lesson, target)
  const { lambda } = options
  const groups = groupsOf(
    (index) => sampleGroup(backend, lesson, target, options, options.seed + index),
    options.updatesPerGroup
  )
  const distilled = full
    ? `full-vocabulary ${divergenceName(divergenceOf(options.divergence, options.jsdAlpha))}`
    : "sampled-token reverse KL"
  return {
    name: "mixture",
    estimator: `${lambda} GRPO + ${1 - lambda} ${distilled} on ${options.samples} samples, `
      + `${options.reward} reward against ${target.source}`,
    gateScale: 1,
    taught: target,
    loss: Effect.fnUntraced(function*() {
      const divergence = yield* distance
      const { group } = yield* groups.current
      if (lambda === 1 && equalRewards(group)) return { noSignal: allEqual(group), divergence }
      const sdpo = yield* distillationItems(backend, lesson, group, options, full)
      if (equalRewards(group) || lambda === 0) {
        return { items: sdpo, divergence: () => divergence, details: () => groupDetails(group, 0) }
      }
      const { clipped, items } = yield* grpoGroupLoss(backend, lesson, group, options)
      return {
        items: [...scaled(items, lambda), ...scaled(sdpo, 1 - lambda)],
        divergence: () => divergence,
        details: () => groupDetails(group, clipped)
      }
    }),
    distance,
    afterUpdate: groups.afterUpdate
  }
})
