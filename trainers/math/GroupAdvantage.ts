import type { Vector } from "./LogSoftmax.ts"

/** Added to a group's standard deviation, as in the usual implementations of GRPO. */
export const STD_FLOOR = 1e-4

/**
 * Advantages of a group of responses to one prompt. `std`: (r - mean) / (std + 1e-4) (GRPO, Shao et al. 2024, eq. 4;
 * population standard deviation). `centre`: r - mean (Dr. GRPO, Liu et al. 2025). All zero when the rewards are equal.
 */
export const groupAdvantages = (rewards: Vector, scale: "std" | "centre"): Float64Array => {
  const values = Float64Array.from(rewards)
  if (values.every((r) => r === values[0])) return values.fill(0)
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  const centred = values.map((r) => r - mean)
  if (scale === "centre") return centred
  const std = Math.sqrt(centred.reduce((sum, d) => sum + d * d, 0) / values.length)
  return centred.map((d) => d / (std + STD_FLOOR))
}
