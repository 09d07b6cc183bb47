import type { Vector } from "./LogSoftmax.ts"

/**
 * Generalised advantage estimation (Schulman et al. 2016, eq. 16) over one finished episode of T steps: delta_t = r_t +
 * gamma V_{t+1} - V_t with V_T = 0, A_t = sum_l (gamma lambda)^l delta_{t+l}. `returns` are A_t + V_t.
 */
export const gae = (
  rewards: Vector,
  values: Vector,
  gamma: number,
  lambda: number
): { readonly advantages: Float64Array; readonly returns: Float64Array } => {
  const length = rewards.length
  const advantages = new Float64Array(length)
  let next = 0
  for (let t = length - 1; t >= 0; t--) {
    const delta = rewards[t]! + gamma * (t + 1 < length ? values[t + 1]! : 0) - values[t]!
    next = delta + gamma * lambda * next
    advantages[t] = next
  }
  return { advantages, returns: advantages.map((a, t) => a + values[t]!) }
}

/**
 * (x - mean) / (std + 1e-8) over all values, each counted `weights` times; zeros when they are all equal. Keeps the
 * order.
 */
export const whiten = (values: Vector, weights: Vector): Float64Array => {
  let count = 0
  let mean = 0
  for (let i = 0; i < values.length; i++) {
    count += weights[i]!
    mean += weights[i]! * values[i]!
  }
  mean /= count
  let variance = 0
  for (let i = 0; i < values.length; i++) variance += weights[i]! * (values[i]! - mean) ** 2
  const std = Math.sqrt(variance / count)
  return Float64Array.from(values, (x) => (x - mean) / (std + 1e-8))
}
