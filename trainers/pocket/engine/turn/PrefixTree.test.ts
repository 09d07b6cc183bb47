import { assert, describe, it } from "@effect/vitest"
import { makeRandom } from "../../../../core/Random.ts"
import { PrefixTree } from "./PrefixTree.ts"

/** A segment of one head of size 1 that holds the ids themselves. */
const segmentOf = (ids: ReadonlyArray<number>) => [Float32Array.from(ids)]

const found = (tree: PrefixTree, key: string, ids: ReadonlyArray<number>) =>
  tree.find(key, ids).flatMap(({ segment, taken }) => [...segment[0]!.subarray(0, taken)])

/** Adds what is not known yet, in pieces, as prompts are computed. */
const compute = (tree: PrefixTree, key: string, ids: ReadonlyArray<number>, piece: number) => {
  let place = found(tree, key, ids).length
  while (place < ids.length) {
    const next = ids.slice(place, place + piece)
    tree.add(key, ids.slice(0, place + next.length), place, segmentOf(next))
    place += next.length
  }
}

describe("the tree of prompts", () => {
  it("finds the longest known beginning, whatever shares it, and keeps each beginning once", () => {
    const random = makeRandom(1)
    const tree = new PrefixTree(1e9)
    const prompts = Array.from(
      { length: 60 },
      () => Array.from({ length: 1 + Math.floor(40 * random.uniform()) }, () => Math.floor(3 * random.uniform()))
    )
    const known: Array<ReadonlyArray<number>> = []
    for (const prompt of prompts) {
      const shared = Math.max(
        0,
        ...known.map((other) => {
          let count = 0
          while (count < prompt.length && prompt[count] === other[count]) count++
          return count
        })
      )
      assert.deepStrictEqual(found(tree, "base", prompt), prompt.slice(0, shared))
      assert.deepStrictEqual(found(tree, "other", prompt), [])
      compute(tree, "base", prompt, 1 + Math.floor(9 * random.uniform()))
      assert.deepStrictEqual(found(tree, "base", prompt), prompt)
      known.push(prompt)
    }
    const beginnings = new Set(known.flatMap((ids) => ids.map((_, end) => ids.slice(0, end + 1).join())))
    assert.strictEqual(tree.bytes, 4 * beginnings.size)
  })

  it("drops the end of the branch that was used longest ago, never what others continue", () => {
    const tree = new PrefixTree(4 * 8)
    compute(tree, "base", [1, 2, 3, 4], 2)
    compute(tree, "base", [1, 2, 5, 6], 2)
    found(tree, "base", [1, 2, 3, 4])
    compute(tree, "base", [1, 2, 7, 8], 2)
    assert.deepStrictEqual(found(tree, "base", [1, 2, 5, 6]), [1, 2, 5, 6])
    found(tree, "base", [1, 2, 3, 4])
    compute(tree, "base", [1, 2, 9, 9], 2)
    assert.deepStrictEqual(found(tree, "base", [1, 2, 3, 4]), [1, 2, 3, 4])
    assert.deepStrictEqual(found(tree, "base", [1, 2, 7, 8]), [1, 2])
    assert.isAtMost(tree.bytes, 4 * 8)
  })

  it("a prompt of another beginning does not join what is not there", () => {
    const tree = new PrefixTree(1e9)
    tree.add("base", [1, 2, 3], 2, segmentOf([3]))
    assert.deepStrictEqual(found(tree, "base", [1, 2, 3]), [])
    assert.strictEqual(tree.bytes, 0)
  })
})
