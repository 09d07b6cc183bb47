import type { OptimizerOptions } from "../../../../core/LoraBackend.ts"
import { adamW as update, norm } from "../../../math/AdamW.ts"
import { EngineError } from "../EngineError.ts"
import type { AdapterState } from "./AdapterState.ts"

export { norm } from "../../../math/AdamW.ts"

export interface AdamWResult {
  readonly state: AdapterState
  /** Before clipping. */
  readonly gradientNorm: number
  readonly updateNorm: number
}

/** One AdamW step of the adapter. Fails with `NonFinite` when the gradient or the result is not finite, and changes nothing then. */
export const adamW = (state: AdapterState, gradient: Float32Array, options: OptimizerOptions): AdamWResult => {
  if (!Number.isFinite(norm(gradient))) {
    throw new EngineError(
      "NonFinite",
      "The gradient is not finite, so the adapter was left as it was. Lower the learning rate or undo the last step."
    )
  }
  const moments = { first: state.firstMoment, second: state.secondMoment, step: state.revision }
  const { gradientNorm, state: next, updateNorm, weights } = update(state.parameters, gradient, moments, options)
  if (!Number.isFinite(updateNorm) || !Number.isFinite(norm(next.second))) {
    throw new EngineError(
      "NonFinite",
      "The update is not finite, so the adapter was left as it was. Lower the learning rate."
    )
  }
  return {
    state: {
      ...state,
      parameters: weights,
      firstMoment: next.first,
      secondMoment: next.second,
      revision: next.step
    },
    gradientNorm,
    updateNorm
  }
}
