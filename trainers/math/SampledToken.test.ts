import { assert, describe, it } from "@effect/vitest"
import { logSoftmax } from "./LogSoftmax.ts"
import { importanceRatio, largestLogRatio } from "./Ratio.ts"
import { advantages, LITERAL_KL_COEFFICIENT, literalRatioClip, sampledTokenLoss } from "./SampledToken.ts"
import { seeded } from "../../test/helpers/Seeded.ts"

const slopeOf = (f: (s: number) => number, s: number, h = 1e-5) => (f(s + h) - f(s - h)) / (2 * h)
const open = { min: 0, max: Infinity }

describe("the sampled-token form of the original design", () => {
  it("keeps its constants", () => {
    assert.deepStrictEqual(literalRatioClip, { min: 0.5, max: 2 })
    assert.strictEqual(LITERAL_KL_COEFFICIENT, 0.04)
  })

  it("with the ratio in the graph has the detached slope times 1 + log pi, a sign flip below 1/e", () => {
    for (const s of [-0.1, -0.9, -1.1, -3, -6]) {
      const token = { logProb: s, oldLogProb: s + 0.2, advantage: 0.7 }
      const detached = sampledTokenLoss(token, open).slope
      const attached = slopeOf((x) => -Math.exp(x - token.oldLogProb) * token.advantage * x, s)
      assert.isAtMost(Math.abs(attached - detached * (1 + s)), 1e-8)
      assert.strictEqual(Math.sign(attached) === Math.sign(detached), s > -1)
    }
  })

  it("refuses the ratio in the graph", () => {
    const token = { logProb: -1, oldLogProb: -1, advantage: 1 }
    assert.throws(() => sampledTokenLoss(token, literalRatioClip, { ratioInGraph: true }), /keep the ratio detached/)
  })

  it("has the slope of the surrogate ratio * A inside the clip; outside, only the detached form still pushes", () => {
    const surrogate = (old: number, A: number) => (s: number) => -importanceRatio(s, old, literalRatioClip) * A
    const inside = { logProb: -2, oldLogProb: -2.3, advantage: -0.4 }
    const outside = { logProb: -1, oldLogProb: -3, advantage: -0.4 }
    const slope = (token: typeof inside) => slopeOf(surrogate(token.oldLogProb, token.advantage), token.logProb)
    assert.isAtMost(Math.abs(slope(inside) - sampledTokenLoss(inside).slope), 1e-9)
    assert.strictEqual(slope(outside), 0)
    assert.strictEqual(sampledTokenLoss(outside).slope, 0.8)
  })

  it("with a detached ratio and advantage has the slope -ratio * A, not that of an attached advantage", () => {
    const t = -0.5
    const s = -1.5
    const A = advantages({ logProbs: [s], temperature: 1 }, { logProbs: [t], temperature: 1 })[0]!
    const { slope } = sampledTokenLoss({ logProb: s, oldLogProb: s, advantage: A })
    assert.isAtMost(Math.abs(slope - slopeOf((x) => -A * x, s)), 1e-8)
    assert.isAbove(Math.abs(slope - slopeOf((x) => -(t - x) * x, s)), 1)
  })
})

describe("advantages", () => {
  const logits = seeded(2).normals(7)

  it("are exactly zero without a correction at equal temperatures", () => {
    const logProbs = logSoftmax(logits)
    const student = { logProbs, temperature: 1 }
    assert.deepStrictEqual([...advantages(student, student)], Array(7).fill(0))
  })

  it("refuse sides of different temperature, whose difference is spurious signal", () => {
    const tempered = logSoftmax(logits, 0.7)
    const plain = logSoftmax(logits)
    assert.throws(
      () => advantages({ logProbs: tempered, temperature: 0.7 }, { logProbs: plain, temperature: 1 }),
      /same temperature/
    )
    assert.isAbove(largestLogRatio(tempered, plain), 0.1)
  })

  it("refuse sides of different length and cut at a limit", () => {
    const side = (...logProbs: ReadonlyArray<number>) => ({ logProbs, temperature: 1 })
    assert.throws(() => advantages(side(-1, -2), side(-1)), /same token ids/)
    assert.deepStrictEqual([...advantages(side(-1, -9, 0), side(-1.5, -1, -9), 5)], [-0.5, 5, -5])
  })
})

describe("importance ratio", () => {
  it("is exactly 1 on policy, clipped above at 2 and not below by default, and never overflows", () => {
    assert.strictEqual(importanceRatio(-3.21, -3.21), 1)
    assert.strictEqual(importanceRatio(-1, -5), 2)
    assert.strictEqual(importanceRatio(-5, -1), Math.exp(-4))
    assert.strictEqual(importanceRatio(-5, -1, literalRatioClip), 0.5)
    assert.isTrue(Number.isFinite(importanceRatio(0, -1e9, { min: 0, max: Infinity })))
    assert.isAbove(importanceRatio(-1e9, 0), 0)
  })
})
