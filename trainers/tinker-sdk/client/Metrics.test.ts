import { assert, describe, it } from "@effect/vitest"
import { mergeMetrics } from "./Metrics.ts"

const part = (count: number, metrics: Readonly<Record<string, number>>) => ({
  loss_fn_outputs: Array.from({ length: count }, () => ({})),
  metrics
})

const near = (actual: Readonly<Record<string, number>>, expected: Readonly<Record<string, number>>) => {
  assert.deepStrictEqual(Object.keys(actual).sort(), Object.keys(expected).sort())
  for (const [name, value] of Object.entries(expected)) assert.closeTo(actual[name] ?? Number.NaN, value, 1e-12, name)
}

describe("metrics of a batch", () => {
  it("are those of the protocol's own example", () => {
    near(
      mergeMetrics([
        part(3, { "loss:sum": 2, "kl:mean": 0.1, "x:max": 1 }),
        part(1, { "loss:sum": 4, "kl:mean": 0.5, "x:max": 3 })
      ]),
      { "loss:sum": 6, "kl:mean": 0.2, "x:max": 3 }
    )
  })

  it("slack is the largest less the weighted mean; min, unique", () => {
    near(
      mergeMetrics([
        part(3, { "e:slack": 1, "e:min": 4, "e:unique": 7 }),
        part(1, { "e:slack": 5, "e:min": 3, "e:unique": 8 })
      ]),
      { "e:slack": 5 - 2, "e:min": 3, "e:unique": 7, "e:unique_1": 8 }
    )
  })

  it("hashes do not depend on the order, but on the values", () => {
    const of = (...values: ReadonlyArray<number>) =>
      mergeMetrics(values.map((value) => part(1, { "h:hash_unordered": value })))["h:hash_unordered"]
    assert.strictEqual(of(1, 2, 3), of(3, 1, 2))
    assert.notStrictEqual(of(1, 2, 3), of(1, 2, 4))
  })

  it("leave out what is unknown, or missing in a part; a single part keeps all", () => {
    near(
      mergeMetrics([part(1, { "a:sum": 1, "b:sum": 1, "c:odd": 1, d: 1 }), part(1, { "a:sum": 2, "c:odd": 1, d: 1 })]),
      {
        "a:sum": 3
      }
    )
    near(mergeMetrics([part(1, { "c:odd": 1, d: 2 })]), { "c:odd": 1, d: 2 })
    near(mergeMetrics([]), {})
  })

  it("parts without outputs count alike", () => {
    near(mergeMetrics([part(0, { "a:mean": 1 }), part(0, { "a:mean": 3 })]), { "a:mean": 2 })
  })
})
