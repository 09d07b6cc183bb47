import { assert, describe, it } from "@effect/vitest"
import { armOf, arms } from "./Arms.ts"
import { comparisonMaterial, situations, tuningMaterial } from "./Kinds.ts"
import { bestRates, comparisonUnits, tuningUnits } from "./Plan.ts"
import { claims } from "./report/Claims.ts"
import { toCsv } from "./report/Csv.ts"
import { toJson } from "./report/Json.ts"
import { estimate, pairedDifference } from "./report/Measures.ts"
import { plots } from "./report/Plots.ts"
import { makeReport } from "./report/Report.ts"
import { fillMarkers, pieces } from "./report/Tables.ts"
import { overSeeds } from "./Statistics.ts"
import type { ChainResult, Finished, Unit } from "./Unit.ts"

const size = { seeds: 2, chains: 2, tuningSeeds: 1, later: 20, tuningLater: 6, grid: [0.005, 0.01] }

const result = (unit: Unit, heldOut: number): ChainResult => ({
  kind: unit.focal,
  way: unit.way,
  seed: unit.seed,
  fixedAfter: heldOut > 0 ? 1 : null,
  given: 1,
  updates: 2,
  skipped: 0,
  lessonSeconds: 0.5,
  heldOut,
  heldOutBefore: 0,
  drift: 0.02,
  overGeneralised: 0,
  anyChanged: 0.1,
  entropy: 0.05,
  length: 20,
  lengthBefore: 21,
  laterGiven: 20,
  laterFixed: 1,
  laterSeconds: 0.5,
  retention: 1,
  heldOutLater: heldOut / 2,
  heldOutRetention: 0.5,
  laterRetention: 0.5,
  driftLater: 0.1,
  entropyLater: 0.06,
  flipAfter: 1,
  seconds: 20
})

const finish = (unit: Unit, heldOut: number): Finished => ({
  unit,
  modelIdentity: "model",
  result: result(unit, heldOut),
  cpuSeconds: 20,
  peakMegabytes: 400
})

const tuned = tuningUnits(arms, size).map((unit) => finish(unit, unit.learningRate === 0.01 ? 0.8 : 0.6))
const compared = comparisonUnits(arms, size, bestRates(tuned)).map((unit) =>
  finish(unit, unit.arm === "sft" ? 0.5 : 0.75)
)
const report = makeReport([...tuned, ...compared], "model")

const apart = <A>(a: ReadonlySet<A>, b: ReadonlySet<A>): boolean => ![...a].some((x) => b.has(x))

describe("intervals", () => {
  it("are t intervals over the seeds' means", () => {
    const found = overSeeds([
      { seed: 0, value: 1 },
      { seed: 0, value: 0 },
      { seed: 1, value: 1 },
      { seed: 2, value: null }
    ])
    assert.strictEqual(found?.mean, 0.75)
    assert.closeTo(found?.half ?? 0, 12.706 * 0.25, 1e-9)
    assert.strictEqual(found?.count, 3)
    assert.strictEqual(overSeeds([{ seed: 0, value: 0.5 }])?.half, null)
    assert.isUndefined(overSeeds([{ seed: 0, value: undefined }]))
  })
})

