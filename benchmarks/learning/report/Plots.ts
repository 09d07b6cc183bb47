import type { Estimate } from "../Statistics.ts"
import type { MeasureName } from "./Measures.ts"
import type { ArmReport, Report } from "./Report.ts"
import { COLOURS, curve, dot, drawing, INK, line, rectangle, text } from "./Svg.ts"

const percent = (value: number): string => `${(100 * value).toFixed(0)} %`

/** Horizontal bars of one measure with its interval, best first. */
const bars = (report: Report, name: MeasureName, title: string): string => {
  const rows = report.arms.flatMap((one): ReadonlyArray<{ one: ArmReport; found: Estimate }> => {
    const found = one.estimates[name]
    return found === undefined ? [] : [{ one, found }]
  }).sort((a, b) => b.found.mean - a.found.mean)
  const left = 330
  const width = 420
  const scale = (value: number) => left + width * Math.min(1, Math.max(0, value))
  const shapes = rows.flatMap(({ found, one }, i) => {
    const y = 44 + 24 * i
    const half = found.half ?? 0
    return [
      text(left - 8, y + 12, one.arm.title, { anchor: "end" }),
      rectangle(left, y, scale(found.mean) - left, 16, COLOURS[one.arm.group], 0.85),
      line(scale(found.mean - half), y + 8, scale(found.mean + half), y + 8, INK, 2),
      text(left + width + 8, y + 12, percent(found.mean))
    ]
  })
  const height = 60 + 24 * rows.length
  const grid = [0, 0.25, 0.5, 0.75, 1].flatMap((value) => [
    line(scale(value), 38, scale(value), height - 18, INK, 0.3),
    text(scale(value), height - 4, percent(value), { anchor: "middle", size: 10 })
  ])
  return drawing(left + width + 60, height, title, [text(8, 20, title, { size: 14 }), ...grid, ...shapes])
}

/** Success on new tasks against what is kept of it after the later lessons: up and right is better. */
const frontier = (report: Report): string => {
  const title = `Success on held-out tasks, and what is kept after ${report.later} later lessons`
  const [left, top, size] = [60, 40, 480]
  const x = (value: number) => left + size * value
  const y = (value: number) => top + size * (1 - value)
  const grid = [0, 0.25, 0.5, 0.75, 1].flatMap((value) => [
    line(x(value), y(0), x(value), y(1), INK, 0.3),
    line(x(0), y(value), x(1), y(value), INK, 0.3),
    text(x(value), y(0) + 16, percent(value), { anchor: "middle", size: 10 }),
    text(x(0) - 6, y(value) + 4, percent(value), { anchor: "end", size: 10 })
  ])
  const points = report.arms.flatMap(({ arm, estimates: { heldOut, heldOutRetention20 } }) => {
    if (heldOut === undefined || heldOutRetention20 === undefined) return []
    const label = `${arm.title}: ${percent(heldOut.mean)}, ${percent(heldOutRetention20.mean)}`
    return [
      dot(x(heldOut.mean), y(heldOutRetention20.mean), 5, COLOURS[arm.group], label),
      text(x(heldOut.mean) + 7, y(heldOutRetention20.mean) + 4, arm.id, { size: 10, fill: COLOURS[arm.group] })
    ]
  })
  return drawing(left + size + 120, top + size + 44, title, [
    text(8, 20, title, { size: 14 }),
    ...grid,
    text(x(0.5), y(0) + 34, "held-out success after the lesson", { anchor: "middle" }),
    ...points
  ])
}

const PALETTE = ["#0969da", "#cf222e", "#1a7f37", "#8250df", "#9a6700", "#bf3989", "#0a7ea4", "#6e7781"]

/** The tuning score of each arm over the learning rate. */
const tuning = (report: Report): string => {
  const title = "Tuning score by learning rate (other kinds, phrases and seeds than the comparison)"
  const rates = report.tuning.flatMap(({ points }) => points.map(({ learningRate }) => Math.log(learningRate)))
  const [low, high] = [Math.min(...rates), Math.max(...rates)]
  const [left, top, width, height] = [50, 40, 460, 320]
  const x = (rate: number) => left + (high === low ? 0 : width * (Math.log(rate) - low) / (high - low))
  const y = (score: number) => top + height * (1 - score)
  const ticks = [...new Set(report.tuning.flatMap(({ points }) => points.map(({ learningRate }) => learningRate)))]
  return drawing(left + width + 190, top + Math.max(height, 18 * report.tuning.length) + 40, title, [
    text(8, 20, title, { size: 14 }),
    ...ticks.map((rate) => text(x(rate), y(0) + 16, String(rate), { anchor: "middle", size: 10 })),
    ...[0, 0.5, 1].flatMap((score) => [
      line(left, y(score), left + width, y(score), INK, 0.3),
      text(left - 6, y(score) + 4, score.toFixed(1), { anchor: "end", size: 10 })
    ]),
    ...report.tuning.flatMap(({ arm, chosen, points }, i) => {
      const colour = PALETTE[i % PALETTE.length]!
      const best = points.find(({ learningRate }) => learningRate === chosen)
      return [
        curve(points.map(({ learningRate, score }) => [x(learningRate), y(score)]), colour),
        ...(best === undefined ? [] : [dot(x(chosen), y(best.score), 4, colour, `${arm.title}: ${chosen}`)]),
        text(left + width + 12, top + 12 + 18 * i, `${arm.id} (${chosen})`, { size: 11, fill: colour })
      ]
    })
  ])
}

/** Every plot by its file's name. */
export const plots = (report: Report): ReadonlyMap<string, string> =>
  new Map([
    ["product.svg", bars(report, "product", "Success on held-out tasks times what is kept of it")],
    ["fixed.svg", bars(report, "fixedWithin1", "Corrected call in a fresh conversation after one correction")],
    [
      "drift.svg",
      bars(report, "drift20", `Greedy calls on untaught kinds that changed after all ${report.later} lessons`)
    ],
    ["frontier.svg", frontier(report)],
    ...(report.tuning.length === 0 ? [] : [["tuning.svg", tuning(report)] as const])
  ])
