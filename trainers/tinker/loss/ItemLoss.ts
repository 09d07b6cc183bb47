import type { LossItem, LossItemReport } from "../../../core/Loss.ts"
import { k3 } from "../../math/Estimators.ts"
import { importanceRatio } from "../../math/Ratio.ts"
import { bucketDivergence, bucketSlopes } from "./Buckets.ts"
import { type Row, supportOf } from "./Rows.ts"

/** What the weights concerned say at each of an item's T positions. */
export interface ItemViews {
  readonly student: ReadonlyArray<Row>
  /** Of a `Distill` item. */
  readonly teacher?: ReadonlyArray<Row>
  /** The base under the student's prompt; only where `baseKl` is not 0. */
  readonly base?: ReadonlyArray<Row>
}

/** By token, the derivative of the loss by the token's log-probability at one position. */
export type Slopes = Map<number, number>

export interface ItemLoss {
  readonly report: LossItemReport
  /** The item's share of the loss: its terms summed and divided by `count`. */
  readonly loss: number
  /** Derivatives through the item's own terms, per position. */
  readonly own: ReadonlyArray<Slopes>
  /** Derivatives through KL(pi || base), per position. */
  readonly anchor: ReadonlyArray<Slopes>
}

const add = (slopes: Slopes, id: number, slope: number): void => {
  if (slope !== 0) slopes.set(id, (slopes.get(id) ?? 0) + slope)
}

/**
 * Value, report and slopes of one item at the current weights. Teacher, base, ratios and advantages are constants. `count` is
 * the sum of all items' masks, so that the loss is a mean over tokens whatever the service adds up.
 */
export const itemLoss = (
  item: LossItem,
  views: ItemViews,
  vocabularySize: number,
  count: number
): ItemLoss => {
  const { completionIds } = item
  const logProbs = completionIds.map((id, t) => views.student[t]!.get(id)!)
  const ratios = logProbs.map((s, t) =>
    item.oldLogProbs === undefined ? 1 : importanceRatio(s, item.oldLogProbs[t]!, item.ratioClip)
  )
  const own = completionIds.map((): Slopes => new Map())
  const anchor = completionIds.map((): Slopes => new Map())
  const divergences: Array<number> = []
  const baseKls: Array<number> = []
  let total = 0

  completionIds.forEach((id, t) => {
    const share = (item.mask?.[t] ?? 1) / count
    const weight = share * ratios[t]!
    const student = views.student[t]!
    if (item._tag === "Distill") {
      const support = supportOf(student, views.teacher![t]!, vocabularySize, item.topK)
      const value = bucketDivergence(item.divergence, support)
      divergences.push(value)
      total += weight * value
      if (weight !== 0) {
        const pulled = item.divergence.kind === "forward_kl" ? support.only : []
        const apart = pulled.reduce((mass, [, logProb]) => mass + Math.exp(logProb), 0)
        bucketSlopes(item.divergence, { ...support, apart }).forEach((slope, k) =>
          add(own[t]!, support.ids[k]!, weight * slope)
        )
        for (const [other, logProb] of pulled) add(own[t]!, other, -weight * Math.exp(logProb))
      }
    } else {
      const advantage = item._tag === "PolicyGradient" ? item.advantages[t]! : 1
      const slope = weight === 0 ? 0 : -weight * advantage
      total += slope * logProbs[t]!
      add(own[t]!, id, slope)
    }
    if (item.baseKl === 0) {
      baseKls.push(0)
      return
    }
    const support = supportOf(student, views.base![t]!, vocabularySize, undefined)
    const factor = share * item.baseKl
    if (support.ids.length > 1) {
      const value = bucketDivergence({ kind: "reverse_kl" }, support)
      baseKls.push(value)
      total += factor * value
      bucketSlopes({ kind: "reverse_kl" }, support).forEach((slope, k) =>
        add(anchor[t]!, support.ids[k]!, factor * slope)
      )
    } else {
      // From the token alone: k3 is the value's estimate, and s - o the slope that is right in expectation.
      const [s, o] = [logProbs[t]!, views.base![t]!.get(id)!]
      const value = k3(s, o)
      baseKls.push(value)
      total += factor * value
      add(anchor[t]!, id, factor * (s - o))
    }
  })

  return {
    loss: total,
    own,
    anchor,
    report: {
      logProbs,
      ratios,
      baseKls,
      ...(item._tag === "Distill"
        ? { divergences, teacherLogProbs: completionIds.map((id, t) => views.teacher![t]!.get(id)!) }
        : {})
    }
  }
}
