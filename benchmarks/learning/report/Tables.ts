import { estimate, type MeasureName, pairedDifference } from "./Measures.ts"
import type { Estimate } from "../Statistics.ts"
import { above, best, claims, points } from "./Claims.ts"
import { type ArmReport, find, type Report } from "./Report.ts"

const percent = (found: Estimate | undefined, digits = 0): string =>
  found === undefined
    ? "–"
    : `${(100 * found.mean).toFixed(digits)}${found.half === null ? "" : ` ± ${(100 * found.half).toFixed(digits)}`} %`

const number = (found: Estimate | undefined, digits: number): string =>
  found === undefined ? "–" : found.mean.toFixed(digits)

const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n")

const rate = ({ learningRate }: ArmReport): string => learningRate === null ? "–" : String(learningRate)

/** The product of one arm minus that of another, on the chains that both have. */
const apart = (one: ArmReport, other: ArmReport | undefined): Estimate | undefined =>
  other === undefined || one === other ? undefined : pairedDifference(one.chains, other.chains, "product")

/** Success, retention, drift: the numbers that arms are compared by. */
const comparison = (report: Report, groups: ReadonlyArray<string>): string => {
  const later = report.later
  const shipped = find(report, "default")
  return table(
    [
      "arm",
      "chains",
      "learning rate",
      "fixed after 1, 2",
      "held out",
      `kept after ${later}`,
      `held out kept after ${later}`,
      "product",
      "against the defaults",
      "flipped after 1",
      "drift",
      `drift after ${later}`
    ],
    report.arms.filter(({ arm }) => groups.includes(arm.group)).map((one) => {
      const e = one.estimates
      const difference = apart(one, shipped)
      return [
        `\`${one.arm.id}\`: ${one.arm.title}`,
        String(one.chains.length),
        rate(one),
        `${percent(e.fixedWithin1)}, ${percent(e.fixedWithin2)}`,
        percent(e.heldOut),
        percent(e.retention20),
        percent(e.heldOutRetention20),
        percent(e.product),
        difference === undefined ? "–" : points(difference, 100, ""),
        percent(e.flipWithin1),
        percent(e.drift, 1),
        percent(e.drift20)
      ]
    })
  )
}

/** What learning costs and what else it changes. */
const costs = (report: Report): string =>
  table(
    [
      "arm",
      "updates per correction",
      "lessons without a step",
      "seconds per correction",
      "over-generalised",
      `entropy, after ${report.later}`,
      "length",
      "memory, MB"
    ],
    report.arms.map(({ arm, estimates: e }) => [
      `\`${arm.id}\``,
      number(e.updates, 1),
      number(e.skipped, 1),
      number(e.lessonSeconds, 2),
      percent(e.overGeneralised, 1),
      `${number(e.entropy, 3)}, ${number(e.entropy20, 3)}`,
      e.lengthChange === undefined
        ? "–"
        : `${e.lengthChange.mean >= 0 ? "+" : "−"}${Math.abs(e.lengthChange.mean).toFixed(1)}`,
      number(e.peakMegabytes, 0)
    ])
  )

const controls = (report: Report): string =>
  table(
    ["control", "fixed after 1, 3", "held out", "drift", "any call changed", "lessons without a step"],
    report.arms.filter(({ arm }) => arm.group === "control" || arm.group === "default").map(({ arm, estimates: e }) => [
      `\`${arm.id}\`: ${arm.title}`,
      `${percent(e.fixedWithin1)}, ${percent(e.fixedWithin3)}`,
      percent(e.heldOut),
      percent(e.drift, 1),
      percent(e.anyChanged, 1),
      number(e.skipped, 1)
    ])
  )

const kinds = (report: Report): string => {
  const shipped = find(report, "default")
  if (shipped === undefined) return ""
  const names = [...new Set(shipped.chains.map(({ unit }) => unit.focal))]
  return table(
    ["kind", "chains", "fixed after 1, 2", "held out", `kept after ${report.later}`, "drift"],
    names.map((kind) => {
      const chains = shipped.chains.filter(({ unit }) => unit.focal === kind)
      const e = estimate(chains)
      const plain = (name: MeasureName, digits = 0) => {
        const found = e[name]
        return found === undefined ? "–" : `${(100 * found.mean).toFixed(digits)} %`
      }
      return [
        kind,
        String(chains.length),
        `${plain("fixedWithin1")}, ${plain("fixedWithin2")}`,
        plain("heldOut"),
        plain("retention20"),
        plain("drift", 1)
      ]
    })
  )
}

