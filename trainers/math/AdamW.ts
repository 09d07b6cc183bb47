import type { OptimizerOptions } from "../../core/LoraBackend.ts"

/** Numbers in single or double precision; moments and results have the precision of the weights. */
type AdamVector = Float32Array | Float64Array

/** Moments of AdamW for one flat parameter vector; `step` counts the updates made. */
export interface AdamState<V extends AdamVector = AdamVector> {
  readonly first: V
  readonly second: V
  readonly step: number
}

export interface AdamWResult<V extends AdamVector> {
  readonly weights: V
  readonly state: AdamState<V>
  /** Euclidean norm of the gradient, before clipping. */
  readonly gradientNorm: number
  /** Euclidean norm of what the weights moved by. */
  readonly updateNorm: number
}

/** Euclidean norm, summed in float64. */
export const norm = (values: ArrayLike<number>): number => {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!
  return Math.sqrt(sum)
}

export const emptyAdamState = (length: number): AdamState<Float64Array> => ({
  first: new Float64Array(length),
  second: new Float64Array(length),
  step: 0
})

/**
 * One AdamW update (Loshchilov & Hutter 2019; order and epsilon placement of torch.optim.AdamW): the global norm of the
 * gradient is first scaled down to `maxGradientNorm`, decay is decoupled: w <- w (1 - lr wd) - lr m^ / (sqrt(v^) + eps).
 * Nothing is written in place.
 */
export const adamW = <V extends AdamVector>(
  weights: V,
  gradient: ArrayLike<number>,
  state: AdamState<V>,
  options: OptimizerOptions
): AdamWResult<V> => {
  const { beta1, beta2, epsilon, learningRate, maxGradientNorm, weightDecay } = options
  const gradientNorm = norm(gradient)
  const scale = gradientNorm > maxGradientNorm ? maxGradientNorm / gradientNorm : 1
  const step = state.step + 1
  const correction1 = 1 - beta1 ** step
  const correction2 = Math.sqrt(1 - beta2 ** step)
  const [after, first, second] = [weights.slice() as V, state.first.slice() as V, state.second.slice() as V]
  let moved = 0
  for (let index = 0; index < after.length; index++) {
    const g = gradient[index]! * scale
    const before = weights[index]!
    const m = beta1 * state.first[index]! + (1 - beta1) * g
    const v = beta2 * state.second[index]! + (1 - beta2) * g * g
    first[index] = m
    second[index] = v
    after[index] = before * (1 - learningRate * weightDecay)
      - learningRate * (m / correction1 / (Math.sqrt(v) / correction2 + epsilon))
    moved += (after[index]! - before) ** 2
  }
  return { weights: after, state: { first, second, step }, gradientNorm, updateNorm: Math.sqrt(moved) }
}
