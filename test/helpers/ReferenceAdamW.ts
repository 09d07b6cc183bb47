import type { OptimizerOptions } from "../../core/LoraBackend.ts"

/** The tests' own AdamW: what backends are held against, so it shares no code with them. */

/** Moments of AdamW for one flat parameter vector; `step` counts the updates made. */
export interface AdamState {
  readonly first: Float64Array
  readonly second: Float64Array
  readonly step: number
}

export const emptyAdamState = (length: number): AdamState => ({
  first: new Float64Array(length),
  second: new Float64Array(length),
  step: 0
})

/** Euclidean norm. */
export const norm = (values: ArrayLike<number>): number => {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!
  return Math.sqrt(sum)
}

/**
 * One AdamW update (Loshchilov & Hutter 2019; order and epsilon placement of torch.optim.AdamW): the global norm of
 * the gradient is first scaled down to `maxGradientNorm`, decay is decoupled: w <- w (1 - lr wd) - lr m^ / (sqrt(v^) +
 * eps).
 */
export const adamW = (
  weights: ArrayLike<number>,
  gradient: ArrayLike<number>,
  state: AdamState,
  options: OptimizerOptions
): { readonly weights: Float64Array; readonly state: AdamState } => {
  const length = norm(gradient)
  const scale = length > options.maxGradientNorm ? options.maxGradientNorm / length : 1
  const step = state.step + 1
  const first = state.first.map((m, i) => options.beta1 * m + (1 - options.beta1) * scale * gradient[i]!)
  const second = state.second.map((v, i) => options.beta2 * v + (1 - options.beta2) * (scale * gradient[i]!) ** 2)
  const correction1 = 1 - options.beta1 ** step
  const correction2 = 1 - options.beta2 ** step
  const next = Float64Array.from(weights, (w, i) =>
    w * (1 - options.learningRate * options.weightDecay)
    - options.learningRate * (first[i]! / correction1) / (Math.sqrt(second[i]! / correction2) + options.epsilon))
  return { weights: next, state: { first, second, step } }
}
