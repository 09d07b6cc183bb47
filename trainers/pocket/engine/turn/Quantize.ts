import { BLOCK, blocksOfRow, type QuantizedMatrix, zeroBytes } from "../graph/Quantized.ts"

/** The bytes of a quantised matrix while it is being filled. */
export interface Blocks {
  readonly rows: number
  readonly columns: number
  readonly bits: 4 | 8
  readonly blocks: Uint8Array
  readonly scales: Float32Array
  readonly zeros: Uint8Array
  /** [columns / 32, rows]; absent where no block has one. */
  readonly offsets?: Float32Array
}

export const emptyBlocks = (rows: number, columns: number, bits: 4 | 8, withOffsets = false): Blocks => ({
  rows,
  columns,
  bits,
  blocks: new Uint8Array(rows * blocksOfRow(columns) * BLOCK * bits / 8),
  scales: new Float32Array(rows * blocksOfRow(columns)),
  zeros: new Uint8Array(rows * zeroBytes(columns, bits)),
  ...(withOffsets ? { offsets: new Float32Array(rows * blocksOfRow(columns)) } : {})
})

/** Writes number `index` of a row's zero points or codes, `bits` wide, low half first. */
const put = (into: Uint8Array, start: number, index: number, bits: 4 | 8, value: number): void => {
  if (bits === 8) into[start + index] = value
  else into[start + (index >> 1)]! |= index & 1 ? value << 4 : value
}

/**
 * Scale and zero point of 32 numbers from `low` to `high`, which include 0 or are made to: w = scale (q - zero) with whole q
 * from 0 to 2^bits - 1, so that 0 is exact.
 */
const rangeOf = (low: number, high: number, bits: 4 | 8): readonly [scale: number, zero: number] => {
  const levels = 2 ** bits - 1
  const from = Math.min(low, 0)
  const scale = Math.fround((Math.max(high, 0) - from) / levels)
  return scale === 0 ? [0, 2 ** (bits - 1)] : [scale, Math.min(levels, Math.max(0, Math.round(-from / scale)))]
}

/**
 * Quantises rows from `first` on, given as float32, along their columns. `gridOf` gives a block's scale and offset where the
 * numbers are that offset plus whole multiples of the scale already, from -2^(bits - 1) on: then nothing is lost.
 */
export const quantizeRows = (
  into: Blocks,
  first: number,
  values: Float32Array,
  gridOf?: (row: number, block: number) => readonly [scale: number, offset: number]
): void => {
  const { bits, columns } = into
  const count = blocksOfRow(columns)
  const width = BLOCK * bits / 8
  const levels = 2 ** bits - 1
  const zeroWidth = zeroBytes(columns, bits)
  for (let row = 0; row < values.length / columns; row++) {
    const at = first + row
    for (let block = 0; block < count; block++) {
      const start = row * columns + block * BLOCK
      const end = Math.min(start + BLOCK, (row + 1) * columns)
      let scale: number
      let zero: number
      let offset = 0
      if (gridOf === undefined) {
        let low = Infinity
        let high = -Infinity
        for (let index = start; index < end; index++) {
          const value = values[index]!
          if (value < low) low = value
          if (value > high) high = value
        }
        ;[scale, zero] = rangeOf(low, high, bits)
      } else {
        ;[scale, offset] = gridOf(row, block)
        if (into.offsets !== undefined) into.offsets[block * into.rows + at] = offset
        zero = 2 ** (bits - 1)
      }
      into.scales[at * count + block] = scale
      put(into.zeros, at * zeroWidth, block, bits, zero)
      const inverse = scale === 0 ? 0 : 1 / scale
      const codes = (at * count + block) * width
      for (let index = start; index < end; index++) {
        const code = Math.round((values[index]! - offset) * inverse) + zero
        put(into.blocks, codes, index - start, bits, code < 0 ? 0 : code > levels ? levels : code)
      }
    }
  }
}

/**
 * Quantises 32 rows (fewer at the end) of a matrix [.., width] as block `block` of each row of its transpose: the numbers of
 * a column share a scale.
 */
export const quantizeColumns = (into: Blocks, block: number, values: Float32Array, width: number): void => {
  const { bits, columns } = into
  const count = blocksOfRow(columns)
  const bytes = BLOCK * bits / 8
  const levels = 2 ** bits - 1
  const zeroWidth = zeroBytes(columns, bits)
  const rows = values.length / width
  const low = new Float32Array(width)
  const high = new Float32Array(width)
  const zeros = new Int32Array(width)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < width; column++) {
      const value = values[row * width + column]!
      if (value < low[column]!) low[column] = value
      if (value > high[column]!) high[column] = value
    }
  }
  const inverse = new Float32Array(width)
  for (let column = 0; column < width; column++) {
    const [scale, zero] = rangeOf(low[column]!, high[column]!, bits)
    into.scales[column * count + block] = scale
    put(into.zeros, column * zeroWidth, block, bits, zero)
    inverse[column] = scale === 0 ? 0 : 1 / scale
    zeros[column] = zero
  }
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < width; column++) {
      const code = Math.round(values[row * width + column]! * inverse[column]!) + zeros[column]!
      put(
        into.blocks,
        (column * count + block) * bytes,
        row,
        bits,
        code < 0 ? 0 : code > levels ? levels : code
      )
    }
  }
}

/** The matrix as the graphs take it, its bytes in memory. */
export const quantizedMatrix = (
  name: string,
  { bits, blocks, columns, offsets, rows, scales, zeros }: Blocks
): QuantizedMatrix => ({
  name,
  out: rows,
  in: columns,
  bits,
  blocks,
  scales,
  zeros,
  ...(offsets === undefined ? {} : { offsets })
})

/** The numbers that a quantised matrix stands for, [rows, columns]. */
export const dequantized = ({ bits, blocks, columns, offsets, rows, scales, zeros }: Blocks): Float32Array => {
  const count = blocksOfRow(columns)
  const take = (from: Uint8Array, start: number, index: number) =>
    bits === 8 ? from[start + index]! : from[start + (index >> 1)]! >> 4 * (index & 1) & 15
  return Float32Array.from({ length: rows * columns }, (_, at) => {
    const row = Math.floor(at / columns)
    const block = row * count + Math.floor(at % columns / BLOCK)
    const code = take(blocks, block * BLOCK * bits / 8, at % columns % BLOCK)
    const within = Math.floor(at % columns / BLOCK)
    return scales[block]! * (code - take(zeros, row * zeroBytes(columns, bits), within))
      + (offsets?.[within * rows + row] ?? 0)
  })
}
