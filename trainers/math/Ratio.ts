import type { RatioClip } from "../../core/Loss.ts"
import type { Vector } from "./LogSoftmax.ts"

/** Log-ratios are cut here before exp, so that no ratio overflows. */
const LOG_RATIO_LIMIT = 20

/** Upper clip 2, no lower clip: a positive lower bound would keep pushing tokens that the policy has already left. */
const defaultRatioClip: RatioClip = { min: 0, max: 2 }

/** Truncated importance ratio exp(s - old) in [min, max], a constant of the loss (SDPO, eq. 13). */
export const importanceRatio = (s: number, old: number, clip: RatioClip = defaultRatioClip): number =>
  Math.min(clip.max, Math.max(clip.min, Math.exp(Math.min(LOG_RATIO_LIMIT, Math.max(-LOG_RATIO_LIMIT, s - old)))))

/** Largest |s - old|: 0 when the trainer scores tokens exactly as the sampler did. */
export const largestLogRatio = (logProbs: Vector, oldLogProbs: Vector): number => {
  let largest = 0
  for (let t = 0; t < logProbs.length; t++) largest = Math.max(largest, Math.abs(logProbs[t]! - oldLogProbs[t]!))
  return largest
}
