import { assert, describe, it } from "@effect/vitest"
import type { Divergence } from "../../core/Loss.ts"
import { divergence } from "../../trainers/math/Divergence.ts"
import { logSoftmax, logTail } from "../../trainers/math/LogSoftmax.ts"
import { seeded } from "../helpers/Seeded.ts"
import { topIndices, topKDivergence, unionIndices } from "./TopK.ts"

const kinds: ReadonlyArray<Divergence> = [
  { kind: "reverse_kl" },
  { kind: "forward_kl" },
  { kind: "jsd", alpha: 0.5 }
]
const SIZE = 9
const draw = (seed: number) => {
  const random = seeded(seed)
  return { p: logSoftmax(random.normals(SIZE, 2)), q: logSoftmax(random.normals(SIZE, 2)) }
}

describe("top-K with tail", () => {
  it("equals the full divergence at K = V and K = V - 1", () => {
    for (const kind of kinds) {
      for (let seed = 0; seed < 10; seed++) {
        const { p, q } = draw(seed)
        for (const k of [SIZE, SIZE - 1]) {
          const value = topKDivergence(kind, p, q, topIndices(p, k))
          assert.isAtMost(Math.abs(value - divergence(kind, p, q)), 1e-9)
        }
      }
    }
  })

  it("never falls as K grows and never exceeds the full divergence", () => {
    for (const kind of kinds) {
      for (let seed = 0; seed < 20; seed++) {
        const { p, q } = draw(seed)
        const full = divergence(kind, p, q)
        let last = 0
        for (let k = 1; k <= SIZE; k++) {
          const value = topKDivergence(kind, p, q, topIndices(p, k))
          assert.isAtLeast(value, last - 1e-9)
          assert.isAtMost(value, full + 1e-9)
          last = value
        }
      }
    }
  })

  it("has a finite tail when the head holds all the mass", () => {
    assert.isTrue(Number.isFinite(logTail([0])))
    assert.isTrue(Number.isFinite(logTail([Math.log(0.5), Math.log(0.5) + 1e-16])))
    assert.isAtMost(Math.abs(logTail([Math.log(0.75)]) - Math.log(0.25)), 1e-12)
    const p = logSoftmax([800, 0, 0])
    const q = logSoftmax([0, 0, 0])
    for (const kind of kinds) assert.isTrue(Number.isFinite(topKDivergence(kind, p, q, [0])))
  })

  it("needs the tail: the bare sum over the head can be negative and can exceed the divergence", () => {
    const p = [0.4, 0.35, 0.25].map(Math.log)
    const q = [0.3, 0.1, 0.6].map(Math.log)
    const bare = (head: ReadonlyArray<number>, a: ReadonlyArray<number>, b: ReadonlyArray<number>) =>
      head.reduce((sum, v) => sum + Math.exp(a[v]!) * (a[v]! - b[v]!), 0)
    assert.isAbove(bare([0, 1], p, q), divergence({ kind: "reverse_kl" }, p, q))
    assert.isBelow(bare([0, 1], q, p), 0)
    assert.isAtLeast(topKDivergence({ kind: "reverse_kl" }, q, p, [0, 1]), 0)
  })

  it("unites supports without repeating ids", () => {
    assert.deepStrictEqual(unionIndices([3, 1], [1, 2]), [3, 1, 2])
    assert.deepStrictEqual(topIndices([0, 2, 2, 1], 3), [1, 2, 3])
  })
})
