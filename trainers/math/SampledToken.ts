import type { RatioClip } from "../../core/Loss.ts"
import type { Vector } from "./LogSoftmax.ts"
import { importanceRatio } from "./Ratio.ts"

/** Log-probabilities of the same tokens under one policy, and the temperature they were taken at. */
interface ScoredTokens {
  readonly logProbs: Vector
  readonly temperature: number
}

/** The original design's constants. */
export const literalRatioClip: RatioClip = { min: 0.5, max: 2 }
export const LITERAL_KL_COEFFICIENT = 0.04

/**
 * Per-token advantage A_t = t_t - s_t (teacher minus student log-probability), a constant of the loss, cut to
 * [-limit, limit]. Throws RangeError when the sides differ in length or temperature: a tempered student against a plain
 * teacher has non-zero advantages with no correction at all.
 */
export const advantages = (student: ScoredTokens, teacher: ScoredTokens, limit = Infinity): Float64Array => {
  if (student.temperature !== teacher.temperature) {
    throw new RangeError(
      `student log-probabilities are at temperature ${student.temperature}, teacher's at ${teacher.temperature}: `
        + "score both at the same temperature"
    )
  }
  if (student.logProbs.length !== teacher.logProbs.length) {
    throw new RangeError(
      `student has ${student.logProbs.length} tokens, teacher ${teacher.logProbs.length}: score the same token ids`
    )
  }
  return Float64Array.from(
    student.logProbs,
    (s, t) => Math.min(limit, Math.max(-limit, teacher.logProbs[t]! - s))
  )
}

/** One token of the sampled-token loss. */
export interface SampledToken {
  readonly logProb: number
  readonly oldLogProb: number
  readonly advantage: number
}

/**
 * One token's loss -ratio * A * log pi(y), ratio = clamp(pi / pi_old), and its slope in s = log pi(y), with ratio and
 * advantage detached: slope = -ratio * A (truncated importance sampling, as CISPO).
 *
 * The original text reads as if the ratio carried gradient. It must not: d(ratio * A * s)/ds = ratio * A * (1 + s),
 * whose factor (1 + log pi) is negative for every token with pi < 1/e, so that the student is pushed *away* from the
 * teacher on exactly the uncertain tokens. `ratioInGraph: true` is therefore refused with a RangeError.
 */
export const sampledTokenLoss = (
  token: SampledToken,
  clip: RatioClip = literalRatioClip,
  options?: { readonly ratioInGraph?: boolean }
): { readonly loss: number; readonly slope: number; readonly ratio: number } => {
  if (options?.ratioInGraph === true) {
    throw new RangeError(
      "a ratio in the graph multiplies the gradient by 1 + log pi, which flips its sign for pi < 1/e: "
        + "keep the ratio detached"
    )
  }
  const ratio = importanceRatio(token.logProb, token.oldLogProb, clip)
  return { loss: -ratio * token.advantage * token.logProb, slope: -ratio * token.advantage, ratio }
}
