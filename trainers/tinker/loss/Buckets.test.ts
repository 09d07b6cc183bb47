import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import type { Divergence } from "../../../core/Loss.ts"
import { divergenceGradient } from "../../math/Divergence.ts"
import { topKDivergence, topKDivergenceGradient } from "../../../test/oracle/TopK.ts"
import { bucketDivergence, bucketSlopes } from "./Buckets.ts"

const kinds: ReadonlyArray<Divergence> = [
  { kind: "reverse_kl" },
  { kind: "forward_kl" },
  { kind: "jsd", alpha: 0.5 },
  { kind: "jsd", alpha: 0.1 }
]
const Weights = Schema.Array(Schema.Finite.check(Schema.isBetween({ minimum: 0.05, maximum: 1 }))).check(
  Schema.isMinLength(6),
  Schema.isMaxLength(6)
)
const logs = (weights: ReadonlyArray<number>) => {
  const total = weights.reduce((sum, x) => sum + x, 0)
  return weights.map((x) => Math.log(x / total))
}

/** What slopes in listed log-probabilities come to in the logits: sum_k g_k (onehot_k - p). */
const inLogits = (logP: ReadonlyArray<number>, slopes: ReadonlyArray<number>) => {
  const total = slopes.reduce((sum, slope) => sum + slope, 0)
  return logP.map((s, v) => (slopes[v] ?? 0) - Math.exp(s) * total)
}

describe("slopes of a divergence over listed tokens and the rest", () => {
  it.prop("have the gradient of the reference in all logits", { student: Weights, teacher: Weights }, (drawn) => {
    const [p, q] = [logs(drawn.student), logs(drawn.teacher)]
    for (const kind of kinds) {
      const heads = { student: p.slice(0, 3), teacher: q.slice(0, 3), whole: false }
      assert.closeTo(bucketDivergence(kind, heads), topKDivergence(kind, p, q, [0, 1, 2]), 1e-12)
      const expected = topKDivergenceGradient(kind, p, q, [0, 1, 2])
      inLogits(p, bucketSlopes(kind, heads)).forEach((x, v) => assert.closeTo(x, expected[v]!, 1e-9, kind.kind))
      const all = { student: p, teacher: q, whole: true }
      const full = divergenceGradient(kind, p, q)
      inLogits(p, bucketSlopes(kind, all)).forEach((x, v) => assert.closeTo(x, full[v]!, 1e-9, kind.kind))
    }
  })

  it("are, for two tokens with p = (.5, .2) and q = (.1, .6), what the formulas say by hand", () => {
    const buckets = { student: [0.5, 0.2].map(Math.log), teacher: [0.1, 0.6].map(Math.log), whole: false }
    const near = (kind: Divergence, expected: ReadonlyArray<number>) =>
      bucketSlopes(kind, buckets).forEach((x, k) => assert.closeTo(x, expected[k]!, 1e-12))
    near({ kind: "reverse_kl" }, [0.5 * Math.log(5), 0.2 * Math.log(1 / 3)])
    near({ kind: "forward_kl" }, [-0.1 + 0.5, -0.6 + 0.2])
    assert.closeTo(
      bucketDivergence({ kind: "forward_kl" }, buckets),
      0.1 * Math.log(0.2) + 0.6 * Math.log(3) + 0.3 * Math.log(1),
      1e-12
    )
  })

  it("vanish when the teacher is the student, and stay bounded when the student is certain", () => {
    const same = [0.6, 0.3].map(Math.log)
    for (const kind of kinds) {
      bucketSlopes(kind, { student: same, teacher: same, whole: false }).forEach((x) => assert.closeTo(x, 0, 1e-12))
      const certain = { student: [-1e-9, -30], teacher: [Math.log(1e-3), Math.log(0.5)], whole: false }
      assert.isTrue(bucketSlopes(kind, certain).every((x) => Math.abs(x) < 1e4))
    }
  })
})
