import { assert, describe, it } from "@effect/vitest"
import type { Datum } from "../wire/index.ts"
import { chunked, datumBytes } from "./Chunks.ts"
import { float32, int64, tokens } from "./Data.ts"

const datum = (length: number): Datum => {
  const ids = Array.from({ length }, (_, index) => index)
  return { model_input: tokens(ids), loss_fn_inputs: { target_tokens: int64(ids), weights: float32(ids) } }
}

describe("parts of a batch", () => {
  it("estimates 4 bytes a token, raw tensors, 8 bytes a sparse index, images by their bytes", () => {
    assert.strictEqual(datumBytes(datum(10)), 10 * (4 + 8 + 4))
    assert.strictEqual(
      datumBytes({
        model_input: { chunks: [{ type: "image", data: "AQIDBAUG", format: "png" }, { type: "dmel", dmel: "AQID" }] },
        loss_fn_inputs: {
          weights: { ...float32([1, 2], [3, 2]), sparse_crow_indices: [0, 1, 1, 2], sparse_col_indices: [0, 1] }
        }
      }),
      6 + 3 + 2 * 4 + 6 * 8
    )
  })

  it("keep the order, stay below both bounds, and lose nothing", () => {
    const data = [5, 1, 8, 30, 2, 2, 2, 1, 1, 1, 1, 9].map(datum)
    const parts = chunked(data, 3, 200)
    assert.deepStrictEqual(parts.flatMap((part) => part.data), data)
    for (const part of parts) {
      assert.isAtMost(part.data.length, 3)
      assert.isTrue(part.bytes <= 200 || part.data.length === 1)
      assert.strictEqual(part.bytes, part.data.reduce((sum, one) => sum + datumBytes(one), 0))
    }
    assert.deepStrictEqual(parts.map((part) => part.data.length), [2, 1, 1, 3, 3, 2])
  })

  it("are one where nothing has to be cut", () => {
    assert.strictEqual(chunked([datum(3), datum(4)], 1024, 5_000_000).length, 1)
  })
})