const bars = (report: Report): string => {
  const shipped = find(report, "default")?.estimates
  const changed = find(report, "irrelevant")?.estimates.anyChanged
  const row = (what: string, wanted: string, found: Estimate | undefined, met: (x: number) => boolean) => [
    what,
    wanted,
    percent(found, 1),
    found === undefined ? "not measured" : met(found.mean) ? "reached" : "not reached"
  ]
  return table(["with the defaults", "bar", "measured", ""], [
    row("the fresh call is the corrected one within 2 corrections", "≥ 95 %", shipped?.fixedWithin2, (x) => x >= 0.95),
    row("held-out success", "≥ 80 %", shipped?.heldOut, (x) => x >= 0.8),
    row(`kept after ${report.later} later lessons of other kinds`, "≥ 90 %", shipped?.retention20, (x) => x >= 0.9),
    row("unrelated greedy calls changed by a lesson", "≤ 3 %", shipped?.drift, (x) => x <= 0.03),
    row("calls changed by feedback that asks for nothing", "0 %", changed, (x) => x === 0)
  ])
}

const tuning = (report: Report): string => {
  const grid = [...new Set(report.tuning.flatMap(({ points }) => points.map(({ learningRate }) => learningRate)))]
    .sort((a, b) => a - b)
  return table(
    ["arm", ...grid.map(String)],
    report.tuning.map(({ arm, chosen, points }) => [
      `\`${arm.id}\``,
      ...grid.map((learningRate) => {
        const found = points.find((point) => point.learningRate === learningRate)
        if (found === undefined) return "–"
        const score = found.score.toFixed(2)
        return learningRate === chosen ? `**${score}**` : score
      })
    ])
  )
}

const verdicts = (report: Report): string =>
  table(
    ["claim", "measured by", "numbers", "here"],
    claims(report).map(({ claim, measured, numbers, verdict }) => [claim, measured, numbers, `**${verdict}**`])
  )

const WON = {
  holds: "it wins",
  "does not hold": "it loses",
  "not decided": "not decided",
  "not measured": "not measured"
} as const

const winner = (report: Report): string => {
  const top = best(report, ({ arm }) => arm.group === "objective")
  if (top === undefined) return "The objectives have not been compared yet."
  const first =
    `Of the objectives \`${top.arm.id}\` (${percent(top.estimates.product)}) has the largest product of held-out `
    + "success and retention."
  const compared = ["default", "sdpo"].flatMap((id) => {
    const difference = apart(top, find(report, id))
    if (difference === undefined) return []
    const verdict = above(difference)
    return `from \`${id}\`: ${points(difference)} on ${difference.count} chains, ${WON[verdict]}`
  })
  return compared.length === 0 ? first : `${first} Chain by chain it differs ${compared.join("; ")}.`
}

/** Pieces of docs/learning.md by the names of their markers. */
export const pieces = (report: Report): ReadonlyMap<string, string> =>
  new Map([
    [
      "setup",
      `Model ${report.modelIdentity.slice(0, 12)}, ${report.seeds} seeds, `
      + `${
        report.arms.reduce((sum, { chains }) => sum + chains.length, 0)
      } chains. ± is half of a 95 % interval over the seeds.`
    ],
    ["bars", bars(report)],
    ["objectives", comparison(report, ["default", "objective"])],
    ["variants", comparison(report, ["teacher", "estimator", "attempt", "keeping"])],
    ["controls", controls(report)],
    ["winner", winner(report)],
    ["claims", verdicts(report)],
    ["costs", costs(report)],
    ["kinds", kinds(report)],
    ["tuning", tuning(report)]
  ])

/** Puts pieces between their markers `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`; a piece without markers is left out. */
export const fillMarkers = (page: string, found: ReadonlyMap<string, string>): string =>
  [...found].reduce((text, [name, piece]) => {
    const [open, close] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`]
    const from = text.indexOf(open)
    const to = text.indexOf(close)
    return from < 0 || to < from ? text : `${text.slice(0, from + open.length)}\n${piece}\n${text.slice(to)}`
  }, page)
