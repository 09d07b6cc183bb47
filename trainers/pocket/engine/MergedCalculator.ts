import { AdaptedWeights } from "./AdaptedWeights.ts"
import type { AdapterLayout } from "./adapter/AdapterState.ts"
import type { Calculator, Following } from "./Calculator.ts"
import { KeyValueCache, type KeyValues } from "./KeyValueCache.ts"
import type { GradientOutput, LossInput, LossOutput } from "./LossInput.ts"
import type { LoraSpec } from "./model/LoraSpec.ts"
import type { ModelConfig } from "../../models/ModelConfig.ts"
import type { ModelWeights } from "./model/Weights.ts"
import { Passes } from "./Passes.ts"
import type { GraphRuntime } from "./runtime/Runtime.ts"

type Ids = ReadonlyArray<number>

const scored = (promptIds: Ids, completionIds: Ids): Ids => [...promptIds, ...completionIds.slice(0, -1)]

/**
 * For small models: all weights in float32 in every graph, adapters folded into them, forward and backward in one graph. The
 * adapter is active on every token.
 */
export class MergedCalculator implements Calculator {
  readonly #passes: Passes
  readonly #weights: AdaptedWeights
  readonly #cache: KeyValueCache

  private constructor(passes: Passes, weights: AdaptedWeights, cache: KeyValueCache) {
    this.#passes = passes
    this.#weights = weights
    this.#cache = cache
  }

  static async create(
    runtime: GraphRuntime,
    config: ModelConfig,
    weights: ModelWeights,
    lora: LoraSpec,
    layout: AdapterLayout
  ): Promise<MergedCalculator> {
    const passes = await Passes.create(runtime, config, weights, lora, layout)
    return new MergedCalculator(passes, new AdaptedWeights(passes, layout), new KeyValueCache(runtime, config))
  }

  key(parameters: Float32Array | undefined): string {
    return this.#weights.key(parameters)
  }

  follow(parameters: Float32Array | undefined): Following {
    const key = this.key(parameters)
    let known: Ids = []
    let keyValues: KeyValues | undefined
    return {
      after: async (ids) => {
        const merged = await this.#weights.matrices(parameters)
        if (keyValues === undefined) {
          const start = this.#cache.take(key, ids)
          known = start?.ids ?? []
          keyValues = start?.keyValues
        }
        const { logProbs, present } = await this.#passes.forward(ids.slice(known.length), 1, merged, keyValues, true)
        known = [...ids]
        keyValues = present
        return logProbs
      },
      end: () => {
        if (keyValues !== undefined) this.#cache.put({ weights: key, ids: known, keyValues })
      }
    }
  }

  async distributions(
    parameters: Float32Array | undefined,
    promptIds: Ids,
    completionIds: Ids,
    keep: boolean
  ): Promise<Float32Array> {
    const ids = scored(promptIds, completionIds)
    const merged = await this.#weights.matrices(parameters)
    const { logProbs, present } = await this.#passes.forward(ids, completionIds.length, merged, undefined, keep)
    if (present !== undefined) this.#cache.put({ weights: this.key(parameters), ids, keyValues: present })
    return logProbs
  }

  async quickDistributions(
    parameters: Float32Array | undefined,
    promptIds: Ids,
    completionIds: Ids
  ): Promise<Float32Array | undefined> {
    const start = this.#cache.beginning(this.key(parameters), promptIds)
    if (start === undefined) return undefined
    const merged = await this.#weights.matrices(parameters)
    const rest = scored(promptIds, completionIds).slice(start.ids.length)
    return (await this.#passes.forward(rest, completionIds.length, merged, start.keyValues, false)).logProbs
  }

  async hidden(parameters: Float32Array | undefined, promptIds: Ids, completionIds: Ids): Promise<Float32Array> {
    const merged = await this.#weights.matrices(parameters)
    return this.#passes.hidden(scored(promptIds, completionIds), completionIds.length, merged)
  }

  async gradient(
    parameters: Float32Array,
    promptIds: Ids,
    completionIds: Ids,
    input: LossInput
  ): Promise<GradientOutput> {
    const ids = scored(promptIds, completionIds)
    const { present, ...output } = await this.#passes.gradient(parameters, ids, input)
    this.#cache.put({ weights: this.key(parameters), ids, keyValues: present })
    return output
  }

  loss(student: Float32Array, input: LossInput): Promise<LossOutput> {
    return this.#passes.loss(student, input)
  }

  prepareTraining(): Promise<void> {
    return this.#passes.prepareTraining()
  }

  async release(): Promise<void> {
    this.#cache.clear()
    this.#weights.clear()
    await this.#passes.release()
  }
}