describe("the plan", () => {
  it("tunes on other kinds, phrases and seeds than it compares on", () => {
    const kinds = (units: ReadonlyArray<Unit>) => new Set(units.map(({ focal }) => focal))
    const seeds = (units: ReadonlyArray<Unit>) => new Set(units.map(({ seed }) => seed))
    const tuning = tuned.map(({ unit }) => unit)
    const comparison = compared.map(({ unit }) => unit)
    assert.isTrue(apart(kinds(tuning), kinds(comparison)))
    assert.isTrue(apart(seeds(tuning), seeds(comparison)))
    assert.isTrue(apart(new Set(tuningMaterial.phrases), new Set(comparisonMaterial.phrases)))
    assert.strictEqual(tuningMaterial.taught.length + comparisonMaterial.taught.length, situations.length)
  })

  it("takes the best rate of each arm, and gives all arms the same chains first", () => {
    assert.strictEqual(bestRates(tuned).get("dpo"), 0.01)
    const chains = (arm: string) =>
      compared.filter(({ unit }) => unit.arm === arm && unit.seed === 1).map(({ unit }) => `${unit.focal} ${unit.way}`)
    assert.deepStrictEqual(chains("grpo"), chains("default").slice(0, 2))
    const ids = new Set(compared.map(({ unit }) => unit.id))
    assert.isTrue(comparisonUnits(arms, { ...size, chains: 1 }, bestRates(tuned)).every(({ id }) => ids.has(id)))
    assert.strictEqual(new Set(compared.map(({ unit }) => unit.id)).size, compared.length)
  })

  it("knows its arms by name", () => {
    assert.strictEqual(new Set(arms.map(({ id }) => id)).size, arms.length)
    assert.throws(() => armOf("sdp"), /no arm sdp; there are default, sdpo/)
  })
})

describe("the report", () => {
  it("compares arms chain by chain", () => {
    const of = (arm: string) => compared.filter(({ unit }) => unit.arm === arm)
    const found = pairedDifference(of("sdpo"), of("sft"), "heldOut")
    assert.closeTo(found?.mean ?? 0, 0.25, 1e-12)
    assert.closeTo(found?.half ?? 1, 0, 1e-12)
    assert.isUndefined(pairedDifference(of("sdpo"), [], "heldOut"))
    assert.strictEqual(claims(report).find(({ claim }) => claim.includes("SFT"))?.verdict, "holds")
    assert.strictEqual(claims(report).find(({ claim }) => claim.includes("GRPO"))?.verdict, "not decided")
  })

  it("has the defaults' numbers flat in summary.json", () => {
    const summary = JSON.parse(toJson(report))
    assert.deepInclude(summary.default, {
      fixedWithin1: 1,
      fixedWithin2: 1,
      heldOut: 0.75,
      retention20: 1,
      drift: 0.02,
      irrelevantChanged: 0.1,
      product: 0.375
    })
    assert.strictEqual(summary.arms.sft.learningRate, 0.01)
    assert.deepStrictEqual(Object.keys(summary.arms), arms.map(({ id }) => id))
  })

  it("leaves out what was not measured", () => {
    const { result: one, ...rest } = compared[0]!
    const { driftLater: _, flipAfter: __, ...short } = one!
    const found = estimate([{ ...rest, result: short }])
    assert.isUndefined(found.drift20)
    assert.isUndefined(found.flipWithin1)
    assert.strictEqual(toCsv([{ ...rest, result: null }]).split("\n").length, 2)
  })

  it("makes plots and fills its pieces into the page, again and again alike", () => {
    for (const [name, svg] of plots(report)) {
      assert.match(svg, /^<svg .*<\/svg>\n$/s, name)
      assert.notMatch(svg, /NaN|undefined|Infinity/, name)
    }
    const page = "a\n<!-- bench:bars -->\nold\n<!-- /bench:bars -->\nb <!-- bench:none -->"
    const once = fillMarkers(page, pieces(report))
    assert.match(
      once,
      /^a\n<!-- bench:bars -->\n\| with the defaults .*\n<!-- \/bench:bars -->\nb <!-- bench:none -->$/s
    )
    assert.strictEqual(fillMarkers(once, pieces(report)), once)
    for (const [name, piece] of pieces(report)) assert.notMatch(piece, /NaN|undefined/, name)
  })

  it("can be made of nothing", () => {
    const empty = makeReport([], "model")
    assert.strictEqual(JSON.parse(toJson(empty)).default.chains, 0)
    assert.isTrue(claims(empty).every(({ verdict }) => verdict === "not measured"))
    for (const piece of pieces(empty).values()) assert.notMatch(piece, /NaN|undefined/)
    for (const svg of plots(empty).values()) assert.notMatch(svg, /NaN|undefined|Infinity/)
  })
})
