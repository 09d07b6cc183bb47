import type { CanaryReport, Step } from "../domain/Step.ts"

/** Limits of a step. 0 turns one off. */
export interface GuardLimits {
  /** How many approved calls of the past a step is judged by. */
  readonly canaries: number
  /** Mean KL to the weights before on those calls, nats per token. */
  readonly canaryKl: number
  /** Share of those calls whose greedy turn must still be a call that can be run. */
  readonly validity: number
  /** Sum of the norms of the updates. */
  readonly stepNorm: number
}

const percent = (share: number): string => `${Math.round(100 * share)} %`
const number = (value: number): string => value >= 0.01 ? value.toFixed(2) : value.toPrecision(2)

const NARROWER = "Say the correction more narrowly, or edit the call instead"

/**
 * Why a step may not stay, for the human, ending with what to do; undefined when it may. Validity counts against a step
 * only as far as the step itself lowered it.
 */
export const brokenLimit = (
  limits: GuardLimits,
  step: Step,
  canaries: CanaryReport | undefined
): string | undefined => {
  const { canaryKl, stepNorm, validity } = limits
  const norm = step.inner.reduce((sum, { updateNorm }) => sum + updateNorm, 0)
  if (stepNorm > 0 && norm > stepNorm) {
    return `The step would have moved the weights by ${
      number(norm)
    }, above guard_step_norm=${stepNorm}, so it was undone and `
      + "the weights are as before. Set a smaller learning_rate or fewer inner_steps, or raise guard_step_norm."
  }
  if (canaries === undefined || canaries.count === 0) return undefined
  const asked = `${canaries.count} ${canaries.count === 1 ? "call" : "calls"} you approved before`
  if (canaries.valid < validity && canaries.valid < canaries.validBefore) {
    return `After the step only ${percent(canaries.valid)} of ${asked} would still be calls that can run, `
      + `below guard_validity=${validity}, so it was undone and the weights are as before. `
      + `${NARROWER}, or set a smaller learning_rate.`
  }
  if (canaryKl > 0 && canaries.kl > canaryKl) {
    return `The step would have changed ${asked} by ${number(canaries.kl)} nats per token, above `
      + `guard_canary_kl=${canaryKl}, so it was undone and the weights are as before. `
      + `${NARROWER}; if those calls should change too, raise guard_canary_kl.`
  }
  return undefined
}
