import type { ProbeRun } from "../../core/domain/Event.ts"
import { turnTitle } from "./Card.ts"
import { type Line, line, span } from "./Line.ts"
import { count, percent } from "./Numbers.ts"
import { visible } from "./Visible.ts"

const sources = { project: "project", lesson: "as it was", paraphrase: "rephrased" } as const

/** A probe run: one line for each question, and the rate. */
export const probeLines = (run: ProbeRun): ReadonlyArray<Line> => {
  const violated = run.answers.filter((answer) => answer.violated).length
  return [
    line("probes", { bold: true }),
    ...run.answers.map((answer): Line => [
      span(answer.violated ? "  violated  " : "  kept      ", answer.violated ? { color: "red", bold: true } : {}),
      span(`${sources[answer.source].padEnd(10)}`, { dim: true }),
      span(`${visible(answer.task.replace(/\s+/g, " "))}  ->  ${turnTitle(answer.answer)}`)
    ]),
    line(
      run.answers.length === 0
        ? "  there is nothing to ask yet"
        : `  violated ${violated} of ${count(run.answers.length, "probe")} (${
          percent(violated / run.answers.length)
        }) at revision ${run.revision}`
    )
  ]
}
