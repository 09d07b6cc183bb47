import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { encodeFrame, type Frame, LARGEST_HEADER, makeFrameDecoder } from "./Frames.ts"

const join = (pieces: ReadonlyArray<Uint8Array>): Uint8Array => new Uint8Array(Buffer.concat(pieces))

/** Pushes bytes in pieces of the given sizes, the last size repeated. */
const decode = (bytes: Uint8Array, sizes: ReadonlyArray<number>) => {
  const decoder = makeFrameDecoder()
  const frames: Array<Frame> = []
  let at = 0
  for (let i = 0; at < bytes.length; i++) {
    const size = Math.max(1, sizes[Math.min(i, sizes.length - 1)] ?? bytes.length)
    const pushed = decoder.push(bytes.subarray(at, at + size))
    frames.push(...pushed.frames)
    if (pushed.problem !== undefined) return { frames, problem: pushed.problem, pending: decoder.pending() }
    at += size
  }
  return { frames, pending: decoder.pending() }
}

const Message = Schema.Struct({
  header: Schema.Struct({ type: Schema.String, id: Schema.Int, more: Schema.Array(Schema.String) }),
  payload: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 })))
})

const prefix = (magic: string, header: number, payload: bigint): Uint8Array => {
  const bytes = new Uint8Array(16)
  bytes.set(new TextEncoder().encode(magic))
  const view = new DataView(bytes.buffer)
  view.setUint32(4, header, true)
  view.setBigUint64(8, payload, true)
  return bytes
}

describe("frames", () => {
  it.effect.prop(
    "come out as they went in, however the bytes are cut",
    [Schema.Array(Message), Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 40 })))],
    ([messages, sizes]) =>
      Effect.sync(() => {
        const bytes = join(messages.flatMap(({ header, payload }) => encodeFrame(header, Uint8Array.from(payload))))
        const { frames, pending } = decode(bytes, sizes)
        assert.strictEqual(pending, 0)
        assert.deepStrictEqual(
          frames.map(({ header, payload }) => [JSON.stringify(header), [...payload]]),
          messages.map(({ header, payload }) => [JSON.stringify(header), [...payload]])
        )
      })
  )

  it.effect.prop(
    "that are cut short wait for the rest",
    [Message, Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1000 }))],
    ([{ header, payload }, cut]) =>
      Effect.sync(() => {
        const bytes = join(encodeFrame(header, Uint8Array.from(payload)))
        const kept = cut % bytes.length
        const { frames, pending } = decode(bytes.subarray(0, kept), [7])
        assert.deepStrictEqual([frames.length, pending], [0, kept])
      })
  )

  it.effect.prop(
    "of other programs are named, wherever they begin",
    [
      Message,
      Schema.String.check(Schema.isMinLength(1)),
      Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9 }))
    ],
    ([{ header }, noise, size]) =>
      Effect.sync(() => {
        const garbage = new TextEncoder().encode(`!${noise}`)
        const { frames, problem } = decode(join([...encodeFrame(header), garbage]), [size])
        assert.strictEqual(frames.length, 1)
        assert.isString(problem)
      })
  )

  it("of unreasonable length are refused before anything is kept", () => {
    const long = makeFrameDecoder().push(prefix("CCW1", LARGEST_HEADER + 1, 0n))
    const fat = makeFrameDecoder().push(prefix("CCW1", 2, 2n ** 40n))
    assert.include(long.problem, "more than is allowed")
    assert.include(fat.problem, "more than is allowed")
  })

  it("say what came instead: text, another version, a header that is no JSON", () => {
    const problem = (bytes: Uint8Array) => decode(bytes, [1000]).problem
    assert.strictEqual(problem(new TextEncoder().encode("Segmentation fault\n")), "\"Segmentation fault\"")
    assert.strictEqual(problem(prefix("CCW2", 2, 0n)), "\"CCW2\"")
    assert.strictEqual(problem(Uint8Array.of(255, 254)), "2 bytes that are no text")
    assert.match(String(problem(join([prefix("CCW1", 3, 0n), new TextEncoder().encode("{a}")]))), /no JSON: "\{a\}"/)
  })

  it("keep their payload when the chunk they came in is used again", () => {
    const bytes = Buffer.concat(encodeFrame({ a: 1 }, Uint8Array.of(1, 2, 3)))
    const pushed = makeFrameDecoder().push(bytes)
    bytes.fill(0)
    assert.deepStrictEqual([...pushed.frames[0]!.payload], [1, 2, 3])
  })
})
