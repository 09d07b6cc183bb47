/** Matrices in CSR form. */
import * as Effect from "effect/Effect"
import { codec } from "./Codec.ts"
import type { TensorData } from "./Values.ts"
import { refuse, type WireError } from "./WireError.ts"

const WHAT = "A sparse tensor"

/** The tensor with all its zeros. Fails where the indices do not fit. */
export const toDense = (tensor: TensorData): Effect.Effect<TensorData, WireError> => {
  const { sparse_col_indices: columns, sparse_crow_indices: rows } = tensor
  if (rows === undefined || rows === null || columns === undefined || columns === null) return Effect.succeed(tensor)
  return codec("decode", WHAT, () => {
    const [height = 0, width = 0] = tensor.shape ?? []
    const monotone = rows.every((row, index) => index === 0 ? row === 0 : row >= rows[index - 1]!)
    if (rows.length !== height + 1 || !monotone || rows.at(-1) !== tensor.data.length) {
      refuse("decode", WHAT, `its row indices do not fit ${height} rows of ${tensor.data.length} values in total`)
    }
    const data = Array.from({ length: height * width }, () => 0)
    for (let row = 0; row < height; row++) {
      for (let at = rows[row]!; at < rows[row + 1]!; at++) {
        const column = columns[at]
        if (column === undefined || column < 0 || column >= width) {
          return refuse("decode", WHAT, `column ${column} of row ${row} lies outside ${width}`)
        }
        data[row * width + column] = tensor.data[at]!
      }
    }
    return { data, dtype: tensor.dtype, shape: [height, width] }
  })
}

/** CSR where that is shorter than the full matrix: (rows + 1) + 2 × non-zeros < rows × columns; else the tensor as it is. */
export const toSparseIfShorter = (tensor: TensorData): TensorData => {
  const [height, width, ...more] = tensor.shape ?? []
  if (height === undefined || width === undefined || more.length > 0 || tensor.sparse_crow_indices) return tensor
  const nonZero = tensor.data.filter((value) => value !== 0).length
  if (height + 1 + 2 * nonZero >= height * width) return tensor
  const rows = [0]
  const columns: Array<number> = []
  const data: Array<number> = []
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const value = tensor.data[row * width + column]!
      if (value === 0) continue
      columns.push(column)
      data.push(value)
    }
    rows.push(columns.length)
  }
  return { data, dtype: tensor.dtype, shape: [height, width], sparse_crow_indices: rows, sparse_col_indices: columns }
}
