import type { Random } from "../../../core/Random.ts"

/** Index of the largest number; the first of equals. */
export const argmax = (values: Float32Array): number => {
  let best = 0
  for (let index = 1; index < values.length; index++) if (values[index]! > values[best]!) best = index
  return best
}

/**
 * Draws a token from temperature-1 log-probabilities. Temperature 0 takes the most likely. `topP` below 1 draws from the
 * smallest set of most likely tokens that holds that much of the tempered mass (Holtzman et al. 2020).
 */
export const drawToken = (
  logProbs: Float32Array,
  temperature: number,
  topP: number,
  random: Random
): number => {
  const best = argmax(logProbs)
  if (temperature === 0) return best
  const weights = new Float64Array(logProbs.length)
  let total = 0
  for (let index = 0; index < weights.length; index++) {
    const weight = Math.exp((logProbs[index]! - logProbs[best]!) / temperature)
    weights[index] = weight
    total += weight
  }
  if (topP >= 1) return pick(weights, total, random)

  const order = likely(weights, topP * total).sort((a, b) => weights[b]! - weights[a]! || a - b)
  let kept = 0
  let count = 0
  while (count < order.length && kept < topP * total) kept += weights[order[count++]!]!
  const nucleus = order.subarray(0, Math.max(count, 1))
  return nucleus[pick(Float64Array.from(nucleus, (index) => weights[index]!), kept, random)]!
}

/**
 * The indices of all weights that are not below some bound and sum to at least `mass`: the nucleus is among them, and of a
 * large vocabulary they are few to sort.
 */
const likely = (weights: Float64Array, mass: number): Uint32Array => {
  for (const bound of [1e-2, 1e-4]) {
    const found: Array<number> = []
    let sum = 0
    for (let index = 0; index < weights.length; index++) {
      if (weights[index]! < bound) continue
      found.push(index)
      sum += weights[index]!
    }
    if (sum >= mass * (1 + 1e-9)) return Uint32Array.from(found)
  }
  return Uint32Array.from(weights, (_, index) => index)
}

const pick = (weights: Float64Array, total: number, random: Random): number => {
  let left = random.uniform() * total
  for (let index = 0; index < weights.length; index++) {
    left -= weights[index]!
    if (left < 0) return index
  }
  // Rounding can leave a crumb at the end: take the last token with any mass.
  return weights.findLastIndex((weight) => weight > 0)
}

/** The K largest of a row, by falling value and then by index. */
export const topK = (
  row: Float32Array,
  k: number
): ReadonlyArray<{ readonly id: number; readonly logProb: number }> => {
  const found: Array<{ readonly id: number; readonly logProb: number }> = []
  const count = Math.min(k, row.length)
  for (let id = 0; id < row.length; id++) {
    const logProb = row[id]!
    if (found.length === count && (count === 0 || logProb <= found[count - 1]!.logProb)) continue
    let at = found.length
    while (at > 0 && found[at - 1]!.logProb < logProb) at--
    found.splice(at, 0, { id, logProb })
    if (found.length > count) found.pop()
  }
  return found
}
