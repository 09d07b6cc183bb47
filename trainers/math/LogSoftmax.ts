/** Anything indexable by position: plain and typed arrays. */
export type Vector = ArrayLike<number>

/** log sum_v exp(x_v), stable for any finite input; -Infinity for an empty or all -Infinity vector. */
export const logSumExp = (values: Vector): number => {
  let max = -Infinity
  for (let v = 0; v < values.length; v++) max = Math.max(max, values[v]!)
  if (max === -Infinity) return -Infinity
  let sum = 0
  for (let v = 0; v < values.length; v++) sum += Math.exp(values[v]! - max)
  return max + Math.log(sum)
}

/** log(exp(a) + exp(b)). */
export const logAddExp = (a: number, b: number): number => {
  const max = Math.max(a, b)
  return max === -Infinity ? -Infinity : max + Math.log1p(Math.exp(Math.min(a, b) - max))
}

/** Log-probabilities (nats) of logits divided by `temperature`. */
export const logSoftmax = (logits: Vector, temperature = 1): Float64Array => {
  const scaled = Float64Array.from(logits, (z) => z / temperature)
  const normaliser = logSumExp(scaled)
  return scaled.map((z) => z - normaliser)
}

/** Shannon entropy (nats) of a distribution given by log-probabilities. */
export const entropy = (logP: Vector): number => {
  let sum = 0
  for (let v = 0; v < logP.length; v++) {
    const p = Math.exp(logP[v]!)
    if (p > 0) sum -= p * logP[v]!
  }
  return sum
}

/** Index of the largest entry, the first of equals. */
export const argmax = (values: Vector): number => {
  let best = 0
  for (let v = 1; v < values.length; v++) if (values[v]! > values[best]!) best = v
  return best
}

/** Keeps the tail's mass away from zero, so that its logarithm and its gradient stay finite. */
const LARGEST_HEAD = -1e-12

/** log(1 - sum exp(head)), computed as log(-expm1(L)) with L = min(logsumexp(head), -1e-12). */
export const logTail = (head: Vector): number => Math.log(-Math.expm1(Math.min(logSumExp(head), LARGEST_HEAD)))
