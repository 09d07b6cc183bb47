import type { Vector } from "./LogSoftmax.ts"

/** sum_t m_t x_t / sum_t m_t; 0 when nothing is left by the mask. Default mask: all ones. */
export const tokenMean = (values: Vector, mask?: Vector): number => {
  let sum = 0
  let count = 0
  for (let t = 0; t < values.length; t++) {
    const m = mask === undefined ? 1 : mask[t]!
    if (m === 0) continue
    sum += m * values[t]!
    count += m
  }
  return count === 0 ? 0 : sum / count
}

/** sum_t x_t. */
export const sum = (values: Vector): number => {
  let total = 0
  for (let t = 0; t < values.length; t++) total += values[t]!
  return total
}
