import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { messageOf } from "../../core/MessageOf.ts"
import type { BackendError, Tokenizer } from "../../core/LoraBackend.ts"
import { currentWeights } from "../../core/Weights.ts"
import { type AdapterState, freshState, withParameters } from "../../trainers/pocket/engine/adapter/AdapterState.ts"
import { adamW } from "../../trainers/pocket/engine/adapter/AdamW.ts"
import { decodeSnapshot, encodeSnapshot } from "../../trainers/pocket/engine/adapter/Snapshot.ts"
import { EngineError as PocketError } from "../../trainers/pocket/engine/EngineError.ts"
import { loadModel } from "../../trainers/models/OpenModel.ts"
import { writePeft } from "../../trainers/pocket/engine/adapter/PeftFolder.ts"
import type { LoraSpec } from "../../trainers/pocket/engine/model/LoraSpec.ts"
import type { Module } from "../../trainers/models/ModelConfig.ts"
import { loadRuntime } from "../../trainers/pocket/engine/runtime/Load.ts"
import type { RuntimeKind } from "../../trainers/pocket/engine/runtime/Runtime.ts"
import { topK } from "../../trainers/pocket/engine/Sampling.ts"
import { bundledModel } from "../../trainers/pocket/index.ts"
import {
  type Adapter,
  datumLoss,
  type Engine,
  EngineError,
  type GenerateRequest,
  type LoraShape,
  processedRow,
  type TrainingBatch,
  type TrainingDatum,
  type Weights
} from "../../trainers/tinker-sdk/testing/index.ts"
import { TinkerPocketLora } from "./TinkerPocketLora.ts"

interface TinkerPocketOptions {
  /** Folder of a Qwen3 model. Default: the bundled pocket model. */
  readonly modelDirectory?: string
  /** What the service calls it. Default `continualcode/pocket`. */
  readonly name?: string
  /** Default `auto`. */
  readonly runtime?: RuntimeKind | "auto"
}

interface TinkerPocket {
  readonly engine: Engine
  readonly name: string
  readonly tokenizer: Tokenizer
}

/** As the service: alpha does not depend on the rank. */
const ALPHA = 32
const ATTENTION: ReadonlyArray<Module> = ["q_proj", "k_proj", "v_proj", "o_proj"]
const MLP: ReadonlyArray<Module> = ["gate_proj", "up_proj", "down_proj"]

/** The pocket model shares its output matrix with its embedding, so `train_unembed` has nothing to adapt. */
const loraOf = ({ rank, trainAttn, trainMlp }: LoraShape): LoraSpec => ({
  rank,
  alpha: ALPHA,
  targets: [...(trainAttn ? ATTENTION : []), ...(trainMlp ? MLP : [])]
})

const Spec = Schema.fromJsonString(Schema.Struct({
  rank: Schema.Int,
  alpha: Schema.Int,
  targets: Schema.Array(Schema.Literals([...ATTENTION, ...MLP]))
}))
const decodeSpec = Schema.decodeUnknownSync(Spec)

/** A state says its own shape, a line before the snapshot, so that it can be read in another process. */
const withSpec = (spec: LoraSpec, snapshot: Uint8Array): Uint8Array =>
  Uint8Array.from(Buffer.concat([Buffer.from(`${JSON.stringify(spec)}\n`), snapshot]))

const readSpec = (state: Uint8Array): { readonly spec: LoraSpec; readonly snapshot: Uint8Array } => {
  const end = state.indexOf(10)
  return { spec: decodeSpec(new TextDecoder().decode(state.subarray(0, end))), snapshot: state.slice(end + 1) }
}

const refuse = (message: string) => new EngineError({ category: "user", message })

const asEngineError = (cause: unknown): EngineError =>
  cause instanceof PocketError
    ? new EngineError({
      category: cause.reason === "Internal" || cause.reason === "WorkerCrashed" ? "server" : "user",
      message: cause.message
    })
    : new EngineError({ category: "server", message: messageOf(cause) })

/**
 * The pocket model as what a fake Tinker service trains: its own graphs, gradients, optimiser and sampler, run in this thread,
 * one call at a time. It knows no top_k; everything else of the protocol is exact, soft targets included.
 */
