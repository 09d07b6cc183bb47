import type { Calculator } from "./Calculator.ts"
import { scoredSequence } from "./Ids.ts"
import type { KnownRows } from "./KnownRows.ts"
import type { ModelConfig } from "../../models/ModelConfig.ts"

/** Distributions of completions, remembered. */
export class Scoring {
  readonly #config: ModelConfig
  readonly #calculator: Calculator
  readonly #known: KnownRows

  constructor(config: ModelConfig, calculator: Calculator, known: KnownRows) {
    this.#config = config
    this.#calculator = calculator
    this.#known = known
  }

  /** The rows if they are known. */
  find(
    parameters: Float32Array | undefined,
    promptIds: ReadonlyArray<number>,
    completionIds: ReadonlyArray<number>
  ): Float32Array | undefined {
    return this.#known.find(this.#calculator.key(parameters), promptIds, completionIds)
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
    scoredSequence(this.#config, promptIds, completionIds)
    return this.find(parameters, promptIds, completionIds)
      ?? await this.#calculator.quickDistributions(parameters, promptIds, completionIds)
      ?? this.distributions(parameters, promptIds, completionIds, true)
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
    scoredSequence(this.#config, promptIds, completionIds)
    const found = this.find(parameters, promptIds, completionIds)
    if (found !== undefined) return found
    const rows = await this.#calculator.distributions(parameters, promptIds, completionIds, keep)
    this.#known.add({ weights: this.#calculator.key(parameters), promptIds, completionIds, rows })
    return rows
  }
}
