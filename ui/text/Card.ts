import * as Struct from "effect/Struct"
import type { LessonCard } from "../../core/domain/LessonCard.ts"
import type { LessonBrief } from "../../core/domain/Lesson.ts"
import type {
  BranchingToken,
  CanaryReport,
  CorrectedTurn,
  Evidence,
  LearnOutcome,
  Step
} from "../../core/domain/Step.ts"
import { parseToolCall } from "../../core/prompt/ParseToolCall.ts"
import { callTitle } from "./CallText.ts"
import { relationLines } from "./Evidence.ts"
import { type Line, line, plain, span, width } from "./Line.ts"
import { chance, count, drift, logProb, millis, seconds, short, updatesText } from "./Numbers.ts"
import { spelled } from "./Spelled.ts"
import { visible } from "./Visible.ts"

const LABEL = 20
const NUMBER = 9

const pad = (text: string, cells: number) => text + " ".repeat(Math.max(0, cells - width(text)))
const oneLine = (text: string) => visible(text.trim().replace(/\n/g, "⏎"))

const row = (label: string, text: string): Line => [span(`  ${pad(label, LABEL)}`, { dim: true }), span(text)]
const numbers = (label: string, before: string, after: string, note = ""): Line => [
  span(`  ${pad(label, LABEL)}`, { dim: true }),
  span(`${before.padStart(NUMBER)}${after.padStart(NUMBER)}`),
  span(note === "" ? "" : `   ${note}`, { dim: true })
]

/** A turn of the model on one line: its call's tool and subject, else its words. */
export const turnTitle = (text: string): string => {
  const turn = parseToolCall(text)
  return turn._tag === "OneCall"
    ? plain(callTitle(turn))
    : oneLine(text) || "(nothing)"
}

const sources: Readonly<Record<CorrectedTurn["source"], string>> = {
  edit: "the call you made of it",
  retry: "the retry you approved",
  teacher: "what the teacher would do"
}

const branchLines = ({ alternatives, attempt, lead, position }: BranchingToken): ReadonlyArray<Line> => {
  const own = alternatives.some(({ id }) => id === attempt.id) ? [] : [attempt]
  const tokens = [...alternatives, ...own]
  const cells = Math.max(...tokens.map(({ text }) => width(spelled(text))), 8)
  return [
    row("branching token", `number ${position + 1} of the attempt, after ${lead === "" ? "nothing" : spelled(lead)}`),
    ...tokens.map((token): Line => [
      span(`  ${token.id === attempt.id ? "*" : " "} ${pad(spelled(token.text), cells)}`),
      span(" ".repeat(Math.max(1, LABEL - 2 - cells))),
      span(`${chance(token.before).padStart(NUMBER)}${chance(token.after).padStart(NUMBER)}`),
      span(token.id === attempt.id ? "   the attempt's own" : "", { dim: true })
    ])
  ]
}

const canaryLines = (canaries: CanaryReport | undefined): ReadonlyArray<Line> => {
  if (canaries === undefined) return []
  if (canaries.count === 0) return [row("approved calls", "none yet to compare with")]
  const of = (share: number) => `${Math.round(share * canaries.count)} of ${canaries.count}`
  return [
    row(
      canaries.own === true ? "sure calls" : "approved calls",
      `${of(canaries.unchanged)} unchanged, ${of(canaries.valid)} valid, drift ${drift(canaries.kl)} nats per token`
        + ` (${canaries.estimator})`
    ),
    ...canaries.changed.map(({ after, before, task }) =>
      line(`    ${oneLine(task)}: ${turnTitle(before)}  ->  ${turnTitle(after)}`)
    )
  ]
}

const greedyNote = ({ asCorrected, greedyAfter, stillDenied, taught }: Evidence): string => {
  if (asCorrected === true) return "as corrected"
  if (stillDenied === true) return "still the denied call: the weights alone would make it again"
  return taught === undefined || taught.trim() === greedyAfter.trim() ? "" : `the teacher would: ${turnTitle(taught)}`
}

