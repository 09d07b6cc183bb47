import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { fileURLToPath } from "node:url"
import { type BackendError, LoraBackend, type SampledToken } from "../../core/LoraBackend.ts"
import { adapterLayout } from "./engine/adapter/AdapterState.ts"
import { makeTextStream } from "../models/ChatTokenizer.ts"
import { loadModel } from "../models/OpenModel.ts"
import { readPeft, writePeft } from "./engine/adapter/PeftFolder.ts"
import { defaultLora, type LoraSpec } from "./engine/model/LoraSpec.ts"
import type { RuntimeKind } from "./engine/runtime/Runtime.ts"
import { startWorker } from "./worker/PocketWorker.ts"

export type { LoraSpec } from "./engine/model/LoraSpec.ts"
export type { RuntimeKind } from "./engine/runtime/Runtime.ts"

export interface PocketOptions {
  /** Folder of a Qwen3 model in the Hugging Face layout. Default: the bundled pocket model. */
  readonly modelDirectory?: string
  /** Default: rank 16, alpha 32, on the attention projections. */
  readonly lora?: Partial<LoraSpec>
  /** Draws the first adapter. Default 0. */
  readonly seed?: number
  /** `auto` runs ONNX Runtime's native library, and its WebAssembly build where that cannot load. Default `auto`. */
  readonly runtime?: RuntimeKind | "auto"
  /** Threads inside one operation. Default: 1, or 2 on native on a machine with more than two cores. */
  readonly threads?: number
}

/** Where the bundled model lies. */
export const bundledModel: string = fileURLToPath(new URL("./model", import.meta.url))

const make = Effect.fn("pocket.make")(function*(options: PocketOptions) {
  const lora: LoraSpec = { ...defaultLora, ...options.lora }
  const folder = yield* loadModel(options.modelDirectory ?? bundledModel, "pocket")
  const { config, identity, tensors, tokenizer } = folder
  const name = options.modelDirectory === undefined ? "pocket" : folder.name
  const layout = adapterLayout(config, lora)
  const worker = yield* startWorker({
    config,
    tensors,
    modelIdentity: identity,
    lora,
    runtime: { kind: options.runtime ?? "auto", threads: options.threads },
    seed: options.seed ?? 0,
    stopIds: tokenizer.stopIds
  })

  // Compiled while the person types, not while the first correction waits.
  yield* Effect.forkScoped(Effect.ignore(worker.call("prepare", undefined)))

  const sample = (
    request: Parameters<LoraBackend["Service"]["sample"]>[0]
  ): Stream.Stream<SampledToken, BackendError> =>
    Stream.suspend(() => {
      const textOf = makeTextStream(tokenizer)
      return worker.sample(request).pipe(
        Stream.map((token) => ({ ...token, text: textOf(token.id, token.finish !== undefined) }))
      )
    })

  return LoraBackend.of({
    info: {
      backend: "pocket",
      engine: worker.runtime,
      modelName: name,
      modelIdentity: identity,
      contextLength: config.contextLength,
      vocabularySize: config.vocabularySize,
      lora,
      capabilities: {
        fullDistribution: true,
        topK: config.vocabularySize,
        shadows: true,
        streaming: true,
        training: true,
        hiddenSize: config.hiddenSize
      }
    },
    tokenizer,
    revision: Effect.sync(worker.revision),
    sample,
    score: (request) => worker.call("score", request),
    hiddenStates: (request) => worker.call("hiddenStates", request),
    evaluate: (items) => worker.call("evaluate", items),
    forwardBackward: (items) => worker.call("forwardBackward", items),
    update: (optimizer) => worker.call("update", optimizer),
    discard: Effect.ignore(worker.call("discard", undefined)),
    blendShadow: (shadow, rate) => worker.call("blendShadow", { name: shadow, rate }),
    snapshot: worker.call("snapshot", undefined),
    restore: (snapshot) => worker.call("restore", snapshot),
    reset: (seed) => worker.call("reset", { seed }),
    exportPeft: Effect.fn("pocket.exportPeft")(function*(directory: string) {
      const parameters = yield* worker.call("parameters", undefined)
      yield* writePeft(directory, { modelName: name, lora, layout, parameters })
    }),
    importPeft: Effect.fn("pocket.importPeft")(function*(directory: string) {
      yield* worker.call("adopt", yield* readPeft(directory, lora, layout))
    })
  })
})

/**
 * The pocket backend: a small Qwen3 decoder with LoRA, trained and sampled in this process on the CPU, in a worker thread.
 * Fails with `ModelFiles` when the folder does not hold such a model.
 */
export const pocket = (options: PocketOptions = {}): Layer.Layer<LoraBackend, BackendError> =>
  Layer.effect(LoraBackend, make(options))
