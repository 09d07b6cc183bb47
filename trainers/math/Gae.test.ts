import { assert, describe, it } from "@effect/vitest"
import { gae, whiten } from "./Gae.ts"

const close = (a: ArrayLike<number>, b: ReadonlyArray<number>) => {
  assert.strictEqual(a.length, b.length)
  b.forEach((x, i) => assert.closeTo(a[i]!, x, 1e-12))
}

describe("generalised advantage estimation", () => {
  it("is what it is by hand", () => {
    const { advantages, returns } = gae([0, 0, 1], [0.5, 0.4, 0.3], 1, 0.95)
    close(advantages, [0.43675, 0.565, 0.7])
    close(returns, [0.93675, 0.965, 1])
    close(gae([1, 2, 3], [0.5, 1, 1.5], 0.9, 0.8).advantages, [
      1 + 0.9 - 0.5 + 0.72 * (2 + 1.35 - 1 + 0.72 * 1.5),
      2 + 1.35 - 1 + 0.72 * 1.5,
      1.5
    ])
  })

  it("with lambda 1 is return minus value, with lambda 0 the one-step error", () => {
    const rewards = [0.1, -0.2, 1]
    const values = [0.3, 0.2, 0.6]
    close(gae(rewards, values, 1, 1).advantages, [0.9 - 0.3, 0.8 - 0.2, 1 - 0.6])
    close(gae(rewards, values, 1, 0).advantages, [0.1 + 0.2 - 0.3, -0.2 + 0.6 - 0.2, 0.4])
  })

  it("of right values are zero", () => {
    close(gae([0, 0, 1], [1, 1, 1], 1, 0.95).advantages, [0, 0, 0])
  })
})

describe("whitening", () => {
  it("has mean 0 and deviation 1, every value counted as often as it was seen", () => {
    const white = whiten([1, 3], [3, 1])
    close(
      white,
      [-0.5 / Math.sqrt(0.75), 1.5 / Math.sqrt(0.75)].map((x) => x * Math.sqrt(0.75) / (Math.sqrt(0.75) + 1e-8))
    )
    close(whiten([2, 2], [1, 5]), [0, 0])
  })
})
