import { assert, describe, it } from "@effect/vitest"
import { keptAtMost, NEWEST_SNAPSHOTS, staysKept } from "./KeptSnapshots.ts"

const kept = (total: number): ReadonlyArray<number> =>
  Array.from({ length: total }, (_, index) => index + 1).filter((position) => staysKept(position, total))

describe("kept snapshots", () => {
  it("are the newest ones and ever fewer old ones, within the bound", () => {
    for (let total = 1; total <= 3000; total += total < 300 ? 1 : 37) {
      const positions = kept(total)
      assert.isAtMost(positions.length, keptAtMost(total))
      for (let age = 0; age < Math.min(total, NEWEST_SNAPSHOTS); age++) assert.include(positions, total - age)
    }
    assert.deepStrictEqual(kept(40), [8, 12, 16, 20, 24, 26, 28, 30, 32, 33, 34, 35, 36, 37, 38, 39, 40])
  })

  it("never come back once dropped", () => {
    for (let total = 1; total <= 300; total++) {
      const before = new Set(kept(total))
      for (const position of kept(total + 1)) if (position <= total) assert.isTrue(before.has(position))
    }
  })

  it("leave little to replay before any step", () => {
    for (const total of [9, 100, 777, 2048]) {
      const positions = kept(total)
      for (let target = 1; target <= total; target++) {
        const base = positions.findLast((position) => position < target) ?? 0
        assert.isAtMost(target - 1 - base, 1 + (total - target + 1) / 4, `${target} of ${total}`)
      }
    }
  })
})
