import { sameIds } from "../../../core/Turn.ts"

/**
 * Next-token log-probabilities at every position of a completion, under some weights. Computed in one pass over the whole
 * sequence, so that equal weights give equal bits.
 */
interface KnownCompletion {
  /** Equal for equal weights. */
  readonly weights: string
  readonly promptIds: ReadonlyArray<number>
  /** The last id has no influence on the rows. */
  readonly completionIds: ReadonlyArray<number>
  /** [C, V], nats. */
  readonly rows: Float32Array
}

const startsWith = (ids: ReadonlyArray<number>, start: ReadonlyArray<number>, length: number): boolean => {
  for (let index = 0; index < length; index++) if (ids[index] !== start[index]) return false
  return true
}

/**
 * Remembers the distributions of the last completions up to a number of bytes: a lesson asks for the teacher's and the base's
 * at every inner step, and a retry begins where the attempt was scored.
 */
export class KnownRows {
  readonly #vocabularySize: number
  readonly #capacity: number
  /** The last used first. */
  #known: ReadonlyArray<KnownCompletion> = []

  constructor(vocabularySize: number, capacityBytes: number) {
    this.#vocabularySize = vocabularySize
    this.#capacity = capacityBytes
  }

  add(completion: KnownCompletion): void {
    const kept: Array<KnownCompletion> = [completion]
    let bytes = completion.rows.byteLength
    for (const other of this.#known) {
      bytes += other.rows.byteLength
      if (bytes > this.#capacity) break
      kept.push(other)
    }
    this.#known = kept
  }

  /** The rows [C, V] of a completion, or undefined. */
  find(
    weights: string,
    promptIds: ReadonlyArray<number>,
    completionIds: ReadonlyArray<number>
  ): Float32Array | undefined {
    const found = this.#known.find((known) =>
      known.weights === weights
      && known.completionIds.length >= completionIds.length
      && sameIds(known.promptIds, promptIds)
      && startsWith(known.completionIds, completionIds, completionIds.length - 1)
    )
    if (found === undefined) return undefined
    this.#known = [found, ...this.#known.filter((known) => known !== found)]
    return found.rows.subarray(0, completionIds.length * this.#vocabularySize)
  }

  /**
   * Follows a prompt through what is known: call `row` for the next position's distribution, or undefined where it must be
   * computed, then `advance` with the id that was drawn.
   */
  following(weights: string, promptIds: ReadonlyArray<number>): {
    readonly row: () => Float32Array | undefined
    readonly advance: (id: number) => void
  } {
    const size = this.#vocabularySize
    let position = 0
    let candidates = this.#known.filter((known) => known.weights === weights && sameIds(known.promptIds, promptIds))
    return {
      row: () => candidates[0]?.rows.subarray(position * size, (position + 1) * size),
      advance: (id) => {
        const drawn = position++
        candidates = candidates.filter(({ completionIds }) =>
          completionIds[drawn] === id && completionIds.length > position
        )
      }
    }
  }

  clear(): void {
    this.#known = []
  }
}
