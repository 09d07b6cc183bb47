import type { OptimizerOptions } from "../../../../core/LoraBackend.ts"
import { EngineError } from "../EngineError.ts"
import type { AdapterState } from "./AdapterState.ts"

/** Euclidean norm, summed in float64. */
export const norm = (vector: Float32Array): number => {
  let sum = 0
  for (let index = 0; index < vector.length; index++) sum += vector[index]! * vector[index]!
  return Math.sqrt(sum)
}

export interface AdamWResult {
  readonly state: AdapterState
  /** Before clipping. */
  readonly gradientNorm: number
  readonly updateNorm: number
}

/**
 * One AdamW step (Loshchilov & Hutter 2019) with bias correction, decoupled decay and a bound on the global gradient norm.
 * Returns a new state; fails with `NonFinite` when the gradient or the result is not finite, and changes nothing then.
 */
export const adamW = (state: AdapterState, gradient: Float32Array, options: OptimizerOptions): AdamWResult => {
  const { beta1, beta2, epsilon, learningRate, maxGradientNorm, weightDecay } = options
  const gradientNorm = norm(gradient)
  if (!Number.isFinite(gradientNorm)) {
    throw new EngineError(
      "NonFinite",
      "The gradient is not finite, so the adapter was left as it was. Lower the learning rate or undo the last step."
    )
  }
  const scale = gradientNorm > maxGradientNorm ? maxGradientNorm / gradientNorm : 1
  const revision = state.revision + 1
  const correction1 = 1 - beta1 ** revision
  const correction2 = Math.sqrt(1 - beta2 ** revision)
  const size = gradient.length
  const parameters = new Float32Array(size)
  const firstMoment = new Float32Array(size)
  const secondMoment = new Float32Array(size)
  let moved = 0
  for (let index = 0; index < size; index++) {
    const g = gradient[index]! * scale
    const before = state.parameters[index]!
    const first = beta1 * state.firstMoment[index]! + (1 - beta1) * g
    const second = beta2 * state.secondMoment[index]! + (1 - beta2) * g * g
    firstMoment[index] = first
    secondMoment[index] = second
    const step = first / correction1 / (Math.sqrt(second) / correction2 + epsilon)
    const after = Math.fround(before * (1 - learningRate * weightDecay) - learningRate * step)
    parameters[index] = after
    moved += (after - before) ** 2
  }
  if (!Number.isFinite(moved) || !Number.isFinite(norm(secondMoment))) {
    throw new EngineError(
      "NonFinite",
      "The update is not finite, so the adapter was left as it was. Lower the learning rate."
    )
  }
  return {
    state: { ...state, parameters, firstMoment, secondMoment, revision },
    gradientNorm,
    updateNorm: Math.sqrt(moved)
  }
}
