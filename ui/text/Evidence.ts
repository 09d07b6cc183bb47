import type { InnerStep, LearnOutcome } from "../../core/domain/Step.ts"
import { type Line, span } from "./Line.ts"
import { count, logProb, seconds, short } from "./Numbers.ts"
import { visible } from "./Visible.ts"

/** The one line of evidence after a step, or why no step was made. */
export const outcomeLine = (outcome: LearnOutcome): Line => {
  if (outcome._tag === "Skipped") {
    return [
      span("not learned", { color: "yellow", bold: true }),
      span(`  ${visible(outcome.reason)}   divergence ${short(outcome.divergence)}`)
    ]
  }
  const { evidence, inner, seconds: took } = outcome.step
  return [
    span("learned", { color: "green", bold: true }),
    span(
      `  log p(attempt) ${logProb(evidence.attemptLogProbBefore)} -> ${logProb(evidence.attemptLogProbAfter)}`
        + `   divergence ${short(evidence.divergenceBefore)} -> ${short(evidence.divergenceAfter)}`
        + `   greedy call ${evidence.greedyChanged ? "changed" : "unchanged"}`
        + `   ${count(inner.length, "update")}, ${seconds(took)}`
    )
  ]
}

/** What is known of a running step after each inner step; `first` is the first inner step's divergence. */
export const progressText = (first: number, inner: InnerStep): string =>
  `learning  update ${inner.index + 1}   divergence ${short(first)} -> ${short(inner.divergence)}`

export const learningFailed = (message: string): Line => [
  span("learning failed", { color: "red", bold: true }),
  span(`  ${visible(message)}`)
]
