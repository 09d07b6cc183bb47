import type { Metrics } from "../../core/domain/Metrics.ts"
import type { LearnOutcome } from "../../core/domain/Step.ts"
import type { ServiceUsage } from "../../core/domain/Usage.ts"

/** How many of the last steps `/metrics` lists. */
const RECENT = 5

const mean = (numbers: ReadonlyArray<number>): number => numbers.reduce((sum, n) => sum + n, 0) / numbers.length

/** Folds the ledger's counts and outcomes, oldest first, into the numbers of `/metrics`. */
export const summarize = (ledger: {
  readonly revision: number
  readonly approvals: number
  readonly denials: number
  readonly edits: number
  readonly usage: ReadonlyArray<ServiceUsage>
  readonly outcomes: ReadonlyArray<{ readonly correction: string; readonly outcome: LearnOutcome }>
}): Metrics => {
  const { outcomes, usage, ...counts } = ledger
  const steps = outcomes.flatMap(({ correction, outcome }) =>
    outcome._tag === "Stepped" ? [{ correction, step: outcome.step }] : []
  )
  const last = steps.at(-1)?.step
  return {
    ...counts,
    ...(usage.length === 0 ? {} : { usage: { project: usage } }),
    lessons: outcomes.length,
    steps: steps.length,
    skipped: outcomes.length - steps.length,
    ...(last === undefined ? {} : {
      lastDivergence: last.evidence.divergenceAfter,
      meanStepSeconds: mean(steps.map(({ step }) => step.seconds)),
      greedyChangedShare: mean(steps.map(({ step }) => step.evidence.greedyChanged ? 1 : 0))
    }),
    recent: steps.slice(-RECENT).reverse().map(({ correction, step }) => ({
      correction,
      attemptLogProbBefore: step.evidence.attemptLogProbBefore,
      attemptLogProbAfter: step.evidence.attemptLogProbAfter,
      greedyChanged: step.evidence.greedyChanged,
      seconds: step.seconds
    }))
  }
}
