import type { SampleRequest } from "../../../core/LoraBackend.ts"
import type { Calculator } from "./Calculator.ts"
import { Drafts } from "./Drafts.ts"
import { EngineError } from "./EngineError.ts"
import { roomAfter } from "./Ids.ts"
import type { KnownRows } from "./KnownRows.ts"
import type { ModelConfig } from "../../models/ModelConfig.ts"
import { makeRandom } from "../../../core/Random.ts"
import { drawToken } from "./Sampling.ts"

/** A sampled token, before it is turned into text. */
export interface EngineToken {
  readonly id: number
  readonly logProb: number
  readonly finish?: "stop" | "length"
}

interface SamplerParts {
  readonly config: ModelConfig
  readonly stopIds: ReadonlyArray<number>
  readonly calculator: Calculator
  readonly known: KnownRows
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
    const { calculator, config, known, stopIds } = this.#parts
    const { maxTokens, promptIds, seed, temperature, topP } = request
    const limit = Math.min(maxTokens, roomAfter(config, promptIds))
    const random = makeRandom(seed)
    const path = known.following(calculator.key(parameters), promptIds)
    const ids = [...promptIds]
    const run = calculator.follow(parameters, cancelled)
    const drafts = new Drafts(run, config.vocabularySize)
    try {
      for (let left = limit; left > 0 && !cancelled(); left--) {
        const row = path.row() ?? await drafts.after(ids, left)
        if (row === undefined) return
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
      run.end()
    }
  }
}
