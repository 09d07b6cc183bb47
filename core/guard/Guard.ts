import type { Lesson } from "../domain/Lesson.ts"
import type { CanaryReport, Step } from "../domain/Step.ts"

/** What the model does untold where it was corrected, before and after the step. */
export interface OwnTurn {
  /** Whether that is a call that can run, or words. */
  readonly usableBefore: boolean
  readonly usable: boolean
  /** Words of it that nobody said and the base model would not write. */
  readonly invented?: ReadonlyArray<string>
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

/** What a human can do who said something, and one who has edited the call already. */
const narrower = (kind: Lesson["kind"]): string =>
  kind === "edit" ? "Deny the call and say why instead" : "Say the correction more narrowly, or edit the call instead"

/** Below this nothing is told apart from rounding, nats. */
const ROUNDING = 1e-6

/** Why a step is none: it moved nothing, or away from what it was made for. */
const noLesson = ({ evidence }: Step, kind: Lesson["kind"]): string | undefined => {
  const { attemptLogProbAfter, attemptLogProbBefore, divergenceAfter, divergenceBefore, greedyChanged } = evidence
  if (!greedyChanged && Math.abs(attemptLogProbAfter - attemptLogProbBefore) < ROUNDING) {
    return "The updates moved nothing: the model would do here what it did before, so they were undone. "
      + "Set a larger learning_rate, or see with `continualcode doctor` whether the trainer works."
  }
  // As corrected is what was wanted, by whatever way; short of that, the distance says where it went.
  return evidence.asCorrected !== true && divergenceAfter > divergenceBefore + ROUNDING
    ? `The step led away from what you asked for: the distance to the corrected model grew from ${
      number(divergenceBefore)
    } to ${number(divergenceAfter)} nats per token, so it was undone and the weights are as before. ${
      narrower(kind)
    }, or set a smaller learning_rate.`
    : undefined
}

/** Why a step may not stay for what it did to approved calls. */
const lostCalls = (
  { canaryKl, validity }: GuardLimits,
  { count, kl, own, valid, validBefore }: CanaryReport,
  kind: Lesson["kind"]
) => {
  const asked = `${count} ${count === 1 ? "call" : "calls"} ${
    own === true ? "the base model is sure of in this project" : "you approved before"
  }`
  if (valid < validity && valid < validBefore) {
    return `After the step only ${percent(valid)} of ${asked} would still be calls that can run, `
      + `below guard_validity=${validity}, so it was undone and the weights are as before. `
      + `${narrower(kind)}, or set a smaller learning_rate.`
  }
  if (canaryKl > 0 && kl > canaryKl) {
    return `The step would have changed ${asked} by ${number(kl)} nats per token, above `
      + `guard_canary_kl=${canaryKl}, so it was undone and the weights are as before. `
      + `${narrower(kind)}; if those calls should change too, raise guard_canary_kl.`
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
  own: OwnTurn,
  kind: Lesson["kind"] = "denial"
): string | undefined => {
  const { stepNorm, validity } = limits
  const norm = step.inner.reduce((sum, { updateNorm }) => sum + updateNorm, 0)
  if (stepNorm > 0 && norm > stepNorm) {
    return `The step would have moved the weights by ${
      number(norm)
    }, above guard_step_norm=${stepNorm}, so it was undone and `
      + "the weights are as before. Set a smaller learning_rate or fewer inner_steps, or raise guard_step_norm."
  }
  const lost = canaries === undefined || canaries.count === 0 ? undefined : lostCalls(limits, canaries, kind)
  if (lost !== undefined) return lost
  if (validity > 0 && own.usableBefore && !own.usable) {
    return "After the step the model would do nothing here that can run, so it was undone and the weights are as before. "
      + `${narrower(kind)}, or set a smaller learning_rate; guard_validity=0 turns this check off.`
  }
  const [made] = own.invented ?? []
  if (validity > 0 && made !== undefined) {
    return `After the step the model would write ${
      JSON.stringify(made)
    } here, which nobody said, so it was undone and the `
      + `weights are as before. ${narrower(kind)}; guard_validity=0 turns this check off.`
  }
  return noLesson(step, kind)
}
