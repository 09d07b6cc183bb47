/**
 * How numbers lie in a model file, with the names and ids that GGUF has for it: `values` numbers take `bytes` bytes. F32, F16
 * and BF16 are plain; Q4_0 to Q8_0 have a scale (and minimum) for 32 numbers, the K formats for parts of 256.
 */
export const FORMATS = {
  F32: { id: 0, values: 1, bytes: 4 },
  F16: { id: 1, values: 1, bytes: 2 },
  BF16: { id: 30, values: 1, bytes: 2 },
  Q8_0: { id: 8, values: 32, bytes: 34 },
  Q4_0: { id: 2, values: 32, bytes: 18 },
  Q4_1: { id: 3, values: 32, bytes: 20 },
  Q5_0: { id: 6, values: 32, bytes: 22 },
  Q5_1: { id: 7, values: 32, bytes: 24 },
  Q4_K: { id: 12, values: 256, bytes: 144 },
  Q5_K: { id: 13, values: 256, bytes: 176 },
  Q6_K: { id: 14, values: 256, bytes: 210 }
} as const

export type Format = keyof typeof FORMATS

export const FORMAT_NAMES = Object.keys(FORMATS) as ReadonlyArray<Format>

/** The format with this id in a GGUF file; undefined for those that cannot be read here. */
export const formatOf = (id: number): Format | undefined => FORMAT_NAMES.find((name) => FORMATS[name].id === id)

/** Bytes of a row of `columns` numbers, which must be whole blocks. */
export const rowBytes = (format: Format, columns: number): number =>
  columns / FORMATS[format].values * FORMATS[format].bytes

const halves = (): Float32Array =>
  Float32Array.from({ length: 65_536 }, (_, bits) => {
    const sign = bits & 0x8000 ? -1 : 1
    const exponent = (bits >> 10) & 0x1f
    const fraction = bits & 0x3ff
    if (exponent === 0) return sign * fraction * 2 ** -24
    if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
  })

let table: Float32Array | undefined

/** The values of all IEEE half-precision numbers by their 16 bits. */
export const halfValues = (): Float32Array => table ??= halves()
