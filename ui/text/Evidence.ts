import type { LessonRelations } from "../../core/domain/Lesson.ts"
import type { CanaryReport, Evidence, InnerStep, LearnOutcome, LearnStage, Step } from "../../core/domain/Step.ts"
import { type Line, line, span } from "./Line.ts"
import { count, drift, logProb, seconds, short, updatesText } from "./Numbers.ts"
import { visible } from "./Visible.ts"

const ordinal = (number: number): string => {
  const last = number % 100
  const ending = last > 10 && last < 14 ? "th" : ["th", "st", "nd", "rd"][number % 10] ?? "th"
  return `${number}${ending}`
}

/** What the greedy call did, in words. */
const greedyText = ({ asCorrected, greedyChanged }: Evidence): string => {
  if (asCorrected === true) return "greedy call as corrected"
  return greedyChanged ? "greedy call changed" : "greedy call unchanged"
}

const canaryText = (canaries: CanaryReport | undefined): string =>
  canaries === undefined || canaries.count === 0
    ? ""
    : `   drift ${drift(canaries.kl)} on ${
      count(canaries.count, canaries.own === true ? "sure call" : "approved call")
    }`

/** The one line of evidence after a step, or why no step was made or kept. */
export const outcomeLine = (outcome: LearnOutcome): Line => {
  if (outcome._tag === "Skipped") {
    return [
      span("not learned", { color: "yellow", bold: true }),
      span(`  ${visible(outcome.reason)}   divergence ${short(outcome.divergence)}`)
    ]
  }
  if (outcome._tag === "RolledBack") {
    return [span("rolled back", { color: "yellow", bold: true }), span(`  ${visible(outcome.reason)}`)]
  }
  const { evidence, inner, seconds: took } = outcome.step
  const { corrected } = evidence
  return [
    span("learned", { color: "green", bold: true }),
    span(
      `  log p(attempt) ${logProb(evidence.attemptLogProbBefore)} -> ${logProb(evidence.attemptLogProbAfter)}`
        + (corrected === undefined || corrected.source === "retry"
          ? ""
          : `   log p(corrected) ${logProb(corrected.logProbBefore)} -> ${logProb(corrected.logProbAfter)}`)
        + `   divergence ${short(evidence.divergenceBefore)} -> ${short(evidence.divergenceAfter)}`
        + `   ${greedyText(evidence)}${canaryText(evidence.canaries)}`
        + `   ${updatesText(inner)}, ${seconds(took)}${stagesText(outcome.step)}`
    )
  ]
}

/** What is worth saying about a correction next to earlier ones: that it was said before, or that it contradicts one. */
export const relationLines = (relations: LessonRelations | undefined): ReadonlyArray<Line> => {
  if (relations === undefined) return []
  const { contradicts, times } = relations
  return [
    ...(times > 1 ? [line(`  the ${ordinal(times)} time you said this`, { dim: true })] : []),
    ...(contradicts === undefined ? [] : [[
      span("  contradicts", { color: "yellow", bold: true }),
      span(
        `  an earlier lesson, "${visible(contradicts.correction.replace(/\s+/g, " "))}": ${
          visible(contradicts.reason)
        }. `
          + `If that no longer holds: continualcode lessons undo ${visible(contradicts.lessonId)}`
      )
    ]])
  ]
}

/** What is known of a running step after each inner step; `first` is the first inner step's divergence. */
export const progressText = (first: number, inner: InnerStep): string =>
  `learning  update ${inner.index + 1}   divergence ${short(first)} -> ${short(inner.divergence)}`

const STAGES: Readonly<Record<LearnStage["stage"], string>> = {
  canaries: "looking at approved calls",
  teacher: "asking the model with your correction",
  student: "asking the model without it",
  backward: "computing an update",
  greedy: "looking what it would do now",
  rehearsal: "looking at what was learned before",
  evidence: "comparing with before"
}

/** What a running step waits for, and how long it may go on. */
export const stageText = (stage: LearnStage | undefined): string => {
  if (stage === undefined) return ""
  const { left, of, updates } = stage
  return `   ${STAGES[stage.stage]}`
    + (of === undefined || updates === 0 ? "" : `   ${updates} of at most ${of} updates`)
    + (stage.seconds < 1 ? "" : `   ${seconds(stage.seconds)}`)
    + (left === undefined || left < 1 ? "" : `, at most ${seconds(left)} more`)
}

/** From this many seconds on a step says what they went to. */
const LONG = 3

/** ` (teacher 4.0 s, updates 12 s, …)`: what a long step waited for; empty for a short one. */
const stagesText = ({ seconds: took, stages }: Step): string => {
  if (stages === undefined || took < LONG) return ""
  const parts: ReadonlyArray<readonly [string, number]> = [
    ["teacher", stages.teacher + stages.student],
    ["updates", stages.backward + stages.update],
    ["checks", stages.greedy + stages.evidence],
    ["rehearsal", stages.rehearsal ?? 0],
    ["guard", stages.canaries ?? 0]
  ]
  const told = parts.filter(([, spent]) => spent >= 0.1).map(([name, spent]) => `${name} ${seconds(spent)}`)
  return told.length === 0 ? "" : ` (${told.join(", ")})`
}

export const learningFailed = (message: string): Line => [
  span("learning failed", { color: "red", bold: true }),
  span(`  ${visible(message)}`)
]
