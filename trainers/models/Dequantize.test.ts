import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { dequantize } from "./Dequantize.ts"
import { FORMAT_NAMES, FORMATS } from "./Formats.ts"

/** Blocks and what the Python package `gguf` makes of them; see make_blocks.py there. */
const fixture: Readonly<Record<string, { readonly blocks: string; readonly values: string }>> = JSON.parse(
  readFileSync(new URL("./fixtures/blocks.json", import.meta.url), "utf8")
)

describe("dequantize", () => {
  for (const format of FORMAT_NAMES) {
    it(`${format}: gives the reference's numbers to the bit`, () => {
      const { blocks, values } = fixture[format]!
      const bytes = new Uint8Array(Buffer.from(blocks, "base64"))
      const expected = new Float32Array(new Uint8Array(Buffer.from(values, "base64")).buffer)
      const found = dequantize(format, bytes)
      assert.strictEqual(found.length, bytes.length / FORMATS[format].bytes * FORMATS[format].values)
      assert.isAbove(new Set(expected).size, 20)
      // Zeros of either sign are one number.
      assert.deepStrictEqual(Array.from(found, (value) => value + 0), Array.from(expected, (value) => value + 0))
    })
  }
})
