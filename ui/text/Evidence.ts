import type { LessonRelations } from "../../core/domain/Lesson.ts"
import type { Evidence, LearnOutcome, LearnStage, Step } from "../../core/domain/Step.ts"
import { callOf, said } from "../../core/Turn.ts"
import { callTitle } from "./CallText.ts"
import { type Line, line, plain, span } from "./Line.ts"
import { chance, seconds, short, updatesText } from "./Numbers.ts"
import { visible } from "./Visible.ts"

const ordinal = (number: number): string => {
  const last = number % 100
  const ending = last > 10 && last < 14 ? "th" : ["th", "st", "nd", "rd"][number % 10] ?? "th"
  return `${number}${ending}`
}

/** Longest words of the model that are quoted, characters. */
const QUOTED = 60

/** What a turn amounts to: a call as it is titled, or the words. */
const turnText = (text: string): string => {
  const turn = said(text)
  const call = callOf(turn)
  if (call !== undefined) return plain(callTitle(call)).replace(/\s+/g, " ")
  const words = visible(text.trim().replace(/\s+/g, " "))
  return `say "${words.length > QUOTED ? `${words.slice(0, QUOTED).toWellFormed()}…` : words}"`
}

/** What the model would do now without being told, for somebody who knows nothing of the numbers. */
const nowText = ({ attemptLogProbAfter, attemptLogProbBefore, greedyAfter, greedyBefore, greedyChanged }: Evidence) => {
  const [before, after] = [turnText(greedyBefore), turnText(greedyAfter)]
  if (!greedyChanged) {
    return `untold it would still ${after}, but is less inclined to what you denied: ${
      chance(Math.exp(attemptLogProbBefore))
    } -> ${chance(Math.exp(attemptLogProbAfter))}`
  }
  return `untold it would now ${after}${before === after ? ", in another way" : `, not ${before}`}`
}

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
  return [
    span("learned", { color: "green", bold: true }),
    span(`  ${nowText(evidence)}`),
    span(`   ${updatesText(inner)}, ${seconds(took)}${stagesText(outcome.step)}; /why has the numbers`, { dim: true })
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

const STAGES: Readonly<Record<LearnStage["stage"], string>> = {
  canaries: "looking at approved calls",
  teacher: "asking the model with your correction",
  student: "asking the model without it",
  backward: "computing an update",
  greedy: "looking what it would do now",
  rehearsal: "looking at what was learned before",
  evidence: "comparing with before"
}

/** A lesson under way. */
export interface Progress {
  /** What it waits for; undefined before it has begun. */
  readonly stage: LearnStage | undefined
  /** Updates made. */
  readonly made: number
}

/** What a lesson waits for after so many seconds, how far it is, and how long it may go on. */
export const progressText = ({ made, stage }: Progress, after: number): string => {
  if (stage === undefined) return "learning"
  const { left, of } = stage
  return `learning: ${STAGES[stage.stage]}`
    + (of === undefined || made === 0 ? "" : `   ${made} of at most ${of} updates`)
    + (after < 1 ? "" : `   ${seconds(after)}`)
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
