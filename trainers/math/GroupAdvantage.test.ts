import { assert, describe, it } from "@effect/vitest"
import { groupAdvantages, STD_FLOOR } from "./GroupAdvantage.ts"

describe("group advantages", () => {
  it("are the centred rewards, divided by their deviation or not", () => {
    assert.deepStrictEqual([...groupAdvantages([1, 0, 0, 1], "centre")], [0.5, -0.5, -0.5, 0.5])
    const scaled = [...groupAdvantages([1, 0, 0, 1], "std")]
    scaled.forEach((a, i) => assert.closeTo(a, [1, -1, -1, 1][i]! * 0.5 / (0.5 + STD_FLOOR), 1e-15))
  })

  it("of equal rewards are zero to the bit", () => {
    for (const scale of ["std", "centre"] as const) {
      assert.deepStrictEqual([...groupAdvantages([0.1, 0.1, 0.1], scale)], [0, 0, 0])
    }
  })

  it("sum to zero", () => {
    for (const scale of ["std", "centre"] as const) {
      const sum = groupAdvantages([0.25, 0.75, 1, 0, 0.25], scale).reduce((a, b) => a + b, 0)
      assert.closeTo(sum, 0, 1e-12)
    }
  })
})
