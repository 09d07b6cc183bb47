import { assert, describe, it } from "@effect/vitest"
import { Drafts, promptLookup } from "./Drafts.ts"

describe("a draft from the text before", () => {
  it("is what followed the longest end that stood before, the last of equals", () => {
    assert.deepStrictEqual(promptLookup([1, 2, 3, 4, 9, 2, 3, 5, 9, 1, 2, 3], 2, 2), [4, 9])
    assert.deepStrictEqual(promptLookup([2, 3, 4, 9, 2, 3, 5, 9, 2, 3], 1, 2), [5])
  })
  it("there is none without enough ids that stood before, or without room", () => {
    assert.deepStrictEqual(promptLookup([1, 2, 3, 4, 3], 4, 2), [])
    assert.deepStrictEqual(promptLookup([1, 2, 9, 1, 2], 4, 3), [])
    assert.deepStrictEqual(promptLookup([], 4, 2), [])
    assert.deepStrictEqual(promptLookup([1, 2, 1, 2], 0, 2), [])
  })
})

/** The distribution after some ids, told by one number. */
const after = (ids: ReadonlyArray<number>): number => ids.reduce((sum, id) => (31 * sum + id) % 1009, 7)

describe("distributions with a draft along", () => {
  it("are those after exactly the ids before them, in fewer runs where the draft comes true", async () => {
    let runs = 0
    const drafts = new Drafts({
      after: async (ids, draft = []) => {
        runs++
        return Float32Array.from({ length: 1 + draft.length }, (_, at) => after([...ids, ...draft.slice(0, at)]))
      },
      end: () => {}
    }, 1)
    const text = [5, 6, 7, 8, 5, 6, 7, 8, 5, 6, 9, 5, 6, 7, 8, 5, 6, 7, 7, 7, 8]
    for (let count = 4; count < text.length; count++) {
      const ids = text.slice(0, count)
      assert.deepStrictEqual([...(await drafts.after(ids, text.length - count))!], [after(ids)])
    }
    assert.isBelow(runs, text.length - 4)
  })
  it("cost little in a text whose repetitions go on otherwise", async () => {
    let rows = 0
    let runs = 0
    const drafts = new Drafts({
      after: async (_, draft = []) => {
        runs++
        rows += 1 + draft.length
        return new Float32Array(1 + draft.length)
      },
      end: () => {}
    }, 1)
    const text = Array.from({ length: 60 }, (_, at) => at % 4 === 3 ? 100 + at : at % 4)
    for (let count = 8; count < text.length; count++) await drafts.after(text.slice(0, count), 99)
    assert.isAtMost(rows, 1.2 * runs)
  })
  it("a run that gives one row at a time is enough, and one that was cancelled says so", async () => {
    const one = new Drafts({ after: async (ids) => Float32Array.of(after(ids)), end: () => {} }, 1)
    for (const ids of [[1, 2, 1, 2], [1, 2, 1, 2, 1]]) {
      assert.deepStrictEqual([...(await one.after(ids, 9))!], [after(ids)])
    }
    const stopped = new Drafts({ after: async () => undefined, end: () => {} }, 1)
    assert.isUndefined(await stopped.after([1, 2, 1, 2], 9))
  })
})
