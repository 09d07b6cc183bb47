import type { AdamOptions } from "./Engine.ts"

/** Weights and AdamW moments of one flat vector of parameters. */
export interface Optimised {
  readonly weights: Float64Array
  readonly first: Float64Array
  readonly second: Float64Array
  /** Updates made. */
  readonly step: number
}

/** Euclidean. */
export const normOf = (gradient: Float64Array): number => Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0))

/**
 * One AdamW update (Loshchilov & Hutter 2019; torch.optim.AdamW's order): bias-corrected moments, decoupled decay, and the
 * whole gradient scaled down to `gradClipNorm` first unless that is 0.
 */
export const adamStep = (state: Optimised, gradient: Float64Array, options: AdamOptions): Optimised => {
  const { beta1, beta2, eps, gradClipNorm, learningRate, weightDecay } = options
  const norm = normOf(gradient)
  const scale = gradClipNorm > 0 && norm > gradClipNorm ? gradClipNorm / norm : 1
  const step = state.step + 1
  const correction1 = 1 - beta1 ** step
  const correction2 = 1 - beta2 ** step
  const first = state.first.map((m, i) => beta1 * m + (1 - beta1) * scale * gradient[i]!)
  const second = state.second.map((v, i) => beta2 * v + (1 - beta2) * (scale * gradient[i]!) ** 2)
  const weights = state.weights.map((w, i) =>
    w * (1 - learningRate * weightDecay)
    - learningRate * (first[i]! / correction1) / (Math.sqrt(second[i]! / correction2) + eps)
  )
  return { weights, first, second, step }
}
