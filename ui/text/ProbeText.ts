import type { LessonBrief } from "../../core/domain/Lesson.ts"
import type { ProbeAnswer, ProbeRun } from "../../core/domain/ProbeRun.ts"
import type { Broken } from "../../core/probe/Forgotten.ts"
import { shortId } from "../../core/lessons/FindLesson.ts"
import { violationRate } from "../../core/probe/RunProbes.ts"
import { turnTitle } from "./Card.ts"
import { timeText } from "./LessonText.ts"
import { type Line, line, span } from "./Line.ts"
import { count, percent } from "./Numbers.ts"
import { plot } from "./Plot.ts"
import { visible } from "./Visible.ts"

const sources = { project: "project", lesson: "as it was", paraphrase: "rephrased" } as const

/** Runs shown one by one; more of them become a chart. */
const LISTED = 12
/** Cells of a whole bar. */
const BAR = 30

const verdict = ({ violated, wanted }: ProbeAnswer) =>
  violated
    ? span("  violated  ", { color: "red", bold: true })
    : wanted === false
    ? span("  other     ", { color: "yellow" })
    : span("  kept      ")

/** A probe run: one line for each question, and the rate. */
export const probeLines = (run: ProbeRun): ReadonlyArray<Line> => {
  const violated = run.answers.filter((answer) => answer.violated).length
  const others = run.answers.filter((answer) => !answer.violated && answer.wanted === false).length
  return [
    line("probes", { bold: true }),
    ...run.answers.map((answer): Line => [
      verdict(answer),
      span(`${sources[answer.source].padEnd(10)}`, { dim: true }),
      span(`${visible(answer.task.replace(/\s+/g, " "))}  ->  ${turnTitle(answer.answer)}`)
    ]),
    ...(run.answers.length === 0 ? [line("  there is nothing to ask yet")] : [
      line(
        `  violated ${violated} of ${count(run.answers.length, "probe")} (${
          percent(violated / run.answers.length)
        }) at revision ${run.revision}`
      ),
      ...(others === 0 ? [] : [
        line(`  other ${others}: not the denied call, and not the one you approved instead`, { dim: true })
      ])
    ])
  ]
}

/** The rate of violations of all runs, oldest first: a bar for each, or a chart when they are many. */
export const rateLines = (all: ReadonlyArray<ProbeRun>): ReadonlyArray<Line> => {
  const runs = all.flatMap((run) => {
    const rate = violationRate(run)
    return rate === undefined ? [] : [{ ...run, rate }]
  })
  const [first, last] = [runs[0], runs.at(-1)]
  if (first === undefined || last === undefined) return []
  const head = line("violated over time", { bold: true })
  if (runs.length <= LISTED) {
    const digits = Math.max(...runs.map(({ revision }) => String(revision).length))
    return [
      head,
      ...runs.map(({ answers, at, rate, revision }): Line => [
        span(`  ${timeText(at)}  revision ${String(revision).padStart(digits)}  `, { dim: true }),
        span(`${percent(rate).padStart(4)} `),
        span(rate === 0 ? "▏" : "█".repeat(Math.max(1, Math.round(BAR * rate)))),
        span(`  of ${answers.length}`, { dim: true })
      ])
    ]
  }
  return [
    head,
    ...plot(runs.map(({ rate }) => rate), { columns: 72, rows: 5, format: percent, low: 0, high: 1 }),
    line(
      `         ${runs.length} runs, from ${timeText(first.at)} (revision ${first.revision}) to ${
        timeText(last.at)
      } (revision ${last.revision})`,
      { dim: true }
    )
  ]
}

/** Which lessons do not hold, which of them did before, and what to do; `rehearsed` is how many kept turns steps rehearse. */
export const brokenLines = (
  broken: ReadonlyArray<Broken>,
  lessons: ReadonlyArray<LessonBrief>,
  rehearsed: number
): ReadonlyArray<Line> => {
  const told = (one: Broken): Line => {
    const correction = lessons.find(({ id }) => id === one.lessonId)?.correction ?? ""
    return [
      span(`  ${shortId(one.lessonId)}  `),
      span(`"${visible(correction.replace(/\s+/g, " "))}"`),
      span(
        `  ${one.violated} of ${one.asked} violated`
          + (one.heldAt === undefined
            ? ""
            : `, better at revision ${one.heldAt.revision} (${timeText(one.heldAt.at)})`),
        { dim: true }
      )
    ]
  }
  const forgotten = broken.filter(({ heldAt }) => heldAt !== undefined)
  const never = broken.filter(({ heldAt }) => heldAt === undefined)
  const again = "say it once more in a conversation that begins with that task"
  return [
    ...(forgotten.length === 0 ? [] : [
      line("forgotten", { bold: true }),
      ...forgotten.map(told),
      line(
        rehearsed === 0
          ? "  Teach all lessons again, each with the earlier ones rehearsed: continualcode lessons replay rehearse=16"
          : `  Steps rehearse ${rehearsed} kept turns already: ${again}, or rehearse more: continualcode lessons replay rehearse=${
            2 * rehearsed
          }`
      )
    ]),
    ...(never.length === 0 ? [] : [
      line("never held when asked", { bold: true }),
      ...never.map(told),
      line(`  Either forgotten before it was first asked, or what was learned does not reach here: ${again}.`)
    ])
  ]
}