export const tinkerPocketEngine = Effect.fnUntraced(function*(
  options: TinkerPocketOptions = {}
): Effect.fn.Return<TinkerPocket, BackendError | EngineError, Scope.Scope> {
  const folder = yield* loadModel(options.modelDirectory ?? bundledModel, "pocket")
  const name = options.name ?? "continualcode/pocket"
  const runtime = yield* Effect.tryPromise({
    try: () => loadRuntime({ kind: options.runtime ?? "auto", threads: 1 }),
    catch: asEngineError
  })
  const turn = Semaphore.makeUnsafe(1)
  const compiled = new Map<string, TinkerPocketLora>()
  yield* Effect.addFinalizer(() =>
    Effect.forEach(compiled.values(), (lora) => Effect.promise(() => lora.release()), { discard: true })
  )

  const run = <A>(work: () => Promise<A>): Effect.Effect<A, EngineError> =>
    turn.withPermits(1)(Effect.tryPromise({ try: work, catch: asEngineError }))

  const compiledFor = async (spec: LoraSpec): Promise<TinkerPocketLora> => {
    const key = JSON.stringify(spec)
    const known = compiled.get(key) ?? await TinkerPocketLora.create(folder, runtime, spec)
    compiled.set(key, known)
    return known
  }

  /** Where to run these weights, and their parameters; the base runs on whatever is there. */
  const placeOf = async ({ state }: Weights) => {
    if (state === undefined) {
      const [any] = compiled.values()
      return { lora: any ?? await compiledFor({ rank: 4, alpha: ALPHA, targets: ATTENTION }), parameters: undefined }
    }
    const { snapshot, spec } = readSpec(state)
    const lora = await compiledFor(spec)
    return { lora, parameters: decodeSnapshot(snapshot, lora.owner).parameters }
  }

  const makeAdapter = (lora: TinkerPocketLora, seed: number): Adapter => {
    let state: AdapterState = freshState(lora.layout, seed)
    let accumulated: Float32Array | undefined
    const picked = (datum: TrainingDatum, rows: ReadonlyArray<Float32Array>) =>
      datum.targets.map((ids, t) => ids.map((id) => rows[t]![id]!))
    const output = (batch: TrainingBatch, datum: TrainingDatum, rows: ReadonlyArray<Float32Array>) => {
      const { logprobs, losses } = datumLoss(batch, datum, picked(datum, rows))
      return { logprobs, losses }
    }
    /** Slopes; for cross-entropy they do not depend on the model, so no pass is needed to know them. */
    const slopesOf = async (batch: TrainingBatch, datum: TrainingDatum) => {
      const rows = batch.loss === "cross_entropy" ? undefined : await lora.rows(state.parameters, datum.tokens)
      const values = rows === undefined ? datum.targets.map((ids) => ids.map(() => 0)) : picked(datum, rows)
      return datumLoss(batch, datum, values).slopes
    }
    return {
      forward: (batch) =>
        run(async () => {
          const outputs = []
          for (const datum of batch.data) {
            outputs.push(output(batch, datum, await lora.rows(state.parameters, datum.tokens)))
          }
          return outputs
        }),
      forwardBackward: (batch) =>
        run(async () => {
          const total = Float32Array.from(accumulated ?? new Float32Array(lora.layout.size))
          const outputs = []
          for (const datum of batch.data) {
            const slopes = await slopesOf(batch, datum)
            const { gradient, rows } = await lora.gradient(state, datum.tokens, datum.targets, slopes)
            gradient.forEach((value, index) => total[index]! += value)
            outputs.push(output(batch, datum, rows))
          }
          if (!total.every(Number.isFinite)) throw new PocketError("NonFinite", "the gradient is not finite")
          accumulated = total
          return outputs
        }),
      optimStep: ({ beta1, beta2, eps, gradClipNorm, learningRate, weightDecay }) =>
        run(async () => {
          const gradient = accumulated ?? new Float32Array(lora.layout.size)
          const maxGradientNorm = gradClipNorm === 0 ? Infinity : gradClipNorm
          const options = { learningRate, beta1, beta2, epsilon: eps, weightDecay, maxGradientNorm }
          const stepped = adamW(state, gradient, options)
          state = stepped.state
          accumulated = undefined
          return { gradientNorm: stepped.gradientNorm }
        }),
      save: Effect.sync(() => {
        return withSpec(lora.owner.lora, encodeSnapshot(state, lora.owner))
      }),
      load: (bytes, optimizer) =>
        run(async () => {
          const saved = decodeSnapshot(readSpec(bytes).snapshot, lora.owner)
          state = optimizer ? saved : withParameters(lora.layout, saved.parameters)
          accumulated = undefined
        })
    }
  }

  const generate = (request: GenerateRequest) => {
    if (request.topK >= 0) return Effect.fail(refuse("this model does not sample with top_k: send -1"))
    const stops = request.stop ?? folder.tokenizer.stopIds
    const stopIds = stops.filter((stop) => typeof stop === "number")
    const stopTexts = stops.filter((stop) => typeof stop === "string")
    return run(async () => {
      const { lora, parameters } = await placeOf(request.weights)
      const { maxTokens, prompt, seed, temperature, topP } = request
      const tokens: Array<number> = []
      const logprobs: Array<number> = []
      let stopped = false
      const sample = { promptIds: prompt, maxTokens, temperature, topP, seed, weights: currentWeights }
      await lora.sample(parameters, sample, stopIds, ({ finish, id, logProb }) => {
        tokens.push(id)
        logprobs.push(logProb)
        stopped = finish === "stop" || stopTexts.some((text) => folder.tokenizer.decode(tokens).includes(text))
      }, () => stopped)
      const stopReason = stopped ? "stop" as const : "length" as const
      if ((temperature === 1 && topP >= 1) || tokens.length === 0) return { tokens, logprobs, stopReason }
      const rows = await lora.rows(parameters, [...prompt, ...tokens.slice(0, -1)])
      const drawn = rows.slice(prompt.length - 1).map((row) => processedRow([...row], { temperature, topP, topK: -1 }))
      return { tokens, logprobs: tokens.map((id, t) => drawn[t]![id]!), stopReason }
    })
  }

  const engine: Engine = {
    baseModels: [{
      name,
      arch: "qwen3",
      tokenizerId: name,
      vocabularySize: folder.config.vocabularySize,
      contextLength: folder.config.contextLength,
      stopIds: folder.tokenizer.stopIds
    }],
    createAdapter: (_, shape) => {
      const spec = loraOf(shape)
      return spec.targets.length === 0
        ? Effect.fail(refuse("nothing to train: switch train_attn or train_mlp on"))
        : Effect.map(run(() => compiledFor(spec)), (lora) => makeAdapter(lora, shape.seed))
    },
    generate,
    score: ({ ids, tokens, topK: k, weights }) =>
      run(async () => {
        const { lora, parameters } = await placeOf(weights)
        const rows = tokens.length < 2 ? [] : await lora.rows(parameters, tokens.slice(0, -1))
        return {
          logprobs: rows.map((row, t) => row[tokens[t + 1]!]!),
          topK: rows.map((row) => topK(row, k).map(({ id, logProb }) => [id, logProb] as const)),
          ids: rows.map((row, t) => (ids?.[t] ?? []).map((id) => row[id]!))
        }
      }),
    exportPeft: (weights) =>
      Effect.gen(function*() {
        const { lora, parameters } = yield* run(() => placeOf(weights))
        const directory = mkdtempSync(join(tmpdir(), "tinker-pocket-"))
        const { layout } = lora
        const adapter = {
          modelName: name,
          lora: lora.owner.lora,
          layout,
          parameters: parameters ?? new Float32Array(layout.size)
        }
        yield* Effect.mapError(writePeft(directory, adapter), asEngineError)
        const names = ["adapter_config.json", "adapter_model.safetensors"]
        const files = Object.fromEntries(
          names.map((file) => [file, Uint8Array.from(readFileSync(join(directory, file)))])
        )
        rmSync(directory, { recursive: true })
        return files
      })
  }
  return { engine, name, tokenizer: folder.tokenizer }
})
