/** Numbers to raw little-endian buffers and back, whatever the alignment of the slice and the order of the machine. */
import { refuse } from "./WireError.ts"

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const counted = (bytes: Uint8Array, size: number, what: string): number =>
  bytes.byteLength % size === 0
    ? bytes.byteLength / size
    : refuse("decode", what, `${bytes.byteLength} bytes are not a whole number of ${size}-byte values`)

const write = (
  values: ReadonlyArray<number>,
  size: number,
  put: (view: DataView, at: number, value: number) => void
): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(values.length * size)
  const into = view(bytes)
  for (let i = 0; i < values.length; i++) put(into, i * size, values[i]!)
  return bytes
}

const read = (
  bytes: Uint8Array,
  size: number,
  what: string,
  get: (view: DataView, at: number) => number
): ReadonlyArray<number> => {
  const count = counted(bytes, size, what)
  const from = view(bytes)
  // Results have hundreds of thousands of numbers: growing an array, or spreading a typed one, costs several times as much.
  const values: Array<number> = []
  values.length = count
  for (let i = 0; i < count; i++) values[i] = get(from, i * size)
  return values
}

const TWO_32 = 4_294_967_296

const whole = (value: number, what: string): number =>
  Number.isSafeInteger(value) ? value : refuse("encode", what, `${value} is not a whole number below 2^53`)

export const fromInt32 = (values: ReadonlyArray<number>, what: string): Uint8Array<ArrayBuffer> =>
  write(values, 4, (into, at, value) => {
    if ((value | 0) !== value) refuse("encode", what, `${value} is not a 32-bit whole number`)
    into.setInt32(at, value, true)
  })

export const toInt32 = (bytes: Uint8Array, what: string): ReadonlyArray<number> =>
  read(bytes, 4, what, (from, at) => from.getInt32(at, true))

export const fromFloat32 = (values: ReadonlyArray<number>): Uint8Array<ArrayBuffer> =>
  write(values, 4, (into, at, value) => into.setFloat32(at, value, true))

export const toFloat32 = (bytes: Uint8Array, what: string): ReadonlyArray<number> =>
  read(bytes, 4, what, (from, at) => from.getFloat32(at, true))

export const fromInt64 = (values: ReadonlyArray<number>, what: string): Uint8Array<ArrayBuffer> =>
  write(values, 8, (into, at, value) => {
    const high = Math.floor(whole(value, what) / TWO_32)
    into.setUint32(at, value - high * TWO_32, true)
    into.setInt32(at + 4, high, true)
  })

export const toInt64 = (bytes: Uint8Array, what: string): ReadonlyArray<number> =>
  read(bytes, 8, what, (from, at) => {
    const value = from.getInt32(at + 4, true) * TWO_32 + from.getUint32(at, true)
    return Number.isSafeInteger(value) ? value : refuse("decode", what, "a 64-bit number is above 2^53")
  })

/** A bfloat16 is the upper half of a float32. */
export const toBfloat16 = (bytes: Uint8Array, what: string): ReadonlyArray<number> => {
  const scratch = new DataView(new ArrayBuffer(4))
  return read(bytes, 2, what, (from, at) => {
    scratch.setUint16(2, from.getUint16(at, true), true)
    return scratch.getFloat32(0, true)
  })
}
