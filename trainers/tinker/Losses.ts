import * as Effect from "effect/Effect"
import { BackendError } from "../../core/LoraBackend.ts"
import { baseWeights, currentWeights, type Weights } from "../../core/Weights.ts"
import type { LossItem, LossReport } from "../../core/Loss.ts"
import { unsupported } from "./Failure.ts"
import type { Learned } from "./loss/Batches.ts"
import { itemLoss, type ItemViews } from "./loss/ItemLoss.ts"
import { rowsOf } from "./loss/Rows.ts"
import type { Scoring } from "./Scoring.ts"
import type { Voice } from "./state/Voices.ts"

export interface LossParts {
  readonly scoring: Scoring
  readonly voiceOf: (weights: Weights) => Effect.Effect<Voice, BackendError>
  readonly vocabularySize: number
  /** Largest K of a divergence over the likeliest tokens; 0 without soft targets. */
  readonly distillTopK: number
  readonly fullDistribution: boolean
}

const nonFinite = (what: string): BackendError =>
  new BackendError({
    reason: "NonFinite",
    message: `${what} not finite, so nothing was sent to the Tinker service. Set a smaller learning_rate.`
  })

/** Refuses what the service would refuse, or would learn without sense. */
const check = (item: LossItem, parts: LossParts): Effect.Effect<void, BackendError> => {
  const numbers = [
    ...item.mask ?? [],
    ...item.oldLogProbs ?? [],
    ...item._tag === "PolicyGradient" ? item.advantages : [],
    item.baseKl
  ]
  if (!numbers.every(Number.isFinite)) return Effect.fail(nonFinite("Advantages or log-probabilities are"))
  if (item._tag !== "Distill" || parts.fullDistribution) return Effect.void
  if (parts.distillTopK === 0) {
    return Effect.fail(
      unsupported("This Tinker service has no soft targets, so it cannot distil. Set estimator=sampled.")
    )
  }
  return item.topK === undefined || item.topK > parts.distillTopK
    ? Effect.fail(unsupported(
      `The Tinker service shows the ${parts.distillTopK} likeliest tokens, not the whole vocabulary. `
        + `Set estimator=topk and top_k=${parts.distillTopK}.`
    ))
    : Effect.void
}

/**
 * Values and slopes of items at the current weights, out of what samplers say to their tokens. Everything is asked for at the
 * same time, and nothing twice.
 */
export const learnedItems = Effect.fnUntraced(function*(
  items: ReadonlyArray<LossItem>,
  parts: LossParts
): Effect.fn.Return<{ readonly learned: ReadonlyArray<Learned>; readonly report: LossReport }, BackendError> {
  yield* Effect.forEach(items, (item) => check(item, parts), { discard: true })
  const { scoring, voiceOf } = parts

  const rows = Effect.fnUntraced(function*(
    weights: Weights,
    promptIds: ReadonlyArray<number>,
    completionIds: ReadonlyArray<number>
  ) {
    const voice = yield* voiceOf(weights)
    return rowsOf(yield* scoring.score(voice, promptIds, completionIds), completionIds)
  })

  const viewsOf = Effect.fnUntraced(function*(item: LossItem): Effect.fn.Return<ItemViews, BackendError> {
    const { completionIds, promptIds } = item
    const [student, teacher, base] = yield* Effect.all([
      rows(currentWeights, promptIds, completionIds),
      item._tag === "Distill" ? rows(item.teacher.weights, item.teacher.promptIds, completionIds) : Effect.undefined,
      item.baseKl === 0 ? Effect.undefined : rows(baseWeights, promptIds, completionIds)
    ], { concurrency: "unbounded" })
    return {
      student,
      ...(teacher === undefined ? {} : { teacher }),
      ...(base === undefined ? {} : { base })
    }
  })

  const views = yield* Effect.forEach(items, viewsOf, { concurrency: "unbounded" })
  const count = items.reduce(
    (sum, { completionIds, mask }) => sum + (mask ?? completionIds.map(() => 1)).reduce((a, b) => a + b, 0),
    0
  )
  const learned = items.map((item, i): Learned => ({
    item,
    loss: itemLoss(item, views[i]!, parts.vocabularySize, Math.max(count, Number.MIN_VALUE))
  }))
  const loss = count === 0 ? 0 : learned.reduce((sum, one) => sum + one.loss.loss, 0)
  const slopes = learned.flatMap((one) => [...one.loss.own, ...one.loss.anchor].flatMap((row) => [...row.values()]))
  if (!Number.isFinite(loss) || !slopes.every(Number.isFinite)) return yield* nonFinite("The loss or its gradient is")
  return { learned, report: { loss, gradientNorm: 0, items: learned.map((one) => one.loss.report) } }
})
