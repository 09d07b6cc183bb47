import * as Result from "effect/Result"
import type { PayloadLayout } from "./Messages.ts"

/** One array of a payload, row-major. */
interface NamedArray {
  readonly shape: ReadonlyArray<number>
  readonly data: Float32Array | Int32Array
}

/** The arrays a payload holds, by name. Fails with a phrase when layout and bytes do not agree. */
export const readArrays = (
  layout: PayloadLayout | undefined,
  payload: Uint8Array
): Result.Result<ReadonlyMap<string, NamedArray>, string> => {
  if (layout?.kind !== "arrays") return Result.fail("a reply without its arrays")
  const sized = layout.arrays.map((array) => ({
    ...array,
    size: array.shape.reduce((product, size) => product * size, 1)
  }))
  const wanted = sized.reduce((sum, { size }) => sum + 4 * size, 0)
  if (wanted !== payload.length) return Result.fail(`${payload.length} bytes for arrays of ${wanted}`)
  const arrays = new Map<string, NamedArray>()
  let at = 0
  for (const { dtype, name, shape, size } of sized) {
    const copy = new Uint8Array(payload.subarray(at, at + 4 * size)).buffer
    arrays.set(name, { shape, data: dtype === "int32" ? new Int32Array(copy) : new Float32Array(copy) })
    at += 4 * size
  }
  return Result.succeed(arrays)
}

/** The rows of `rows`, [T, width]. */
export const floatRows = (
  arrays: ReadonlyMap<string, NamedArray>,
  length: number,
  width: number
): Result.Result<ReadonlyArray<Float32Array>, string> => {
  const rows = arrays.get("rows")
  if (rows?.shape[0] !== length || rows.shape[1] !== width || !(rows.data instanceof Float32Array)) {
    return Result.fail(`rows that are not [${length}, ${width}]`)
  }
  const { data } = rows
  return Result.succeed(Array.from({ length }, (_, t) => data.subarray(t * width, (t + 1) * width)))
}

/** Rows of the K likeliest tokens out of `topKIds` and `topKLogProbs`, both [T, K]. */
export const topKRows = (
  arrays: ReadonlyMap<string, NamedArray>,
  length: number,
  k: number
): Result.Result<ReadonlyArray<ReadonlyArray<{ readonly id: number; readonly logProb: number }>>, string> => {
  const ids = arrays.get("topKIds")
  const logProbs = arrays.get("topKLogProbs")
  const fits = (array: NamedArray | undefined): array is NamedArray =>
    array !== undefined && array.shape.length === 2 && array.shape[0] === length && array.shape[1] === k
  if (!fits(ids) || !fits(logProbs)) return Result.fail(`top-K rows that are not [${length}, ${k}]`)
  return Result.succeed(
    Array.from(
      { length },
      (_, t) =>
        Array.from({ length: k }, (_, i) => ({ id: ids.data[t * k + i] ?? 0, logProb: logProbs.data[t * k + i] ?? 0 }))
    )
  )
}
