import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { historyLines, stageMeans } from "./HistoryText.ts"
import { plain, width } from "./Line.ts"
import { percent, short } from "./Numbers.ts"
import { fitted, plot } from "./Plot.ts"

describe("a plot", () => {
  it("has a column for each value, as high as it is, and its scale", () => {
    assert.deepStrictEqual(
      plot([0, 0.25, 0.5, 1], { columns: 20, rows: 2, format: percent, low: 0, high: 1 }).map(plain),
      ["  100% ┤   █", "    0% ┤▁▄██"]
    )
  })

  it("leaves a gap where there is no number, and says when there is none at all", () => {
    assert.deepStrictEqual(plot([1, Number.NaN, 2], { columns: 20, rows: 1, format: short }).map(plain), [
      "  2.00 ┤▄ █"
    ])
    assert.deepStrictEqual(plot([], { columns: 20, rows: 1, format: short }).map(plain), ["  nothing yet"])
  })

  it.prop("keeps to its cells and never loses the last value", {
    values: Schema.Array(Schema.Finite.check(Schema.isBetween({ minimum: -1e6, maximum: 1e6 }))).check(
      Schema.isMinLength(1)
    ),
    columns: Schema.Int.check(Schema.isBetween({ minimum: 24, maximum: 80 }))
  }, ({ columns, values }) => {
    for (const row of plot(values, { columns, rows: 3, format: short })) assert.isAtMost(width(plain(row)), columns)
    const shown = fitted(values, columns)
    assert.isAtMost(shown.length, columns)
    assert.closeTo(
      shown.at(-1) ?? 0,
      values.slice(Math.floor((shown.length - 1) * values.length / shown.length)).reduce(
        (sum, x, _, all) => sum + x / all.length,
        0
      ),
      1e-6
    )
  })
})

const stages = { teacher: 0.1, student: 0.05, backward: 0.2, update: 0, greedy: 0.1, evidence: 0, canaries: 0.1 }
const step = {
  revision: 2,
  updates: 2,
  lossFirst: 1,
  lossLast: 0.5,
  divergenceAfter: 0.1,
  attemptLogProbBefore: -1,
  attemptLogProbAfter: -9,
  greedyChanged: true,
  baseKl: 0.1,
  gradientNorm: 1,
  updateNorm: 1,
  tokens: 10,
  seconds: 0.5,
  stages
}
const point = { lessonId: "l", at: 0, kind: "denial" as const, correction: "c", divergenceBefore: 1 }

describe("the charts of a history", () => {
  it("are drawn for what there are numbers of", () => {
    const titles = (lines: ReadonlyArray<string>) =>
      lines.filter((text) => /^\S/.test(text)).map((text) => text.split("  ")[0])
    const shown = historyLines(
      [
        { ...point, outcome: "skipped", times: 1 },
        { ...point, outcome: "learned", times: 2, step: { ...step, canaryKl: 0.01 } }
      ],
      [{
        at: 0,
        revision: 1,
        modelIdentity: "m",
        answers: [{ id: "p", source: "project", task: "t", answer: "a", violated: true }]
      }],
      60
    ).map(plain)
    assert.deepStrictEqual(titles(shown), [
      "said again",
      "probes",
      "from the teacher, before",
      "from the teacher, after",
      "loss",
      "drift",
      "time of a step"
    ])
    assert.include(shown, "  loss and gradient    200 ms  ████████████████████████")
    assert.deepStrictEqual(historyLines([], [], 60), [])
  })

  it("average the stages over the steps that have them", () => {
    const means = stageMeans([
      { ...point, outcome: "learned", times: 1, step },
      { ...point, outcome: "learned", times: 1, step: { ...step, stages: { ...stages, teacher: 0.3 } } },
      { ...point, outcome: "skipped", times: 1 }
    ])
    assert.closeTo(means[0]?.seconds ?? 0, 0.2, 1e-9)
  })
})
