import type { AdaptedWeights } from "./AdaptedWeights.ts"
import { scoredSequence } from "./Ids.ts"
import type { KeyValueCache } from "./KeyValueCache.ts"
import type { KnownRows } from "./KnownRows.ts"
import type { ModelConfig } from "../../models/ModelConfig.ts"
import type { Passes } from "./Passes.ts"

/** Distributions of completions, remembered. */
export class Scoring {
  readonly #config: ModelConfig
  readonly #passes: Passes
  readonly #weights: AdaptedWeights
  readonly #known: KnownRows
  readonly #cache: KeyValueCache

  constructor(config: ModelConfig, passes: Passes, weights: AdaptedWeights, known: KnownRows, cache: KeyValueCache) {
    this.#config = config
    this.#passes = passes
    this.#weights = weights
    this.#known = known
    this.#cache = cache
  }

  /** The rows if they are known. */
  find(
    parameters: Float32Array | undefined,
    promptIds: ReadonlyArray<number>,
    completionIds: ReadonlyArray<number>
  ): Float32Array | undefined {
    return this.#known.find(this.#weights.key(parameters), promptIds, completionIds)
  }

  /**
   * The same to the last bits, from whatever keys and values of the prompt's beginning are at hand; without any, the whole run
   * is kept for the next prompt that begins like it.
   */
  async quickDistributions(
    parameters: Float32Array | undefined,
    promptIds: ReadonlyArray<number>,
    completionIds: ReadonlyArray<number>
  ): Promise<Float32Array> {
    const ids = scoredSequence(this.#config, promptIds, completionIds)
    const weights = this.#weights.key(parameters)
    const known = this.#known.find(weights, promptIds, completionIds)
    if (known !== undefined) return known
    const start = this.#cache.beginning(weights, promptIds)
    if (start === undefined) return this.distributions(parameters, promptIds, completionIds, true)
    const merged = await this.#weights.matrices(parameters)
    const rest = ids.slice(start.ids.length)
    return (await this.#passes.forward(rest, completionIds.length, merged, start.keyValues, false)).logProbs
  }

  /**
   * Log-probabilities [C, V] of a completion under an adapter, or under the base model without one. `keep` keeps keys and
   * values too, for sampling from the same prompt.
   */
  async distributions(
    parameters: Float32Array | undefined,
    promptIds: ReadonlyArray<number>,
    completionIds: ReadonlyArray<number>,
    keep: boolean
  ): Promise<Float32Array> {
    const ids = scoredSequence(this.#config, promptIds, completionIds)
    const weights = this.#weights.key(parameters)
    const found = this.#known.find(weights, promptIds, completionIds)
    if (found !== undefined) return found
    const merged = await this.#weights.matrices(parameters)
    const { logProbs, present } = await this.#passes.forward(ids, completionIds.length, merged, undefined, keep)
    this.#known.add({ weights, promptIds, completionIds, rows: logProbs })
    if (present !== undefined) this.#cache.put({ weights, ids, keyValues: present })
    return logProbs
  }
}
