import type { Metrics } from "../../core/domain/Metrics.ts"
import type { ServiceUsage } from "../../core/domain/Usage.ts"
import { graphemes, type Line, line, plain, span, truncateLine, width } from "./Line.ts"
import { historyLines } from "./HistoryText.ts"
import { count, drift, logProb, money, percent, seconds, short, whole } from "./Numbers.ts"
import { visible } from "./Visible.ts"

const BARS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

/** One bar per value, lowest to highest; equal values are all the lowest bar. Values that are not finite are `·`. */
export const sparkline = (values: ReadonlyArray<number>): string => {
  const finite = values.filter(Number.isFinite)
  const low = Math.min(...finite)
  const range = Math.max(...finite) - low
  return values.map((value) =>
    Number.isFinite(value) ? BARS[range === 0 ? 0 : Math.round((value - low) / range * (BARS.length - 1))] : "·"
  ).join("")
}

const pad = (text: string, cells: number) => text + " ".repeat(Math.max(0, cells - width(text)))
const cut = (text: string, cells: number) =>
  plain(truncateLine(line(graphemes(text).slice(0, cells * 2).join("")), cells))

const MOST_CORRECTION_CELLS = 44
/** The table's other columns with the gaps between them. */
const NUMBER_CELLS = 40

const share = (points: ReadonlyArray<boolean>): string =>
  `${points.filter(Boolean).length} of ${points.length} (${percent(points.filter(Boolean).length / points.length)})`

/** What the whole history comes to, in one row for each number there is. */
const summaryRows = (metrics: Metrics): ReadonlyArray<readonly [string, string]> => {
  const history = metrics.history ?? []
  const undone = history.filter(({ outcome }) => outcome === "rolled back").length
  const asked = history.flatMap(({ step }) => step?.asCorrected === undefined ? [] : [step.asCorrected])
  const canaries = history.flatMap(({ step }) => step?.canaryKl === undefined ? [] : [step])
  const last = metrics.probes?.at(-1)
  return [
    ...(undone === 0 ? [] : [["rolled back", count(undone, "step")] as const]),
    ...(asked.length === 0
      ? []
      : [["as corrected", `${share(asked)} of the steps, asked untold right after`] as const]),
    ...(canaries.length === 0 ? [] : [
      [
        "approved calls",
        `${percent(mean(canaries.map((one) => one.canaryUnchanged ?? 1)))} unchanged, `
        + `${percent(mean(canaries.map((one) => one.validity ?? 1)))} valid, `
        + `drift ${drift(mean(canaries.map((one) => one.canaryKl ?? 0)))} nats per token, ${
          count(canaries.length, "step")
        }`
      ] as const
    ]),
    ...(last === undefined || last.answers.length === 0
      ? []
      : [
        [
          "last probes",
          `${share(last.answers.map(({ violated }) => violated))} violated, at revision ${last.revision}`
        ] as const
      ])
  ]
}

const usedText = ({ cost, tokens }: ServiceUsage): string =>
  `${whole(tokens.prefill)} tokens read, ${whole(tokens.sampled)} sampled, ${whole(tokens.trained)} trained on`
  + (cost === undefined ? "" : `; ${money(cost)}`)

/** What services were asked for: by this session, and ever since the ledger began. */
const usageRows = ({ usage }: Metrics): ReadonlyArray<readonly [string, string]> =>
  usage === undefined ? [] : [
    ...(usage.session === undefined ? [] : [["this session", usedText(usage.session)] as const]),
    ...usage.project.map((used) => ["all sessions", `${usedText(used)}, at ${visible(used.service)}`] as const)
  ]

const mean = (values: ReadonlyArray<number>): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** Cells that charts are drawn for where the window's are not known. */
const COLUMNS = 78

/**
 * The `/metrics` view: counts, a sparkline of how far each step lowered its attempt, the last steps as a table, and charts
 * of the history, for a window of `columns` cells.
 */
export const metricsLines = (metrics: Metrics, columns = COLUMNS): ReadonlyArray<Line> => {
  const correctionCells = Math.max(12, Math.min(MOST_CORRECTION_CELLS, columns - NUMBER_CELLS))
  const row = (name: string, value: string): Line => [span(`  ${pad(name, 16)}`, { dim: true }), span(value)]
  const learned = [
    ...(metrics.lastDivergence === undefined ? [] : [row("last divergence", short(metrics.lastDivergence))]),
    ...(metrics.meanStepSeconds === undefined ? [] : [row("mean step", seconds(metrics.meanStepSeconds))]),
    ...(metrics.greedyChangedShare === undefined ? [] : [row("greedy changed", percent(metrics.greedyChangedShare))])
  ]
  const changes = metrics.recent.map((one) => one.attemptLogProbAfter - one.attemptLogProbBefore)
  const table = metrics.recent.map((one) =>
    line(
      `  ${pad(cut(visible(one.correction.replace(/\s+/g, " ")), correctionCells), correctionCells)}`
        + `  ${logProb(one.attemptLogProbBefore).padStart(8)}  ${logProb(one.attemptLogProbAfter).padStart(8)}`
        + `  ${pad(one.greedyChanged ? "changed" : "same", 7)}  ${seconds(one.seconds).padStart(7)}`
    )
  )
  return [
    line("metrics", { bold: true }),
    row(
      "lessons",
      `${metrics.lessons}   steps ${metrics.steps}   skipped ${metrics.skipped}   revision ${metrics.revision}`
    ),
    row("verdicts", `approved ${metrics.approvals}   denied ${metrics.denials}   edited ${metrics.edits}`),
    ...learned,
    ...[...summaryRows(metrics), ...usageRows(metrics)].map(([name, value]) => row(name, value)),
    ...(changes.length === 0 ? [row("steps", "none yet: deny a call and say what to do instead")] : [
      row(
        "log p change",
        `${sparkline(changes)}  ${logProb(Math.min(...changes))} to ${logProb(Math.max(...changes))}`
      ),
      line(
        `  ${pad("correction", correctionCells)}  ${"log p".padStart(8)}  ${"after".padStart(8)}  ${
          pad("greedy", 7)
        }  ${"took".padStart(7)}`,
        { dim: true }
      ),
      ...table
    ]),
    ...historyLines(metrics.history ?? [], metrics.probes ?? [], columns)
  ]
}
