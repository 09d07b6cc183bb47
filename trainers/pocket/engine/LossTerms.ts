import type { LossItem, LossItemReport } from "../../../core/Loss.ts"
import { EngineError } from "./EngineError.ts"
import type { LossOutput, TermWeights } from "./LossInput.ts"

/** An item's mask, all ones by default. */
export const maskOf = (item: LossItem): ReadonlyArray<number> => item.mask ?? item.completionIds.map(() => 1)

const checkLength = (name: string, values: ReadonlyArray<number> | undefined, length: number): void => {
  if (values === undefined) return
  if (values.length !== length) {
    throw new EngineError(
      "Unsupported",
      `${name} has ${values.length} numbers for ${length} completion tokens. Give one each.`
    )
  }
  if (!values.every(Number.isFinite)) {
    throw new EngineError(
      "NonFinite",
      `${name} holds a number that is not finite; nothing was changed. Check the lesson.`
    )
  }
}

/** Fails for lists of the wrong length, numbers that are not finite and divergence weights out of range. */
export const checkItem = (item: LossItem): void => {
  const length = item.completionIds.length
  checkLength("mask", item.mask, length)
  checkLength("oldLogProbs", item.oldLogProbs, length)
  checkLength("baseKl", [item.baseKl], 1)
  if (item._tag === "PolicyGradient") checkLength("advantages", item.advantages, length)
  if (item._tag === "Distill" && item.topK !== undefined && !(Number.isInteger(item.topK) && item.topK > 0)) {
    throw new EngineError("Unsupported", `topK is ${item.topK}. Give a whole number of at least 1.`)
  }
  if (item._tag === "Distill" && item.divergence.kind === "jsd") {
    const { alpha } = item.divergence
    if (!(alpha > 0 && alpha < 1)) {
      throw new EngineError("Unsupported", `jsd alpha is ${alpha}. Give a number between 0 and 1, both left out.`)
    }
  }
}

/** Per-token factors of the graph's terms for one item; `total` is the sum of all items' masks. */
export const termWeights = (item: LossItem, total: number): TermWeights => {
  const share = Float32Array.from(maskOf(item), (weight) => weight / total)
  const none = new Float32Array(share.length)
  const kind = item._tag === "Distill" ? item.divergence.kind : undefined
  return {
    reverseWeight: kind === "reverse_kl" ? share : none,
    forwardWeight: kind === "forward_kl" ? share : none,
    jsdWeight: kind === "jsd" ? share : none,
    logProbWeight: item._tag === "PolicyGradient"
      ? share.map((weight, index) => -weight * item.advantages[index]!)
      : item._tag === "CrossEntropy"
      ? share.map((weight) => -weight)
      : none,
    baseWeight: share.map((weight) => weight * item.baseKl)
  }
}

/** Bounds of the importance ratio; without old log-probabilities it is 1. */
export const ratioBounds = (item: LossItem): { readonly min: number; readonly max: number } =>
  item.oldLogProbs === undefined ? { min: 1, max: 1 } : item.ratioClip ?? { min: 0, max: Infinity }

/** What one item's pass computed, in the contract's words. */
export const itemReport = (
  item: LossItem,
  output: LossOutput,
  teacherLogProbs: ReadonlyArray<number> | undefined
): LossItemReport => {
  const { perToken } = output
  const common = {
    logProbs: [...perToken.logProb],
    baseKls: item.baseKl === 0 ? item.completionIds.map(() => 0) : [...perToken.baseKl],
    ratios: [...perToken.ratio]
  }
  if (item._tag !== "Distill" || teacherLogProbs === undefined) return common
  const divergence = { reverse_kl: perToken.reverseKl, forward_kl: perToken.forwardKl, jsd: perToken.jsd }
  return { ...common, teacherLogProbs, divergences: [...divergence[item.divergence.kind]] }
}
