import type { Estimate } from "../Statistics.ts"
import { type MeasureName, pairedDifference } from "./Measures.ts"
import { type ArmReport, find, type Report } from "./Report.ts"

/** A claim, what it is measured by, and what came out. */
export interface Verdict {
  readonly claim: string
  readonly measured: string
  readonly numbers: string
  readonly verdict: "holds" | "does not hold" | "not decided" | "not measured"
}

/** A signed difference with its interval. */
export const points = ({ half, mean }: Estimate, scale = 100, unit = "points"): string =>
  `${mean >= 0 ? "+" : "−"}${Math.abs(scale * mean).toFixed(1)}${
    half === null ? "" : ` ± ${(scale * half).toFixed(1)}`
  } ${unit}`.trimEnd()

const percent = (found: Estimate | undefined): string =>
  found === undefined
    ? "–"
    : `${(100 * found.mean).toFixed(0)} %${found.half === null ? "" : ` ± ${(100 * found.half).toFixed(0)}`}`

/** Whether a difference is above zero by its interval. */
export const above = (found: Estimate): Verdict["verdict"] =>
  found.half === null
    ? "not decided"
    : found.mean - found.half > 0
    ? "holds"
    : found.mean + found.half < 0
    ? "does not hold"
    : "not decided"

/** Whether a share reaches a bar: surely, surely not, or within its interval. */
const reaches = (found: Estimate, bar: number): Verdict["verdict"] => {
  const half = found.half ?? 0
  return found.mean - half >= bar ? "holds" : found.mean + half < bar ? "does not hold" : "not decided"
}

const versus = (
  report: Report,
  claim: string,
  a: string,
  b: string,
  name: MeasureName
): Verdict => {
  const [x, y] = [find(report, a), find(report, b)]
  const difference = x === undefined || y === undefined ? undefined : pairedDifference(x.chains, y.chains, name)
  const measured = `${name} of \`${a}\` minus that of \`${b}\`, chain by chain`
  if (x === undefined || y === undefined || difference === undefined) {
    return { claim, measured, numbers: "–", verdict: "not measured" }
  }
  const numbers = `${percent(x.estimates[name])} against ${percent(y.estimates[name])}: ${points(difference)}`
  return { claim, measured, numbers, verdict: above(difference) }
}

const bar = (report: Report, claim: string, id: string, name: MeasureName, least: number): Verdict => {
  const found = find(report, id)?.estimates[name]
  const measured = `${name} of \`${id}\`, at least ${(100 * least).toFixed(0)} %`
  return found === undefined
    ? { claim, measured, numbers: "–", verdict: "not measured" }
    : { claim, measured, numbers: percent(found), verdict: reaches(found, least) }
}

/** The claims of the original design, each with what was measured about it here. */
export const claims = (report: Report): ReadonlyArray<Verdict> => [
  versus(report, "A dense signal beats one number per token", "reverse", "sampled", "product"),
  versus(report, "A dense signal beats a reward", "sdpo", "grpo", "product"),
  versus(report, "Top 20 and a tail lose something against the whole vocabulary", "sdpo", "topk", "product"),
  bar(report, "One step is enough", "default", "fixedWithin1", 0.95),
  bar(report, "Nothing is forgotten", "default", "retention20", 0.9),
  versus(report, "Why not SFT on the corrected call", "sdpo", "sft", "product"),
  versus(report, "Why not DPO", "sdpo", "dpo", "product"),
  versus(report, "Why not PPO", "sdpo", "ppo", "product"),
  versus(report, "Why not a mixture with GRPO", "sdpo", "mixture", "product"),
  versus(report, "A frozen teacher beats the live one", "sdpo", "teacher-current", "product"),
  versus(report, "A frozen teacher beats a moving average", "sdpo", "teacher-ema", "product"),
  versus(report, "Showing the teacher the attempt helps", "attempt", "sdpo", "product"),
  versus(report, "Forgetting Adam's moments keeps lessons", "sdpo", "momentum", "laterRetention"),
  versus(report, "Rehearsing kept turns keeps lessons", "sdpo", "no-rehearsal", "laterRetention"),
  versus(report, "Ending at a sure call holds on more tasks", "sdpo", "no-confidence", "heldOut"),
  versus(report, "Today's form beats the original design", "sdpo", "literal", "product"),
  versus(report, "Learning beats a notes file on new tasks", "default", "notes", "heldOut"),
  versus(report, "A correction holds more than one of another situation", "default", "shuffled", "heldOut")
]

/** The arm with the largest product of success and retention among some. */
export const best = (report: Report, ids: (arm: ArmReport) => boolean): ArmReport | undefined =>
  report.arms.filter((one) => ids(one) && one.estimates.product !== undefined).reduce<ArmReport | undefined>(
    (top, one) => top === undefined || one.estimates.product!.mean > top.estimates.product!.mean ? one : top,
    undefined
  )
