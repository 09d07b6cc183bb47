import { type MeasureName, measureNames } from "./Measures.ts"
import { find, type Report } from "./Report.ts"

const rounded = (value: number): number => Number(value.toPrecision(4))

/** The names under which the defaults' numbers stand, flat, for whoever checks them. */
const headline: ReadonlyArray<MeasureName> = measureNames.filter((name) => name !== "anyChanged")

/**
 * summary.json: `default` has plain numbers of the arm as shipped, `irrelevantChanged` the share of all greedy calls that
 * feedback without a request changed; `arms` has every measure with the half-width of its 95 % interval.
 */
export const toJson = (report: Report): string => {
  const shipped = find(report, "default")
  const irrelevant = find(report, "irrelevant")?.estimates.anyChanged
  const shuffled = find(report, "shuffled")
  const defaults = {
    ...Object.fromEntries(headline.flatMap((name) => {
      const found = shipped?.estimates[name]
      return found === undefined ? [] : [[name, rounded(found.mean)]]
    })),
    ...(irrelevant === undefined ? {} : { irrelevantChanged: rounded(irrelevant.mean) }),
    ...(shuffled?.estimates.fixedWithin3 === undefined
      ? {}
      : { shuffledFixedWithin3: rounded(shuffled.estimates.fixedWithin3.mean) }),
    chains: shipped?.chains.length ?? 0
  }
  const arms = Object.fromEntries(report.arms.map(({ arm, chains, estimates, learningRate }) => [arm.id, {
    title: arm.title,
    group: arm.group,
    learningRate,
    chains: chains.length,
    measures: Object.fromEntries(measureNames.flatMap((name) => {
      const found = estimates[name]
      return found === undefined
        ? []
        : [[name, {
          mean: rounded(found.mean),
          half: found.half === null ? null : rounded(found.half),
          n: found.count
        }]]
    }))
  }]))
  const tuning = Object.fromEntries(report.tuning.map(({ arm, chosen, points }) => [arm.id, {
    chosen,
    scores: Object.fromEntries(points.map(({ learningRate, score }) => [learningRate, rounded(score)]))
  }]))
  const { later, modelIdentity, seeds } = report
  return `${JSON.stringify({ default: defaults, modelIdentity, seeds, later, arms, tuning }, null, 2)}\n`
}
