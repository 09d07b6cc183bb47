/** How a distribution is changed before a token is drawn. */
export interface DrawOptions {
  readonly temperature: number
  /** -1 keeps every token. */
  readonly topK: number
  readonly topP: number
}

/** Log-softmax of a row, nats. */
export const logSoftmax = (logits: ReadonlyArray<number>): ReadonlyArray<number> => {
  const highest = logits.reduce((a, b) => Math.max(a, b), -Infinity)
  const log = Math.log(logits.reduce((sum, x) => sum + Math.exp(x - highest), 0)) + highest
  return logits.map((x) => x - log)
}

/** Ids of a row from the most likely down; the smaller id first among equals. */
const order = (row: ReadonlyArray<number>): ReadonlyArray<number> =>
  row.map((_, id) => id).sort((a, b) => row[b]! - row[a]! || a - b)

/** The k most likely ids of a row with their log-probabilities. */
export const mostLikely = (row: ReadonlyArray<number>, k: number): ReadonlyArray<readonly [number, number]> =>
  k === 0 ? [] : order(row).slice(0, k).map((id) => [id, row[id]!] as const)

/**
 * The distribution that a token is drawn from: raw log-probabilities with temperature, then top-k, then top-p applied, and
 * normalised. What is cut away is -Infinity. Temperature 0 leaves the most likely token alone.
 */
export const processedRow = (row: ReadonlyArray<number>, options: DrawOptions): ReadonlyArray<number> => {
  const { temperature, topK, topP } = options
  if (temperature === 0) {
    const best = order(row)[0]
    return row.map((_, id) => id === best ? 0 : -Infinity)
  }
  const tempered = temperature === 1 ? row : logSoftmax(row.map((x) => x / temperature))
  if (topK < 0 && topP >= 1) return tempered
  const kept = new Set<number>()
  let mass = 0
  for (const id of order(tempered).slice(0, topK < 0 ? undefined : topK)) {
    if (kept.size > 0 && mass >= topP) break
    kept.add(id)
    mass += Math.exp(tempered[id]!)
  }
  return logSoftmax(tempered.map((x, id) => kept.has(id) ? x : -Infinity))
}

/** Draws an id from log-probabilities with one number in [0, 1). */
export const draw = (row: ReadonlyArray<number>, uniform: number): number => {
  let left = uniform
  for (let id = 0; id < row.length; id++) {
    left -= Math.exp(row[id]!)
    if (left < 0) return id
  }
  return row.findLastIndex((x) => x > -Infinity)
}
