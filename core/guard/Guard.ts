import type { CanaryReport, Step } from "../domain/Step.ts"

/** What the model does untold where it was corrected, before and after the step: whether that is a call that can run, or words. */
export interface OwnTurn {
  readonly usableBefore: boolean
  readonly usable: boolean
}

/** Limits of a step. 0 turns one off. */
export interface GuardLimits {
  /** How many approved calls of the past a step is judged by. */
  readonly canaries: number
  /** Mean KL to the weights before on those calls, nats per token. */
  readonly canaryKl: number
  /** Share of those calls whose greedy turn must still be a call that can be run; above 0 the corrected situation's must be too. */
  readonly validity: number
  /** Sum of the norms of the updates. */
  readonly stepNorm: number
}

const percent = (share: number): string => `${Math.round(100 * share)} %`
const number = (value: number): string => value >= 0.01 ? value.toFixed(2) : value.toPrecision(2)

const NARROWER = "Say the correction more narrowly, or edit the call instead"

/** Why a step may not stay for what it did to approved calls. */
const lostCalls = ({ canaryKl, validity }: GuardLimits, { count, kl, valid, validBefore }: CanaryReport) => {
  const asked = `${count} ${count === 1 ? "call" : "calls"} you approved before`
  if (valid < validity && valid < validBefore) {
    return `After the step only ${percent(valid)} of ${asked} would still be calls that can run, `
      + `below guard_validity=${validity}, so it was undone and the weights are as before. `
      + `${NARROWER}, or set a smaller learning_rate.`
  }
  if (canaryKl > 0 && kl > canaryKl) {
    return `The step would have changed ${asked} by ${number(kl)} nats per token, above `
      + `guard_canary_kl=${canaryKl}, so it was undone and the weights are as before. `
      + `${NARROWER}; if those calls should change too, raise guard_canary_kl.`
  }
  return undefined
}

/**
 * Why a step may not stay, for the human, ending with what to do; undefined when it may. Validity counts against a step
 * only as far as the step itself lowered it.
 */
export const brokenLimit = (
  limits: GuardLimits,
  step: Step,
  canaries: CanaryReport | undefined,
  own: OwnTurn
): string | undefined => {
  const { stepNorm, validity } = limits
  const norm = step.inner.reduce((sum, { updateNorm }) => sum + updateNorm, 0)
  if (stepNorm > 0 && norm > stepNorm) {
    return `The step would have moved the weights by ${
      number(norm)
    }, above guard_step_norm=${stepNorm}, so it was undone and `
      + "the weights are as before. Set a smaller learning_rate or fewer inner_steps, or raise guard_step_norm."
  }
  const lost = canaries === undefined || canaries.count === 0 ? undefined : lostCalls(limits, canaries)
  if (lost !== undefined) return lost
  if (validity > 0 && own.usableBefore && !own.usable) {
    return "After the step the model would do nothing here that can run, so it was undone and the weights are as before. "
      + `${NARROWER}, or set a smaller learning_rate; guard_validity=0 turns this check off.`
  }
  return undefined
}
