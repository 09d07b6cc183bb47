import * as Effect from "effect/Effect"
import { availableParallelism } from "node:os"
import { join } from "node:path"
import { type AdapterScope, BackendError } from "../../core/LoraBackend.ts"
import { type ModelConfig, weightShapes } from "../models/ModelConfig.ts"
import type { ModelSource } from "../models/ModelSource.ts"
import { loadModel } from "../models/OpenModel.ts"
import type { EngineOptions } from "./engine/Engine.ts"
import { preparedBytes, type Quantize } from "./engine/turn/Prepared.ts"

/** How a model is run on this machine. */
export interface Plan {
  readonly scope: AdapterScope
  readonly weights: EngineOptions["weights"]
  readonly activation: EngineOptions["activation"]
  readonly contextLength: number
  readonly threads: number | undefined
}

interface PlanOptions {
  readonly scope?: AdapterScope | undefined
  readonly contextLength?: number | undefined
  readonly threads?: number | undefined
  readonly runtime?: "auto" | "native" | "wasm" | undefined
  readonly quantize?: Quantize | undefined
  readonly cacheDirectory: string
}

/** Models of up to this many weights are held in float32, with adapters folded into them and active everywhere. */
const SMALL = 5e7

/** The window of a large model where none is asked for: reading longer prompts takes minutes on a CPU. */
const WINDOW = 8192

/** Beside the weights: the program, the runtime's own, what a lesson computes with, and prompts' keys and values. */
const OVERHEAD = 500e6
const PROMPTS = 2048

const weightCount = (config: ModelConfig): number =>
  [...weightShapes(config).values()].reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0)

/** Whether the model is held in float32 and nothing of it is kept on disk. */
export const isSmall = ({ config }: ModelSource): boolean => weightCount(config) <= SMALL

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`

/** What a model needs, bytes. */
const memoryOf = (config: ModelConfig, prepared: number): number =>
  prepared + OVERHEAD + 2 * PROMPTS * 2 * 4 * config.layers * config.keyValueHeads * config.headSize

/**
 * How to run a model: a small one in memory, any other from blocks of 4 or 8 bits that are prepared once. Fails with
 * `OutOfMemory` before anything is loaded where this machine has not enough, and with `Unsupported` for what cannot be.
 */
export const planOf = Effect.fn("pocket.planOf")(function*(
  source: ModelSource,
  identity: string,
  options: PlanOptions
): Effect.fn.Return<Plan, BackendError> {
  const { config, tokenizer } = source
  const small = isSmall(source)
  const scope = options.scope ?? (small ? "all" : "turn")
  const contextLength = Math.min(config.contextLength, options.contextLength ?? (small ? Infinity : WINDOW))
  if (scope === "turn" && tokenizer.opening === undefined) {
    return yield* new BackendError({
      reason: "Unsupported",
      message:
        `${source.name}: the chat template does not open an assistant's turn with words of its own, so an adapter cannot `
        + "be active on the turn only. Start with lora_scope=all, or choose another model."
    })
  }
  const activation = scope === "turn" && tokenizer.opening !== undefined
    ? { scope, opening: tokenizer.opening }
    : { scope: "all" as const }
  if (small) {
    const { tensors } = yield* loadModel(source.path, "pocket")
    return {
      scope,
      weights: tensors,
      activation: scope === "all" ? undefined : activation,
      contextLength,
      threads: options.threads
    }
  }
  if (options.runtime === "wasm") {
    return yield* new BackendError({
      reason: "Unsupported",
      message:
        `${source.name} has ${Math.round(weightCount(config) / 1e6)} million weights; engine=wasm holds up to ${
          SMALL / 1e6
        } million. `
        + "Start with engine=native, or with the bundled model."
    })
  }
  const weights = {
    tensors: source.tensors,
    quantize: options.quantize,
    directory: join(
      options.cacheDirectory,
      "models",
      `${identity.slice(0, 32)}${options.quantize === undefined ? "" : `-${options.quantize}`}`
    )
  }
  const needed = memoryOf(config, preparedBytes(config, weights))
  const free = process.availableMemory()
  if (needed > free) {
    return yield* new BackendError({
      reason: "OutOfMemory",
      message:
        `${source.name} needs about ${gigabytes(needed)} of memory and ${
          gigabytes(free)
        } are free. Close other programs, `
        + "or choose a smaller model: `continualcode models` lists what fits."
    })
  }
  return { scope, weights, activation, contextLength, threads: options.threads ?? availableParallelism() }
})
