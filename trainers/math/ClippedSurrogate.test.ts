import { assert, describe, it } from "@effect/vitest"
import { clippedSurrogate, clippedValueLoss } from "./ClippedSurrogate.ts"

const clip = { low: 0.2, high: 0.28 }
const h = 1e-6

describe("clipped surrogate", () => {
  const at = (logProb: number, advantage: number) => clippedSurrogate({ logProb, oldLogProb: -2, advantage }, clip)

  it("has the slope of central differences on both sides of the clip", () => {
    for (const advantage of [1.5, -0.7, 0]) {
      for (const ratio of [0.5, 0.79, 0.81, 1, 1.27, 1.29, 2]) {
        const s = -2 + Math.log(ratio)
        const difference = (at(s + h, advantage).loss - at(s - h, advantage).loss) / (2 * h)
        assert.closeTo(at(s, advantage).slope, difference, 1e-8, `ratio ${ratio}, advantage ${advantage}`)
      }
    }
  })

  it("is plain policy gradient where nothing has moved", () => {
    assert.deepStrictEqual(at(-2, 1.5), { loss: -1.5, slope: -1.5, clipped: false })
  })

  it("lets go of tokens that went far enough, and only in the advantage's direction", () => {
    const moved = (ratio: number, advantage: number) => at(-2 + Math.log(ratio), advantage).clipped
    assert.deepStrictEqual([moved(1.3, 1), moved(0.7, 1), moved(1.3, -1), moved(0.7, -1)], [true, false, false, true])
  })
})

describe("clipped value loss", () => {
  it("is the larger of two squares, with the slope of central differences", () => {
    for (const target of [-1, 0.4, 2]) {
      for (const value of [-0.5, 0.1, 0.3, 0.55, 0.9]) {
        const { loss, slope } = clippedValueLoss(value, 0.5, target, 0.2)
        const held = Math.min(0.7, Math.max(0.3, value))
        assert.closeTo(loss, 0.5 * Math.max((value - target) ** 2, (held - target) ** 2), 1e-15)
        if (value === 0.3) continue
        const difference = (clippedValueLoss(value + h, 0.5, target, 0.2).loss
          - clippedValueLoss(value - h, 0.5, target, 0.2).loss) / (2 * h)
        assert.closeTo(slope, difference, 1e-8, `value ${value}, target ${target}`)
      }
    }
  })
})