const stageNames = {
  teacher: "teacher",
  student: "student",
  backward: "backward",
  update: "update",
  greedy: "greedy",
  rehearsal: "rehearsal",
  evidence: "evidence",
  canaries: "approved calls"
} as const

const timeText = ({ seconds: took, stages }: Step): string => {
  if (stages === undefined) return seconds(took)
  const parts = Struct.keys(stageNames).flatMap((name) => {
    const value = stages[name]
    return value === undefined ? [] : [`${stageNames[name]} ${millis(value)}`]
  })
  return `${seconds(took)}: ${parts.join(", ")}`
}

const stepLines = (step: Step): ReadonlyArray<Line> => {
  const { evidence, inner } = step
  const { branch, canaries, corrected, movement } = evidence
  const note = greedyNote(evidence)
  return [
    numbers("", "before", "after"),
    numbers("log p(attempt)", logProb(evidence.attemptLogProbBefore), logProb(evidence.attemptLogProbAfter)),
    ...(corrected === undefined || corrected.source === "retry" ? [] : [
      numbers(
        "log p(corrected)",
        logProb(corrected.logProbBefore),
        logProb(corrected.logProbAfter),
        sources[corrected.source]
      )
    ]),
    numbers("from the teacher", short(evidence.divergenceBefore), short(evidence.divergenceAfter), "nats per token"),
    row("untold, before", turnTitle(evidence.greedyBefore)),
    row("untold, after", turnTitle(evidence.greedyAfter) + (note === "" ? "" : `   (${note})`)),
    ...(branch === undefined ? [] : branchLines(branch)),
    row(
      "moved",
      `${movement === undefined ? "" : `${short(movement)} nats per token from the weights before, `}`
        + `${short(evidence.baseKl)} from the base model`
    ),
    ...canaryLines(canaries),
    row(
      "updates",
      `${updatesText(inner).replace(/ updates?/, "")}   gradient ${
        inner.map((one) => short(one.gradientNorm)).join(" ")
      }   change ${inner.map((one) => short(one.updateNorm)).join(" ")}`
    ),
    row("took", timeText(step)),
    row(
      "step",
      `${visible(step.objective)}, ${visible(step.estimator)}, ${
        count(step.tokens, "token")
      }, revision ${step.revision}`
    )
  ]
}

const outcomeLines = (outcome: LearnOutcome): ReadonlyArray<Line> => {
  switch (outcome._tag) {
    case "Stepped":
      return stepLines(outcome.step)
    case "Skipped":
      return [
        row("not learned", visible(outcome.reason)),
        row("from the teacher", `${short(outcome.divergence)} nats per token`)
      ]
    case "RolledBack":
      return [row("rolled back", visible(outcome.reason)), ...stepLines(outcome.step)]
  }
}

const asked = (lesson: LessonBrief): ReadonlyArray<Line> => [
  row("task", oneLine(lesson.task)),
  row(lesson.kind === "retry" ? "approved retry" : "attempt", turnTitle(lesson.attempt)),
  ...(lesson.kind === "edit" && lesson.correctedCall !== undefined
    ? [row("your call", plain(callTitle(lesson.correctedCall)))]
    : [])
]

/** Everything known of a lesson, for `/why`. Numbers that do not apply are left out. */
export const cardLines = ({ lesson, number, of, outcome, relations, retry }: LessonCard): ReadonlyArray<Line> => [
  [
    span(number === 1 ? "the last lesson" : `lesson ${of - number + 1} of ${of}`, { bold: true }),
    span(`  ${lesson.kind}  `, { dim: true }),
    span(oneLine(lesson.correction))
  ],
  ...relationLines(relations),
  ...asked(lesson),
  ...outcomeLines(outcome),
  ...(retry === undefined ? [] : [
    [span("the approved retry", { bold: true }), span(`  ${turnTitle(retry.lesson.attempt)}`)],
    ...outcomeLines(retry.outcome)
  ])
]
