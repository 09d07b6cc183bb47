import type { LessonPoint } from "../../core/domain/Metrics.ts"
import type { ProbeRun } from "../../core/domain/ProbeRun.ts"
import type { StageSeconds } from "../../core/domain/Step.ts"
import { repeatedShare } from "../../core/evidence/History.ts"
import { type Line, line, span } from "./Line.ts"
import { count, drift, millis, percent, short } from "./Numbers.ts"
import { plot } from "./Plot.ts"

const ROWS = 4
/** Corrections that the learning curve looks back on. */
export const WINDOW = 10

const heading = (text: string, note: string): Line => [span(text, { bold: true }), span(`  ${note}`, { dim: true })]

const mean = (values: ReadonlyArray<number>): number => values.reduce((sum, value) => sum + value, 0) / values.length

const stages: ReadonlyArray<readonly [keyof StageSeconds, string]> = [
  ["teacher", "teacher"],
  ["student", "student"],
  ["backward", "loss and gradient"],
  ["update", "update"],
  ["greedy", "greedy checks"],
  ["rehearsal", "earlier turns"],
  ["evidence", "evidence"],
  ["canaries", "approved calls"]
]

/** Mean seconds of each stage over the steps that have them, in the order a step goes through them. */
export const stageMeans = (history: ReadonlyArray<LessonPoint>) => {
  const timed = history.flatMap(({ step }) => step?.stages === undefined ? [] : [step.stages])
  return timed.length === 0 ? [] : stages.map(([key, name]) => ({
    name,
    seconds: mean(timed.map((one) => one[key] ?? 0))
  }))
}

const stageLines = (history: ReadonlyArray<LessonPoint>): ReadonlyArray<Line> => {
  const means = stageMeans(history)
  if (means.length === 0) return []
  const most = Math.max(...means.map(({ seconds }) => seconds))
  return [
    heading(
      "time of a step",
      `mean of ${count(history.filter(({ step }) => step?.stages !== undefined).length, "step")}`
    ),
    ...means.map(({ name, seconds }): Line => [
      span(`  ${name.padEnd(18)}`, { dim: true }),
      span(`${millis(seconds).padStart(9)}  ${"█".repeat(most === 0 ? 0 : Math.round(24 * seconds / most))}`)
    ])
  ]
}

/** The charts of `/metrics`. What there is no number of is left out. */
export const historyLines = (
  history: ReadonlyArray<LessonPoint>,
  probes: ReadonlyArray<ProbeRun>,
  columns: number
): ReadonlyArray<Line> => {
  const steps = history.flatMap(({ step }) => step === undefined ? [] : [step])
  const chart = (
    title: string,
    note: string,
    values: ReadonlyArray<number>,
    format: (value: number) => string,
    high?: number
  ) =>
    values.length === 0 ? [] : [
      line(""),
      heading(title, note),
      ...plot(values, { columns, rows: ROWS, format, ...(high === undefined ? {} : { low: 0, high }) })
    ]
  const drifts = steps.flatMap(({ canaryKl }) => canaryKl === undefined ? [] : [canaryKl])
  const rates = probes.filter(({ answers }) => answers.length > 0).map(({ answers }) =>
    answers.filter(({ violated }) => violated).length / answers.length
  )
  const timing = stageLines(history)
  return [
    ...chart(
      "said again",
      `share of the last ${WINDOW} corrections that you had said before`,
      repeatedShare(history, WINDOW),
      percent,
      1
    ),
    ...chart("probes", "share violated, run by run: continualcode probe", rates, percent, 1),
    ...chart(
      "from the teacher, before",
      "nats per token, lesson by lesson",
      history.map((one) => one.divergenceBefore),
      short
    ),
    ...chart("from the teacher, after", "nats per token, step by step", steps.map((one) => one.divergenceAfter), short),
    ...chart("loss", "of the last update, step by step", steps.map((one) => one.lossLast), short),
    ...chart("drift", "of approved calls, KL to the weights before, nats per token", drifts, drift),
    ...(timing.length === 0 ? [] : [line(""), ...timing])
  ]
}
