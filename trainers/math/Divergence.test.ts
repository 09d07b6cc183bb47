import { assert, describe, it } from "@effect/vitest"
import type { Divergence } from "../../core/Loss.ts"
import { binaryEntropy, crossEntropyGradient, divergence, divergenceGradient, kl } from "./Divergence.ts"
import { logSoftmax } from "./LogSoftmax.ts"
import { seeded } from "../../test/helpers/Seeded.ts"
import { topIndices, topKDivergence, topKDivergenceGradient } from "../../test/oracle/TopK.ts"

const kinds: ReadonlyArray<Divergence> = [
  { kind: "reverse_kl" },
  { kind: "forward_kl" },
  ...[0.1, 0.5, 0.9].map((alpha): Divergence => ({ kind: "jsd", alpha }))
]
const label = (kind: Divergence) => kind.kind === "jsd" ? `jsd ${kind.alpha}` : kind.kind

/** Central differences of f at z with a fourth-order stencil, accurate to about 1e-11 here. */
const numeric = (f: (z: Float64Array) => number, z: Float64Array, h = 1e-3): Float64Array =>
  z.map((_, i) => {
    const at = (d: number) => f(z.map((x, j) => j === i ? x + d : x))
    return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
  })

const close = (a: ArrayLike<number>, b: ArrayLike<number>, tolerance: number, message?: string) => {
  assert.strictEqual(a.length, b.length)
  for (let i = 0; i < a.length; i++) {
    assert.isAtMost(Math.abs(a[i]! - b[i]!), tolerance, `${message ?? "entry"} ${i}: ${a[i]} vs ${b[i]}`)
  }
}

const pair = (seed: number, size = 7) => {
  const random = seeded(seed)
  return { z: random.normals(size, 1.5), q: logSoftmax(random.normals(size, 1.5)) }
}

describe("gradients in the student's logits", () => {
  it.each(kinds.map((kind) => [label(kind), kind] as const))("%s equals central differences", (_, kind) => {
    for (let seed = 0; seed < 10; seed++) {
      const { q, z } = pair(seed)
      close(
        divergenceGradient(kind, logSoftmax(z), q),
        numeric((x) => divergence(kind, logSoftmax(x), q), z),
        1e-9
      )
    }
  })

  it.each(kinds.map((kind) => [label(kind), kind] as const))(
    "top-3 + tail %s equals central differences",
    (_, kind) => {
      for (let seed = 0; seed < 10; seed++) {
        const { q, z } = pair(seed)
        const indices = topIndices(logSoftmax(z), 3)
        close(
          topKDivergenceGradient(kind, logSoftmax(z), q, indices),
          numeric((x) => topKDivergence(kind, logSoftmax(x), q, indices), z),
          1e-9
        )
      }
    }
  )

  it("cross-entropy: p - onehot", () => {
    const { z } = pair(3)
    close(crossEntropyGradient(logSoftmax(z), 2), numeric((x) => -logSoftmax(x)[2]!, z), 1e-9)
  })

  it("are exactly zero when teacher and student agree, as is the value", () => {
    const p = logSoftmax(pair(1).z)
    for (const kind of kinds.slice(0, 2)) {
      assert.strictEqual(divergence(kind, p, p), 0)
      assert.deepStrictEqual([...divergenceGradient(kind, p, p)].map(Math.abs), Array(7).fill(0))
    }
    for (const kind of kinds.slice(2)) {
      assert.isAtMost(Math.abs(divergence(kind, p, p)), 1e-15)
      close(divergenceGradient(kind, p, p), new Float64Array(7), 1e-16)
    }
  })

  it("stay finite when a distribution underflows", () => {
    const p = logSoftmax([2000, 0, -2000])
    const q = logSoftmax([0, 10, -10])
    for (const kind of kinds) {
      for (const g of divergenceGradient(kind, p, q)) assert.isTrue(Number.isFinite(g))
      assert.isTrue(Number.isFinite(divergence(kind, p, q)) || kind.kind === "forward_kl")
    }
  })
})

describe("Jensen-Shannon", () => {
  const jsd = (alpha: number, a: Float64Array, b: Float64Array) => divergence({ kind: "jsd", alpha }, a, b)

  it("is symmetric at 1/2, mirrors alpha otherwise, and lies in [0, H_b(alpha)]", () => {
    for (let seed = 0; seed < 20; seed++) {
      const { q, z } = pair(seed)
      const p = logSoftmax(z, 0.3)
      close([jsd(0.5, p, q)], [jsd(0.5, q, p)], 1e-12)
      for (const alpha of [0.1, 0.3, 0.9]) {
        close([jsd(alpha, p, q)], [jsd(1 - alpha, q, p)], 1e-12)
        assert.isAtLeast(jsd(alpha, p, q), 0)
        assert.isAtMost(jsd(alpha, p, q), binaryEntropy(alpha) + 1e-12)
      }
    }
  })

  it("reaches its bound on disjoint supports", () => {
    const p = logSoftmax([100, -100])
    const q = logSoftmax([-100, 100])
    close([jsd(0.5, p, q)], [Math.LN2], 1e-9)
  })

  it("is alpha (1 - alpha) times the KL of nearby distributions", () => {
    const { z } = pair(6)
    const p = logSoftmax(z)
    const q = logSoftmax(z.map((x, i) => x + 1e-4 * (i % 2)))
    for (const alpha of [0.1, 0.5, 0.8]) close([jsd(alpha, p, q) / kl(p, q)], [alpha * (1 - alpha)], 1e-4)
  })

  it("tends to alpha * forward KL and (1 - alpha) * reverse KL at its ends", () => {
    const { q, z } = pair(4)
    const p = logSoftmax(z)
    close([jsd(1e-6, p, q) / 1e-6], [kl(q, p)], 1e-4)
    close([jsd(1 - 1e-6, p, q) / 1e-6], [kl(p, q)], 1e-4)
  })
})
