import type { Following } from "./Calculator.ts"

/** How many ids at the end must have stood before for what followed them to be a draft, at least and at most: one more after each wrong one. */
const SHORTEST = 3
const LONGEST = 8
/** Ids of a draft: after one that did not come true whole, and at most. Four rows cost one and a half times as much as one, eight twice. */
const FEWEST = 3
const MOST = 12

/**
 * What followed the last occurrence of the end of `ids`, its last `shortest` or more, at most `limit` ids: a guess at how they go on, where a text says again
 * what it said (prompt lookup decoding, Saxena 2023). Empty without one.
 */
export const promptLookup = (
  ids: ReadonlyArray<number>,
  limit: number,
  shortest: number
): ReadonlyArray<number> => {
  if (limit <= 0) return []
  let best = 0
  let from = -1
  for (let end = ids.length - 1; end >= shortest && best < LONGEST; end--) {
    let length = 0
    while (length < LONGEST && length < end && ids[end - 1 - length] === ids[ids.length - 1 - length]) length++
    if (length > best) {
      best = length
      from = end
    }
  }
  return best < shortest ? [] : ids.slice(from, from + limit)
}

/**
 * Distributions of a sequence that grows, several at a time where its text has stood before: a draft of what may follow runs
 * along with the next token, and its rows are used as long as the tokens drawn are the draft's. Each is the distribution after
 * the tokens before it, so that drawing from them is drawing token by token, at any temperature.
 */
export class Drafts {
  readonly #run: Following
  readonly #size: number
  #rows: Float32Array = new Float32Array()
  #draft: ReadonlyArray<number> = []
  /** How many ids there were before the draft. */
  #start = 0
  #length = FEWEST
  #needed = SHORTEST

  /** `vocabularySize` is the length of a row. */
  constructor(run: Following, vocabularySize: number) {
    this.#run = run
    this.#size = vocabularySize
  }

  /** The distribution [V] after `ids`, of which at most `left` more are wanted; undefined where sampling was cancelled. */
  async after(ids: ReadonlyArray<number>, left: number): Promise<Float32Array | undefined> {
    const drawn = ids.length - this.#start
    const followed = this.#followed(ids)
    if (this.#rows.length > 0 && drawn > 0 && followed === drawn) return this.#row(drawn)
    if (this.#draft.length > 0) {
      const isWhole = followed === this.#draft.length
      this.#length = isWhole ? Math.min(MOST, 2 * this.#length) : FEWEST
      this.#needed = isWhole ? SHORTEST : followed > 0 ? this.#needed : Math.min(LONGEST, this.#needed + 1)
    }
    this.#draft = promptLookup(ids, Math.min(this.#length, left - 1), this.#needed)
    this.#start = ids.length
    const rows = await this.#run.after(ids, this.#draft)
    if (rows === undefined) return undefined
    this.#rows = rows
    this.#draft = this.#draft.slice(0, rows.length / this.#size - 1)
    return this.#row(0)
  }

  /** How many of the ids drawn since are the draft's. */
  #followed(ids: ReadonlyArray<number>): number {
    let count = 0
    while (count < this.#draft.length && this.#draft[count] === ids[this.#start + count]) count++
    return count
  }

  #row(index: number): Float32Array {
    return this.#rows.subarray(index * this.#size, (index + 1) * this.#size)
  }
}
