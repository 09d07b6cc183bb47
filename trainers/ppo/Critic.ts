import { type AdamState, adamW, emptyAdamState } from "../math/AdamW.ts"
import { clippedValueLoss } from "../math/ClippedSurrogate.ts"

/** A linear value head, V(h) = w · h / |h| + b, with the state of its own Adam. `weights` holds b last. */
export interface Critic {
  readonly weights: Float64Array
  readonly adam: AdamState<Float64Array>
}

/** A head that values everything at 0. */
export const freshCritic = (hiddenSize: number): Critic => ({
  weights: new Float64Array(hiddenSize + 1),
  adam: emptyAdamState(hiddenSize + 1)
})

/** A hidden state as the head reads it: unit length, then a constant 1 for the bias. */
export const valueFeatures = (hidden: Float32Array): Float64Array => {
  const length = Math.hypot(...hidden)
  const out = new Float64Array(hidden.length + 1)
  hidden.forEach((x, i) => out[i] = length === 0 ? 0 : x / length)
  out[hidden.length] = 1
  return out
}

export const valueOf = ({ weights }: Critic, features: Float64Array): number => {
  let sum = 0
  for (let i = 0; i < weights.length; i++) sum += weights[i]! * features[i]!
  return sum
}

/** One state to be valued. */
export interface ValueSample {
  readonly features: Float64Array
  /** When the group was sampled. */
  readonly oldValue: number
  /** The return that it should be. */
  readonly target: number
  /** How many times the state was seen. */
  readonly count: number
}

interface FitOptions {
  readonly clip: number
  readonly steps: number
  readonly learningRate: number
}

/** Mean clipped value loss of a head, and its gradient in the head's weights. */
export const criticLoss = (
  critic: Critic,
  samples: ReadonlyArray<ValueSample>,
  clip: number
): { readonly loss: number; readonly gradient: Float64Array } => {
  const gradient = new Float64Array(critic.weights.length)
  const total = samples.reduce((sum, { count }) => sum + count, 0)
  let loss = 0
  for (const { count, features, oldValue, target } of samples) {
    const term = clippedValueLoss(valueOf(critic, features), oldValue, target, clip)
    loss += count * term.loss / total
    for (let i = 0; i < gradient.length; i++) gradient[i]! += count * term.slope * features[i]! / total
  }
  return { loss, gradient }
}

/** The head after some Adam steps on the clipped value loss. */
export const fitCritic = (critic: Critic, samples: ReadonlyArray<ValueSample>, options: FitOptions): Critic => {
  let fitted = critic
  for (let step = 0; step < options.steps; step++) {
    const { gradient } = criticLoss(fitted, samples, options.clip)
    const { state, weights } = adamW(fitted.weights, gradient, fitted.adam, {
      learningRate: options.learningRate,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: 0,
      maxGradientNorm: Infinity
    })
    fitted = { weights, adam: state }
  }
  return fitted
}
