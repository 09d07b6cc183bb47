import type { LessonPoint, Metrics } from "../../core/domain/Metrics.ts"
import { repeatedShare } from "../../core/evidence/History.ts"
import { stageMeans, WINDOW } from "../text/HistoryText.ts"
import { drift, logProb, millis, money, percent, seconds, short, whole } from "../text/Numbers.ts"
import { barChart, changeChart, lineChart } from "./Chart.ts"
import { cut, escaped } from "./Html.ts"
import { style } from "./Style.ts"

/** What the report is about, beside its numbers. */
interface ReportHead {
  readonly project: string
  readonly model: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly version: string
  /** The guard's limit on drift, when one is set. */
  readonly driftLimit?: number
}

const mean = (values: ReadonlyArray<number>): number => values.reduce((sum, value) => sum + value, 0) / values.length
const share = (flags: ReadonlyArray<boolean>): number => mean(flags.map(Number))

type Told = LessonPoint & { readonly step: NonNullable<LessonPoint["step"]> }

const isTold = (point: LessonPoint): point is Told => point.step !== undefined

const tile = (value: string, meaning: string): string =>
  `<div class="tile"><b>${escaped(value)}</b><span>${escaped(meaning)}</span></div>`

const card = (title: string, meaning: string, chart: string): string =>
  `<section class="card"><h2>${escaped(title)}</h2><p>${escaped(meaning)}</p>${chart}</section>`

const tiles = (metrics: Metrics, history: ReadonlyArray<LessonPoint>, told: ReadonlyArray<Told>): string => {
  const asked = told.flatMap(({ step }) => step.asCorrected === undefined ? [] : [step.asCorrected])
  const canaries = told.flatMap(({ step }) => step.canaryUnchanged === undefined ? [] : [step.canaryUnchanged])
  const again = repeatedShare(history, WINDOW).at(-1)
  const run = metrics.probes?.findLast(({ answers }) => answers.length > 0)
  return [
    tile(String(history.filter(({ kind }) => kind !== "retry").length), "corrections given"),
    tile(String(metrics.steps), `steps kept, ${metrics.skipped} lessons without one`),
    ...(asked.length === 0
      ? []
      : [tile(percent(share(asked)), "of steps: the corrected call comes untold right after")]),
    ...(canaries.length === 0 ? [] : [tile(percent(mean(canaries)), "of approved calls are unchanged after a step")]),
    ...(again === undefined ? [] : [tile(percent(again), `of the last ${WINDOW} corrections had been said before`)]),
    ...(run === undefined ? [] : [
      tile(
        percent(share(run.answers.map(({ violated }) => violated))),
        `of ${run.answers.length} probes violated at revision ${run.revision}`
      )
    ]),
    ...(metrics.meanStepSeconds === undefined ? [] : [tile(seconds(metrics.meanStepSeconds), "mean time of a step")]),
    ...(metrics.usage?.project ?? []).flatMap(({ cost, service, tokens: { prefill, sampled, trained } }) => [
      tile(
        whole(prefill + sampled + trained),
        `tokens at ${service}: ${whole(prefill)} read, ${whole(sampled)} sampled, ${whole(trained)} trained on`
      ),
      ...(cost === undefined ? [] : [tile(money(cost), `at ${service}, by the prices that were given`)])
    ])
  ].join("")
}

const charts = (
  metrics: Metrics,
  history: ReadonlyArray<LessonPoint>,
  told: ReadonlyArray<Told>,
  head: ReportHead
): string => {
  const said = history.filter(({ kind }) => kind !== "retry")
  const runs = (metrics.probes ?? []).filter(({ answers }) => answers.length > 0)
  const wanted = told.flatMap(({ correction, step }) =>
    step.correctedLogProbBefore === undefined || step.correctedLogProbAfter === undefined
      ? []
      : [{ label: correction, before: step.correctedLogProbBefore, after: step.correctedLogProbAfter }]
  )
  const denied = told.filter(({ kind }) => kind !== "retry").map(({ correction, step }) => ({
    label: correction,
    before: step.attemptLogProbBefore,
    after: step.attemptLogProbAfter
  }))
  const drifted = told.filter(({ step }) => step.canaryKl !== undefined)
  const timing = stageMeans(history)
  return [
    ...(said.length === 0 ? [] : [card(
      "Said again",
      `Share of the last ${WINDOW} corrections that had been said before. It falls when corrections stick.`,
      lineChart(
        "share of corrections said before",
        repeatedShare(history, WINDOW).map((value, index) => ({ value, label: said[index]?.correction ?? "" })),
        { format: percent, low: 0, high: 1, each: "correction", unit: "share" }
      )
    )]),
    ...(runs.length === 0 ? [] : [card(
      "Probes",
      "Share of probe questions, asked in a fresh context, where the denied call came again.",
      lineChart(
        "share of probes violated",
        runs.map((run) => ({
          value: share(run.answers.map(({ violated }) => violated)),
          label: `revision ${run.revision}, ${run.answers.length} probes`
        })),
        { format: percent, low: 0, high: 1, each: "probe run", unit: "share" }
      )
    )]),
    ...(denied.length === 0 ? [] : [card(
      "The denied call",
      "Its log-probability before (ring) and after the step (dot), in nats, without the correction in the prompt. Down is learned.",
      changeChart("log-probability of the denied call", denied, { format: logProb, each: "step", unit: "nats" }, "bad")
    )]),
    ...(wanted.length === 0 ? [] : [card(
      "The corrected call",
      "Its log-probability before (ring) and after the step (dot), in nats, without the correction in the prompt. Up is learned.",
      changeChart(
        "log-probability of the corrected call",
        wanted,
        { format: logProb, each: "step", unit: "nats" },
        "good"
      )
    )]),
    ...(drifted.length === 0 ? [] : [card(
      "Drift",
      "How far a step moved calls that were approved before: KL to the weights before, nats per token.",
      lineChart(
        "drift of approved calls",
        drifted.map(({ correction, step }) => ({ value: step.canaryKl, label: correction })),
        { format: drift, low: 0, each: "step", unit: "nats per token" },
        head.driftLimit === undefined ? undefined : { value: head.driftLimit, name: "undone above" }
      )
    )]),
    ...(told.length === 0 ? [] : [
      card(
        "Distance to the teacher",
        "The model without the correction against itself with it, before (ring) and after (dot), nats per token.",
        changeChart(
          "divergence from the teacher",
          told.map(({ correction, divergenceBefore, step }) => ({
            label: correction,
            before: divergenceBefore,
            after: step.divergenceAfter
          })),
          { format: short, each: "step", unit: "nats per token" },
          "good"
        )
      ),
      card(
        "Loss",
        "Of the first update of a step (ring) and of its last (dot).",
        changeChart(
          "loss",
          told.map(({ correction, step }) => ({ label: correction, before: step.lossFirst, after: step.lossLast })),
          { format: short, each: "step", unit: "loss" },
          "good"
        )
      )
    ]),
    ...(timing.length === 0 ? [] : [card(
      "Where the time goes",
      "Mean of all steps.",
      barChart("seconds of each stage", timing.map(({ name, seconds: value }) => ({ name, value })), millis)
    )])
  ].join("")
}

