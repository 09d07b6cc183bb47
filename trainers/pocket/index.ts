import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { basename } from "node:path"
import { fileURLToPath } from "node:url"
import { type AdapterScope, type BackendError, LoraBackend, type SampledToken } from "../../core/LoraBackend.ts"
import { adapterLayout } from "./engine/adapter/AdapterState.ts"
import { makeTextStream } from "../models/ChatTokenizer.ts"
import { rememberedIdentity } from "../models/Identity.ts"
import { openModel } from "../models/OpenModel.ts"
import { defaultPlaces, type Places } from "../models/Places.ts"
import { readPeft, writePeft } from "./engine/adapter/PeftFolder.ts"
import { defaultLora, type LoraSpec } from "./engine/model/LoraSpec.ts"
import type { RuntimeKind } from "./engine/runtime/Runtime.ts"
import type { Quantize } from "./engine/turn/Prepared.ts"
import { isSmall, planOf } from "./Plan.ts"
import { startProgress } from "./StartProgress.ts"
import { launchWorker } from "./worker/PocketWorker.ts"

export type { LoraSpec } from "./engine/model/LoraSpec.ts"
export type { RuntimeKind } from "./engine/runtime/Runtime.ts"

export interface PocketOptions {
  /** Folder of a model in the Hugging Face layout, or a GGUF file. Default: the bundled pocket model. */
  readonly modelDirectory?: string
  /** Default: rank 16, alpha 32, on the attention projections. */
  readonly lora?: Partial<Omit<LoraSpec, "scope">>
  /** Where the adapter is active. Default: everywhere for small models as the bundled one, else on the turn only. */
  readonly scope?: AdapterScope
  /** A smaller or larger window, within the model's own. Default: the model's own, at most 8,192 for large models. */
  readonly contextLength?: number
  /** Draws the first adapter. Default 0. */
  readonly seed?: number
  /** `auto` runs ONNX Runtime's native library, and its WebAssembly build where that cannot load. Default `auto`. */
  readonly runtime?: RuntimeKind | "auto"
  /** Threads inside one operation. Default: all for large models; else 1, or 2 on native with more than two cores. */
  readonly threads?: number
  /** Bits of a large model's weights, or float32. Default: as its file has them. */
  readonly quantize?: Quantize
  /** Where what is made of large models is kept. */
  readonly places?: Pick<Places, "cacheDirectory">
  /** Told what takes long. Default: lines on standard error. */
  readonly report?: (message: string) => Effect.Effect<void>
}

/** Where the bundled model lies. */
export const bundledModel: string = fileURLToPath(new URL("./model", import.meta.url))

const onStandardError = (message: string) => Console.error(`continualcode: ${message}`)

const make = Effect.fn("pocket.make")(function*(options: PocketOptions) {
  const { modelDirectory, places = defaultPlaces(), report = onStandardError } = options
  // The bundled model takes no time worth telling.
  const progress = yield* startProgress(
    basename(modelDirectory ?? ""),
    modelDirectory === undefined ? () => Effect.void : report
  )
  const launched = yield* launchWorker()
  const source = yield* openModel(modelDirectory ?? bundledModel, "pocket")
  const identity = yield* (isSmall(source) ? source.identity : rememberedIdentity(source, places.cacheDirectory))
  const { tokenizer } = source
  const plan = yield* planOf(source, identity, { ...options, cacheDirectory: places.cacheDirectory })
  const { activation, contextLength, scope, threads, weights } = plan
  const config = { ...source.config, contextLength }
  const lora: LoraSpec = { ...defaultLora, ...options.lora, ...(scope === "turn" ? { scope } : {}) }
  const opening = activation?.scope === "turn" ? activation.opening : undefined
  const name = modelDirectory === undefined ? "pocket" : source.name
  const layout = adapterLayout(config, lora)
  progress.at("loading")
  const worker = yield* launched({
    config,
    weights,
    ...(activation === undefined ? {} : { activation }),
    modelIdentity: identity,
    lora,
    runtime: { kind: options.runtime ?? "auto", threads },
    seed: options.seed ?? 0,
    stopIds: tokenizer.stopIds
  }, ({ done, total }) => done === total ? progress.at("loading") : progress.at("preparing", done / total))
  yield* progress.end

  const prepare = Effect.ignore(worker.call("prepare", undefined))
  // Compiled while the person types, or, where that takes the time of a first answer, while he reads it.
  const isLarge = !(weights instanceof Map)
  if (!isLarge) yield* Effect.forkScoped(prepare)
  const ownScope = yield* Effect.scope
  let prepared = !isLarge
  const prepareOnce = Effect.suspend(() => {
    if (prepared) return Effect.void
    prepared = true
    return Effect.asVoid(Effect.forkIn(prepare, ownScope))
  })

  const sample = (
    request: Parameters<LoraBackend["Service"]["sample"]>[0]
  ): Stream.Stream<SampledToken, BackendError> =>
    Stream.suspend(() => {
      const textOf = makeTextStream(tokenizer)
      return worker.sample(request).pipe(
        Stream.map((token) => ({ ...token, text: textOf(token.id, token.finish !== undefined) })),
        Stream.ensuring(prepareOnce)
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
        hiddenSize: config.hiddenSize,
        ...(isLarge ? { readsSlowly: true } : {}),
        scopes: tokenizer.opening === undefined ? ["all"] : ["turn", "all"]
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
      yield* writePeft(directory, { modelName: name, lora, layout, parameters, opening })
    }),
    importPeft: Effect.fn("pocket.importPeft")(function*(directory: string) {
      yield* worker.call("adopt", yield* readPeft(directory, lora, layout, opening))
    })
  })
})

/**
 * The pocket backend: a decoder with LoRA, trained and sampled in this process on the CPU, in a worker thread. Fails with
 * `ModelFiles` when there is no such model, and with `OutOfMemory` when this machine has not enough for it.
 */
export const pocket = (options: PocketOptions = {}): Layer.Layer<LoraBackend, BackendError> =>
  Layer.effect(LoraBackend, make(options))
