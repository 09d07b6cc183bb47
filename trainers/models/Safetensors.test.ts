import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { encodeSafetensors, parseSafetensors } from "./Safetensors.ts"

const tensors = new Map([
  ["a.weight", { shape: [2, 3], data: Float32Array.of(1, -2, 3.5, 0, 1e-30, 65504) }],
  ["b", { shape: [2], data: Float32Array.of(0.1, -0.1) }]
])
const bytes = encodeSafetensors(tensors)

/** A file with one tensor of the given type and raw 16-bit numbers. */
const halves = (dtype: string, shape: ReadonlyArray<number>, bits: ReadonlyArray<number>, end = 2 * bits.length) => {
  const json = new TextEncoder().encode(JSON.stringify({ t: { dtype, shape, data_offsets: [0, end] } }))
  const file = new Uint8Array(8 + json.length + 2 * bits.length)
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true)
  file.set(json, 8)
  file.set(new Uint8Array(Uint16Array.from(bits).buffer), 8 + json.length)
  return file
}

describe("safetensors", () => {
  it.effect("comes back as written, from any view of the bytes", () =>
    Effect.gen(function*() {
      const shifted = new Uint8Array(bytes.length + 5)
      shifted.set(bytes, 5)
      for (const source of [bytes, Buffer.from(bytes), shifted.subarray(5)]) {
        assert.deepStrictEqual(yield* parseSafetensors("m.safetensors", source), tensors)
      }
    }))

  it.effect("reads half precision and bfloat16", () =>
    Effect.gen(function*() {
      const half = yield* parseSafetensors(
        "m",
        halves("F16", [6], [0x3c00, 0xc000, 0x7bff, 0x0001, 0x0400, 0x8000])
      )
      assert.deepStrictEqual([...half.get("t")!.data], [1, -2, 65504, 2 ** -24, 2 ** -14, -0])
      const brain = yield* parseSafetensors("m", halves("BF16", [3], [0x3f80, 0xc000, 0x4049]))
      assert.deepStrictEqual([...brain.get("t")!.data], [1, -2, 3.140625])
    }))

  it.effect("leaves out what is not asked for", () =>
    Effect.gen(function*() {
      const found = yield* parseSafetensors("m", bytes, (name) => name === "b")
      assert.deepStrictEqual([...found.keys()], ["b"])
    }))

  it.effect.prop("refuses any beginning of itself, naming the file", {
    length: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: bytes.length - 1 }))
  }, ({ length }) =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(parseSafetensors("dir/m.safetensors", bytes.subarray(0, length)))
      assert.strictEqual(error.reason, "ModelFiles")
      assert.include(error.message, "dir/m.safetensors")
    }))

  for (
    const [name, file, said] of [
      ["a type it cannot read", halves("I64", [1], [0, 0, 0, 0]), "tensor \"t\" has dtype I64"],
      [
        "a shape that does not fit",
        halves("F16", [3], [0, 0]),
        "tensor \"t\" spans 4 bytes but shape [3] of F16 needs 6"
      ],
      ["data past the end", halves("F16", [4], [0, 0], 8), "tensor \"t\" ends at byte"],
      ["a negative size", halves("F16", [-2], [0, 0]), "tensor \"t\" has a bad header entry"]
    ] as const
  ) {
    it.effect(`refuses ${name}, naming the tensor`, () =>
      Effect.gen(function*() {
        assert.include((yield* Effect.flip(parseSafetensors("m", file))).message, said)
      }))
  }
})
