import { type Format, FORMATS, halfValues } from "./Formats.ts"

/*
 * From blocks to float32, as ggml defines them (ggml-quants.c) and to the bit what the Python package `gguf` gives: every
 * product is exact in float32, so only the last sum rounds.
 */

type Decode = (bytes: Uint8Array, half: Float32Array, into: Float32Array) => void

/** Calls `block` for each block with the offset of its bytes and of its numbers. */
const blocks = (format: Format, bytes: Uint8Array, block: (from: number, to: number) => void): void => {
  const size = FORMATS[format]
  for (let from = 0, to = 0; from < bytes.length; from += size.bytes, to += size.values) block(from, to)
}

const halfAt = (bytes: Uint8Array, half: Float32Array, at: number): number => half[bytes[at]! | bytes[at + 1]! << 8]!

/** 32 numbers of 4 bits with a scale: low halves of the 16 bytes first. */
const q4 = (format: "Q4_0" | "Q4_1"): Decode => (bytes, half, into) =>
  blocks(format, bytes, (from, to) => {
    const scale = halfAt(bytes, half, from)
    const least = format === "Q4_0" ? -8 * scale : halfAt(bytes, half, from + 2)
    const codes = from + (format === "Q4_0" ? 2 : 4)
    for (let i = 0; i < 16; i++) {
      const code = bytes[codes + i]!
      into[to + i] = scale * (code & 15) + least
      into[to + 16 + i] = scale * (code >> 4) + least
    }
  })

/** The same with a fifth bit for each number, together in 4 bytes. */
const q5 = (format: "Q5_0" | "Q5_1"): Decode => (bytes, half, into) =>
  blocks(format, bytes, (from, to) => {
    const scale = halfAt(bytes, half, from)
    const least = format === "Q5_0" ? -16 * scale : halfAt(bytes, half, from + 2)
    const high = from + (format === "Q5_0" ? 2 : 4)
    const codes = high + 4
    for (let i = 0; i < 16; i++) {
      const code = bytes[codes + i]!
      const low = bytes[high + (i >> 3)]! >> (i & 7) & 1
      const up = bytes[high + 2 + (i >> 3)]! >> (i & 7) & 1
      into[to + i] = scale * (code & 15 | low << 4) + least
      into[to + 16 + i] = scale * (code >> 4 | up << 4) + least
    }
  })

const q8: Decode = (bytes, half, into) =>
  blocks("Q8_0", bytes, (from, to) => {
    const scale = halfAt(bytes, half, from)
    for (let i = 0; i < 32; i++) into[to + i] = scale * (bytes[from + 2 + i]! << 24 >> 24)
  })

/** Scale and minimum of part `part` (of 8) of a Q4_K or Q5_K block, 6 bits each, packed in 12 bytes at `at`. */
const scaleOf = (bytes: Uint8Array, at: number, part: number): number =>
  part < 4 ? bytes[at + part]! & 63 : bytes[at + 4 + part]! & 15 | bytes[at + part - 4]! >> 6 << 4
const leastOf = (bytes: Uint8Array, at: number, part: number): number =>
  part < 4 ? bytes[at + 4 + part]! & 63 : bytes[at + 4 + part]! >> 4 | bytes[at + part]! >> 6 << 4

/** Scale and minimum of part `part` (of 8) of the Q4_K or Q5_K block at `from`: a number is scale * code - minimum. */
export const partOfK = (
  bytes: Uint8Array,
  from: number,
  part: number,
  half: Float32Array = halfValues()
): readonly [scale: number, minimum: number] => [
  halfAt(bytes, half, from) * scaleOf(bytes, from + 4, part),
  halfAt(bytes, half, from + 2) * leastOf(bytes, from + 4, part)
]

/** 256 numbers of 4 or 5 bits in 8 parts of 32. Two parts share 32 bytes; a fifth bit lies in 32 bytes before them. */
const qk = (format: "Q4_K" | "Q5_K"): Decode => (bytes, half, into) =>
  blocks(format, bytes, (from, to) => {
    const scale = halfAt(bytes, half, from)
    const least = halfAt(bytes, half, from + 2)
    const high = from + 16
    const codes = format === "Q5_K" ? high + 32 : high
    for (let part = 0; part < 8; part++) {
      const step = scale * scaleOf(bytes, from + 4, part)
      const lowest = least * leastOf(bytes, from + 4, part)
      const shift = (part & 1) * 4
      for (let i = 0; i < 32; i++) {
        const fifth = format === "Q5_K" ? (bytes[high + i]! >> part & 1) << 4 : 0
        into[to + 32 * part + i] = step * (bytes[codes + 32 * (part >> 1) + i]! >> shift & 15 | fifth) - lowest
      }
    }
  })

/** 256 numbers of 6 bits, less 32, in 16 parts with a signed 8-bit scale each. */
const q6k: Decode = (bytes, half, into) =>
  blocks("Q6_K", bytes, (from, to) => {
    const scale = halfAt(bytes, half, from + 208)
    for (let side = 0; side < 2; side++) {
      for (let quarter = 0; quarter < 4; quarter++) {
        const low = from + 64 * side + 32 * (quarter & 1)
        const high = from + 128 + 32 * side
        const scales = from + 192 + 8 * side + 2 * quarter
        for (let i = 0; i < 32; i++) {
          const four = bytes[low + i]! >> 4 * (quarter >> 1) & 15
          const two = bytes[high + i]! >> 2 * quarter & 3
          const part = scale * (bytes[scales + (i >> 4)]! << 24 >> 24)
          into[to + 128 * side + 32 * quarter + i] = part * ((four | two << 4) - 32)
        }
      }
    }
  })

const decoders: Readonly<Record<Format, Decode>> = {
  F32: (bytes, _, into) => new Uint8Array(into.buffer, into.byteOffset, into.byteLength).set(bytes),
  F16: (bytes, half, into) => {
    for (let i = 0; i < into.length; i++) into[i] = halfAt(bytes, half, 2 * i)
  },
  BF16: (bytes, _, into) => {
    const bits = new Uint16Array(into.buffer, into.byteOffset, 2 * into.length)
    for (let i = 0; i < into.length; i++) bits[2 * i + 1] = bytes[2 * i]! | bytes[2 * i + 1]! << 8
  },
  Q8_0: q8,
  Q4_0: q4("Q4_0"),
  Q4_1: q4("Q4_1"),
  Q5_0: q5("Q5_0"),
  Q5_1: q5("Q5_1"),
  Q4_K: qk("Q4_K"),
  Q5_K: qk("Q5_K"),
  Q6_K: q6k
}

/** The numbers that whole blocks hold, in order. */
export const dequantize = (format: Format, bytes: Uint8Array): Float32Array => {
  const { bytes: size, values } = FORMATS[format]
  const into = new Float32Array(bytes.length / size * values)
  decoders[format](bytes, halfValues(), into)
  return into
}
