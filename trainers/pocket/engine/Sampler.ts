import type { SampleRequest } from "../../../core/LoraBackend.ts"
import type { AdaptedWeights } from "./AdaptedWeights.ts"
import { EngineError } from "./EngineError.ts"
import { roomAfter } from "./Ids.ts"
import type { KeyValueCache, KeyValues } from "./KeyValueCache.ts"
import type { KnownRows } from "./KnownRows.ts"
import type { ModelConfig } from "../../models/ModelConfig.ts"
import type { Passes } from "./Passes.ts"
import { makeRandom } from "../../math/Random.ts"
import { drawToken } from "./Sampling.ts"

/** A sampled token, before it is turned into text. */
export interface EngineToken {
  readonly id: number
  readonly logProb: number
  readonly finish?: "stop" | "length"
}

export interface SamplerParts {
  readonly config: ModelConfig
  readonly stopIds: ReadonlyArray<number>
  readonly passes: Passes
  readonly weights: AdaptedWeights
  readonly known: KnownRows
  readonly cache: KeyValueCache
}

/** Samples token by token, computing only what is not remembered. */
export class Sampler {
  readonly #parts: SamplerParts

  constructor(parts: SamplerParts) {
    this.#parts = parts
  }

  /** Samples until a stop id, `maxTokens`, a full context, or `cancelled` says so between two tokens. */
  async sample(
    parameters: Float32Array | undefined,
    request: SampleRequest,
    onToken: (token: EngineToken) => void,
    cancelled: () => boolean = () => false
  ): Promise<void> {
    const { config, known, stopIds, weights } = this.#parts
    const { maxTokens, promptIds, seed, temperature, topP } = request
    const limit = Math.min(maxTokens, roomAfter(config, promptIds))
    const key = weights.key(parameters)
    const random = makeRandom(seed)
    const path = known.following(key, promptIds)
    const ids = [...promptIds]
    const run = new Run(this.#parts, key, parameters)
    try {
      for (let left = limit; left > 0 && !cancelled(); left--) {
        const row = path.row() ?? await run.after(ids)
        const id = drawToken(row, temperature, topP, random)
        const logProb = row[id]!
        if (!Number.isFinite(logProb)) {
          throw new EngineError(
            "NonFinite",
            "The model's output is not finite. Undo the last step or reset the adapter."
          )
        }
        if (cancelled()) return
        ids.push(id)
        path.advance(id)
        if (stopIds.includes(id)) return onToken({ id, logProb, finish: "stop" })
        onToken(left === 1 ? { id, logProb, finish: "length" } : { id, logProb })
      }
    } finally {
      run.put()
    }
  }
}

/** A growing sequence whose keys and values are at hand from the first time that something must be computed. */
class Run {
  readonly #parts: SamplerParts
  readonly #key: string
  readonly #parameters: Float32Array | undefined
  #ids: ReadonlyArray<number> = []
  #keyValues: KeyValues | undefined

  constructor(parts: SamplerParts, key: string, parameters: Float32Array | undefined) {
    this.#parts = parts
    this.#key = key
    this.#parameters = parameters
  }

  /** The distribution [V] after `ids`, which continue those of the last call. */
  async after(ids: ReadonlyArray<number>): Promise<Float32Array> {
    const { cache, passes, weights } = this.#parts
    const merged = await weights.matrices(this.#parameters)
    if (this.#keyValues === undefined) {
      const start = cache.take(this.#key, ids)
      this.#ids = start?.ids ?? []
      this.#keyValues = start?.keyValues
    }
    const { logProbs, present } = await passes.forward(ids.slice(this.#ids.length), 1, merged, this.#keyValues, true)
    this.#ids = [...ids]
    this.#keyValues = present
    return logProbs
  }

  /** Remembers the run, if anything was computed. */
  put(): void {
    if (this.#keyValues === undefined) return
    this.#parts.cache.put({ weights: this.#key, ids: this.#ids, keyValues: this.#keyValues })
  }
}
