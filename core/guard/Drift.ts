import type { Scores } from "../LoraBackend.ts"

/** Mass below this is rounding, not probability. */
const LEAST = 1e-9

type Row = NonNullable<Scores["topK"]>[number]

/**
 * KL(before || after) at one position, nats, from the likeliest tokens of both sides: over the tokens listed in both, and
 * everything else as one. Never more than the KL over the whole vocabulary (data processing inequality), and equal to it
 * when all tokens are listed.
 */
export const klOfLikeliest = (before: Row, after: Row): number => {
  const now = new Map(after.map(({ id, logProb }) => [id, logProb]))
  let sum = 0
  let [restBefore, restAfter] = [1, 1]
  for (const { id, logProb } of before) {
    const other = now.get(id)
    if (other === undefined) continue
    const p = Math.exp(logProb)
    sum += p * (logProb - other)
    restBefore -= p
    restAfter -= Math.exp(other)
  }
  const [p, q] = [Math.max(restBefore, LEAST), Math.max(restAfter, LEAST)]
  return Math.max(0, sum + p * Math.log(p / q))
}

/**
 * Movement seen from the given tokens alone, nats per token: mean of exp(-|d|) - 1 + |d| with d the change of their
 * log-probability; the k3 estimate of KL, kept from growing faster than |d|.
 */
export const movementOf = (before: ReadonlyArray<number>, after: ReadonlyArray<number>): number =>
  before.reduce((sum, x, t) => {
    const change = Math.abs((after[t] ?? x) - x)
    return sum + Math.exp(-change) - 1 + change
  }, 0) / Math.max(1, before.length)
