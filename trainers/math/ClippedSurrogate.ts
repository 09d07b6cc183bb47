/** How far the ratio may go before a token stops counting: [1 - low, 1 + high]. */
export interface ClipRange {
  readonly low: number
  readonly high: number
}

/** One token of a policy-gradient batch. */
interface SurrogateToken {
  /** log pi(y) now, and when it was sampled. */
  readonly logProb: number
  readonly oldLogProb: number
  readonly advantage: number
}

/**
 * PPO's clipped surrogate (Schulman et al. 2017, eq. 7) with separate bounds (DAPO, Yu et al. 2025):
 * -min(rho A, clip(rho, 1 - low, 1 + high) A), rho = exp(s - old) in the graph. `slope` is its derivative in s = log pi(y):
 * -rho A, or 0 where the clipped side is the smaller.
 */
export const clippedSurrogate = (
  { advantage, logProb, oldLogProb }: SurrogateToken,
  { high, low }: ClipRange
): { readonly loss: number; readonly slope: number; readonly clipped: boolean } => {
  const ratio = Math.exp(logProb - oldLogProb)
  const clipped = advantage > 0 ? ratio > 1 + high : advantage < 0 && ratio < 1 - low
  const bounded = Math.min(1 + high, Math.max(1 - low, ratio))
  return {
    loss: -Math.min(ratio * advantage, bounded * advantage),
    slope: clipped || advantage === 0 ? 0 : -ratio * advantage,
    clipped
  }
}

/**
 * Clipped value loss: 0.5 max((v - R)^2, (v' - R)^2), v' = v kept within `clip` of its old value; `slope` in v.
 */
export const clippedValueLoss = (
  value: number,
  oldValue: number,
  target: number,
  clip: number
): { readonly loss: number; readonly slope: number } => {
  const bounded = Math.min(oldValue + clip, Math.max(oldValue - clip, value))
  const free = (value - target) ** 2
  const held = (bounded - target) ** 2
  return held > free
    ? { loss: 0.5 * held, slope: bounded === value ? value - target : 0 }
    : { loss: 0.5 * free, slope: value - target }
}
