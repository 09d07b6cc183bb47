import type { Divergence } from "../../core/Loss.ts"
import { divergence, divergenceGradient } from "../../trainers/math/Divergence.ts"
import { logSumExp, logTail, type Vector } from "../../trainers/math/LogSoftmax.ts"

/** Ids of the k most likely outcomes, most likely first, ties by id. */
export const topIndices = (logP: Vector, k: number): ReadonlyArray<number> =>
  Array.from({ length: logP.length }, (_, v) => v)
    .sort((a, b) => logP[b]! - logP[a]! || a - b)
    .slice(0, k)

/** Every id of either set once: the robust support when student and teacher disagree. */
export const unionIndices = (a: ReadonlyArray<number>, b: ReadonlyArray<number>): ReadonlyArray<number> => [
  ...new Set([...a, ...b])
]

/** True log-probabilities at `indices`, then one bucket with the rest of the mass: length K + 1. */
const withTail = (logP: Vector, indices: ReadonlyArray<number>): Float64Array => {
  const head = indices.map((v) => logP[v]!)
  return Float64Array.from([...head, logTail(head)])
}

/**
 * Divergence over K outcomes and a tail bucket (SDPO, appendix A.3). Never above the full divergence (data
 * processing), and equal to it from K = V - 1 on. Without the tail the sum over K outcomes is no divergence at all: it
 * can be negative.
 */
export const topKDivergence = (
  kind: Divergence,
  logP: Vector,
  logQ: Vector,
  indices: ReadonlyArray<number>
): number => divergence(kind, withTail(logP, indices), withTail(logQ, indices))

/**
 * Gradient of `topKDivergence` in all V student logits; the tail's share is spread by p_v / p_tail. `indices` are
 * fixed.
 */
export const topKDivergenceGradient = (
  kind: Divergence,
  logP: Vector,
  logQ: Vector,
  indices: ReadonlyArray<number>
): Float64Array => {
  const buckets = divergenceGradient(kind, withTail(logP, indices), withTail(logQ, indices))
  const tail = buckets[indices.length]!
  const rest = new Set(indices)
  const logRest = logSumExp(Array.from(logP).filter((_, v) => !rest.has(v)))
  const out = Float64Array.from(logP, (s) => logRest === -Infinity ? 0 : tail * Math.exp(s - logRest))
  indices.forEach((v, k) => out[v] = buckets[k]!)
  return out
}
