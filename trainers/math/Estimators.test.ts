import { assert, describe, it } from "@effect/vitest"
import { divergenceGradient, kl } from "./Divergence.ts"
import { k1, k1Slope, k2, k2Slope, k3, k3Slope } from "./Estimators.ts"
import { logSoftmax } from "./LogSoftmax.ts"
import { advantages } from "./SampledToken.ts"
import { seeded } from "../../test/helpers/Seeded.ts"

const SIZE = 7
const random = seeded(11)
const p = logSoftmax(random.normals(SIZE))
const q = logSoftmax(random.normals(SIZE))
const ids = Array.from({ length: SIZE }, (_, v) => v)
const expectation = (f: (v: number) => number) => ids.reduce((sum, v) => sum + Math.exp(p[v]!) * f(v), 0)

/** E_v~p[slope(v) * d log p_v / dz], by enumeration: d log p_v / dz = onehot(v) - p. */
const expectedGradient = (slope: (v: number) => number): ReadonlyArray<number> =>
  ids.map((u) => expectation((v) => slope(v) * ((u === v ? 1 : 0) - Math.exp(p[u]!))))

const close = (a: ArrayLike<number>, b: ArrayLike<number>, tolerance = 1e-9) => {
  for (let i = 0; i < a.length; i++) assert.isAtMost(Math.abs(a[i]! - b[i]!), tolerance, `${a[i]} vs ${b[i]}`)
}

const reverse = divergenceGradient({ kind: "reverse_kl" }, p, q)
const forward = divergenceGradient({ kind: "forward_kl" }, p, q)
const A = advantages({ logProbs: p, temperature: 1 }, { logProbs: q, temperature: 1 })

describe("policy gradient with a per-entry advantage", () => {
  it("has the reverse KL's gradient in expectation, whatever constant baseline is added", () => {
    for (const baseline of [0, 3.7, kl(p, q)]) close(expectedGradient((v) => -(A[v]! + baseline)), reverse)
  })

  it("has advantages of mean -KL", () => close([expectation((v) => A[v]!)], [-kl(p, q)]))

  it("agrees by Monte Carlo within four standard errors over 1e5 samples", () => {
    const samples = 100_000
    const draws = seeded(5)
    const sums = new Float64Array(SIZE)
    const squares = new Float64Array(SIZE)
    for (let n = 0; n < samples; n++) {
      let u = draws.uniform()
      let v = 0
      while (v < SIZE - 1 && u >= Math.exp(p[v]!)) u -= Math.exp(p[v++]!)
      for (let i = 0; i < SIZE; i++) {
        const g = -A[v]! * ((i === v ? 1 : 0) - Math.exp(p[i]!))
        sums[i] = sums[i]! + g
        squares[i] = squares[i]! + g * g
      }
    }
    for (let i = 0; i < SIZE; i++) {
      const mean = sums[i]! / samples
      const error = Math.sqrt((squares[i]! / samples - mean * mean) / samples)
      assert.isAtMost(Math.abs(mean - reverse[i]!), 4 * error)
    }
  })
})

describe("k1, k2, k3", () => {
  it("have the expected values KL, another number, KL", () => {
    close([expectation((v) => k1(p[v]!, q[v]!))], [kl(p, q)])
    close([expectation((v) => k3(p[v]!, q[v]!))], [kl(p, q)])
    assert.isAbove(Math.abs(expectation((v) => k2(p[v]!, q[v]!)) - kl(p, q)), 1e-3)
    for (const v of ids) assert.isAtLeast(k3(p[v]!, q[v]!), 0)
  })

  it("have the expected gradients 0, reverse KL, forward KL", () => {
    close(expectedGradient(() => k1Slope()), new Float64Array(SIZE))
    close(expectedGradient((v) => k2Slope(p[v]!, q[v]!)), reverse)
    close(expectedGradient((v) => k3Slope(p[v]!, q[v]!)), forward)
  })

  it("have the slopes of their values", () => {
    const h = 1e-5
    for (const v of ids) {
      const slope = (f: (s: number, o: number) => number) => (f(p[v]! + h, q[v]!) - f(p[v]! - h, q[v]!)) / (2 * h)
      close([slope(k1), slope(k2), slope(k3)], [k1Slope(), k2Slope(p[v]!, q[v]!), k3Slope(p[v]!, q[v]!)], 1e-8)
    }
  })

  it("k3 with its arguments exchanged is not an estimate of KL(p || q)", () => {
    assert.isAbove(Math.abs(expectation((v) => k3(q[v]!, p[v]!)) - kl(p, q)), 0.05)
  })
})
