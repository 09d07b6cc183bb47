import * as Result from "effect/Result"

/*
 * The framing of PROTOCOL.md: magic, header length (uint32), payload length (uint64), both little-endian, a JSON header, the
 * payload's bytes.
 */

/** Version of the protocol; the magic carries it too. */
export const PROTOCOL_VERSION = 1
const MAGIC = new TextEncoder().encode("CCW1")
const PREFIX = 16
export const LARGEST_HEADER = 256 * 2 ** 20
const LARGEST_PAYLOAD = 16 * 2 ** 30

/** One message: a JSON value, and the bytes that came with it. */
export interface Frame {
  readonly header: unknown
  readonly payload: Uint8Array
}

/** What a chunk completed. `problem` are bytes that are no frame, in words that fit after "it wrote". */
interface Pushed {
  readonly frames: ReadonlyArray<Frame>
  readonly problem?: string
}

const nothing = new Uint8Array(0)

/** A frame's bytes, in two pieces so that a large payload is not copied. */
export const encodeFrame = (header: unknown, payload: Uint8Array = nothing): ReadonlyArray<Uint8Array> => {
  const json = new TextEncoder().encode(JSON.stringify(header))
  const head = new Uint8Array(PREFIX + json.length)
  const view = new DataView(head.buffer)
  head.set(MAGIC)
  view.setUint32(4, json.length, true)
  view.setBigUint64(8, BigInt(payload.length), true)
  head.set(json, PREFIX)
  return payload.length === 0 ? [head] : [head, payload]
}

/** What was read instead of a frame, short enough for a sentence. */
const excerpt = (bytes: Uint8Array): string => {
  const text = new TextDecoder().decode(bytes.subarray(0, 120)).replaceAll(/[^\x20-\x7e]+/g, " ").trim()
  return text === "" ? `${bytes.length} bytes that are no text` : JSON.stringify(text)
}

const parse = (text: string): Result.Result<unknown, string> =>
  Result.try({
    try: (): unknown => JSON.parse(text),
    catch: () => `a header that is no JSON: ${JSON.stringify(text.slice(0, 120))}`
  })

/** Collects chunks of any size and hands out the frames in them. After a problem it is of no more use. */
interface FrameDecoder {
  readonly push: (chunk: Uint8Array) => Pushed
  /** Bytes of a frame that has begun and not ended. */
  readonly pending: () => number
}

export const makeFrameDecoder = (): FrameDecoder => {
  let chunks: Array<Uint8Array> = []
  let held = 0

  /** The first `count` bytes held, still held afterwards. Joins chunks only when it has to. */
  const peek = (count: number): Uint8Array => {
    const [first = nothing] = chunks
    if (first.length < count) {
      const joined = new Uint8Array(held)
      let at = 0
      for (const chunk of chunks) {
        joined.set(chunk, at)
        at += chunk.length
      }
      chunks = [joined]
      return joined.subarray(0, count)
    }
    return first.subarray(0, count)
  }
  const drop = (count: number): void => {
    const [first = nothing, ...others] = chunks
    chunks = first.length === count ? others : [first.subarray(count), ...others]
    held -= count
  }

  /** Length of the frame at the front once its prefix is there; undefined before. */
  const frameLength = (): Result.Result<readonly [header: number, payload: number] | undefined, string> => {
    const seen = Math.min(held, MAGIC.length)
    const magic = peek(seen)
    if (!magic.every((byte, index) => byte === MAGIC[index])) {
      return Result.fail(excerpt(peek(Math.min(held, 120))))
    }
    if (held < PREFIX) return Result.succeed(undefined)
    const prefix = peek(PREFIX)
    const view = new DataView(prefix.buffer, prefix.byteOffset)
    const header = view.getUint32(4, true)
    const payload = Number(view.getBigUint64(8, true))
    return header > LARGEST_HEADER || payload > LARGEST_PAYLOAD
      ? Result.fail(`a frame of ${header} and ${payload} bytes, more than is allowed`)
      : Result.succeed([header, payload])
  }

  const push: FrameDecoder["push"] = (chunk) => {
    if (chunk.length > 0) {
      chunks.push(chunk)
      held += chunk.length
    }
    const frames: Array<Frame> = []
    while (true) {
      const length = frameLength()
      if (Result.isFailure(length)) return { frames, problem: length.failure }
      if (length.success === undefined) break
      const [header, payload] = length.success
      if (held < PREFIX + header + payload) break
      const frame = peek(PREFIX + header + payload)
      const json = parse(new TextDecoder().decode(frame.subarray(PREFIX, PREFIX + header)))
      if (Result.isFailure(json)) return { frames, problem: json.failure }
      // A copy, which a Buffer's own slice is not: it outlives its chunk, and typed arrays need an aligned start.
      frames.push({ header: json.success, payload: new Uint8Array(frame.subarray(PREFIX + header)) })
      drop(PREFIX + header + payload)
    }
    return { frames }
  }
  return { push, pending: () => held }
}
