import { topK } from "./Sampling.ts"

/** Above this many a row is sorted as a whole. */
const FEW = 256

/** Indices of the k largest entries of a row. */
const largest = (row: Float32Array, k: number): Iterable<number> =>
  k <= FEW
    ? topK(row, k).map(({ id }) => id)
    : Uint32Array.from(row.keys()).sort((a, b) => row[b]! - row[a]! || a - b).subarray(0, k)

/** Log of the mass outside `kept`, summed up outside so that nothing cancels. */
const logRest = (row: Float32Array, kept: Iterable<number>): number => {
  const rest = row.slice()
  for (const v of kept) rest[v] = -Infinity
  let sum = 0
  for (let v = 0; v < rest.length; v++) sum += Math.exp(rest[v]!)
  return Math.log(sum)
}

/**
 * The teacher that makes a divergence over the whole vocabulary one over the student's K most likely tokens and a tail: its own
 * probabilities on those, and the rest of its mass spread over the others as the student spreads his. With S the K tokens,
 * KL(p || q') = sum_S p (s - t) + p_tail (log p_tail - log q_tail), and likewise for the other divergences and for the
 * gradient in the student's logits. Both [C, V], log-probabilities.
 */
export const withTail = (student: Float32Array, teacher: Float32Array, size: number, k: number): Float32Array => {
  if (k >= size) return teacher
  const out = new Float32Array(teacher)
  for (let at = 0; at < teacher.length; at += size) {
    const p = student.subarray(at, at + size)
    const q = teacher.subarray(at, at + size)
    const kept = [...largest(p, k)]
    const gap = logRest(q, kept) - logRest(p, kept)
    if (!Number.isFinite(gap)) continue
    for (let v = 0; v < size; v++) out[at + v] = p[v]! + gap
    for (const v of kept) out[at + v] = q[v]!
  }
  return out
}