const outcomeCell = ({ outcome, reason, step }: LessonPoint): string => {
  const [word = ""] = outcome.split(" ")
  const more = reason === undefined ? (step?.asCorrected === true ? "as corrected, untold" : "") : cut(reason, 140)
  return `<span class="tag ${word}">${escaped(outcome)}</span>${
    more === "" ? "" : `<br><small>${escaped(more)}</small>`
  }`
}

const change = (before: number | undefined, after: number | undefined): string =>
  before === undefined || after === undefined ? "" : `${logProb(before)} → ${logProb(after)}`

const lessonRow = (point: LessonPoint, index: number): string => {
  const { at, correction, kind, step, times } = point
  const note = `${kind}${times > 1 ? `, said ${times} times` : ""}, ${
    new Date(at).toISOString().slice(0, 16).replace("T", " ")
  }`
  return `<tr><td class="n">${index + 1}</td>`
    + `<td class="text">${escaped(cut(correction, 160))}<br><small>${escaped(note)}</small></td>`
    + `<td>${outcomeCell(point)}</td>`
    + `<td class="n">${change(step?.attemptLogProbBefore, step?.attemptLogProbAfter)}</td>`
    + `<td class="n">${change(step?.correctedLogProbBefore, step?.correctedLogProbAfter)}</td>`
    + `<td class="n">${step?.canaryKl === undefined ? "" : drift(step.canaryKl)}</td>`
    + `<td class="n">${step === undefined ? "" : seconds(step.seconds)}</td></tr>`
}

const table = (history: ReadonlyArray<LessonPoint>): string =>
  history.length === 0 ?
    "" :
    `<section class="card scroll"><table><caption>Every lesson, the newest first</caption><thead><tr><th scope="col" class="n">#</th><th scope="col">correction</th><th scope="col">outcome</th>`
    + `<th scope="col" class="n">log p denied</th><th scope="col" class="n">log p corrected</th>`
    + `<th scope="col" class="n">drift</th><th scope="col" class="n">took</th></tr></thead>`
    + `<tbody>${history.map(lessonRow).toReversed().join("")}</tbody></table></section>`

/**
 * The metrics as one HTML page: no script, no network, light and dark, readable on a phone. Whatever a correction or a
 * project is called, it is text there.
 */
export const reportHtml = (metrics: Metrics, head: ReportHead): string => {
  const history = metrics.history ?? []
  const told = history.filter(isTold)
  const title = `What ${head.project} taught its agent`
  const nothing = `<p>Nothing was taught yet: deny a call and say what to do instead.</p>`
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title><style>${style}</style></head>
<body><main>
<header><h1>${escaped(title)}</h1><p>${
    escaped(
      `${head.model}, adapter revision ${metrics.revision}, ${
        new Date(head.at).toISOString().slice(0, 16).replace("T", " ")
      } UTC`
    )
  }</p></header>
<div class="tiles">${tiles(metrics, history, told)}</div>
${history.length === 0 ? nothing : `<div class="charts">${charts(metrics, history, told, head)}</div>`}
${table(history)}
<footer><p>Every number was measured when the step was made and is kept in the project's ledger; hover over a mark for its correction.
Calls are greedy and asked without the correction in the prompt. A retry teaches from the call that was approved after a denial.
continualcode ${escaped(head.version)}</p></footer>
</main></body></html>
`
}
