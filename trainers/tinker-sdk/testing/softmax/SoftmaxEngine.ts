import * as Effect from "effect/Effect"
import { adamStep, normOf, type Optimised } from "../engine/Adam.ts"
import {
  type Adapter,
  type BaseModel,
  type DatumOutput,
  type Engine,
  EngineError,
  type GenerateRequest,
  type ScoreRequest,
  type TrainingBatch
} from "../engine/Engine.ts"
import { datumLoss } from "../engine/Losses.ts"
import { draw, mostLikely, processedRow } from "../engine/Sampling.ts"
import { hashText, seeded } from "../engine/Seeded.ts"
import { safetensors } from "./Safetensors.ts"
import { SoftmaxModel } from "./SoftmaxModel.ts"

export interface SoftmaxOptions {
  /** Names of the base models; each has its own weights. Default: `fake/softmax`. */
  readonly models?: ReadonlyArray<string>
  /** Default 16. The last id ends a turn. */
  readonly vocabularySize?: number
  /** Default 256. */
  readonly contextLength?: number
}

const refuse = (message: string) => new EngineError({ category: "user", message })

/** A state as bytes: owner, rank and step, then weights and both moments, all float64. */
const encodeState = (owner: number, rank: number, state: Optimised): Uint8Array => {
  const numbers = Float64Array.of(owner, rank, state.step, ...state.weights, ...state.first, ...state.second)
  return new Uint8Array(numbers.buffer)
}

const decodeState = (
  bytes: Uint8Array
): { readonly owner: number; readonly rank: number; readonly state: Optimised } => {
  const numbers = new Float64Array(Uint8Array.from(bytes).buffer)
  const size = (numbers.length - 3) / 3
  const part = (index: number) => numbers.slice(3 + index * size, 3 + (index + 1) * size)
  return {
    owner: numbers[0]!,
    rank: numbers[1]!,
    state: { step: numbers[2]!, weights: part(0), first: part(1), second: part(2) }
  }
}

const makeAdapter = (name: string, model: SoftmaxModel, rank: number, seed: number): Adapter => {
  const owner = hashText(name)
  let state = model.fresh(rank, seed)
  let accumulated: Float64Array | undefined

  const run = (batch: TrainingBatch, gradient: Float64Array | undefined): ReadonlyArray<DatumOutput> =>
    batch.data.map((datum) => {
      const features = model.features(datum.tokens)
      const rows = features.map((x) => model.logProbs(state.weights, x))
      const { logprobs, losses, slopes } = datumLoss(
        batch,
        datum,
        datum.targets.map((ids, t) => ids.map((id) => rows[t]![id]!))
      )
      if (gradient !== undefined) {
        slopes.forEach((slope, t) =>
          model.addGradient(gradient, state.weights, features[t]!, rows[t]!, datum.targets[t]!, slope)
        )
      }
      return { logprobs, losses }
    })

  return {
    forward: (batch) => Effect.sync(() => run(batch, undefined)),
    forwardBackward: (batch) =>
      Effect.suspend(() => {
        const gradient = new Float64Array(state.weights.length)
        const outputs = run(batch, gradient)
        if (!gradient.every(Number.isFinite)) {
          return Effect.fail(refuse("NonFiniteInTensor: the gradient is not finite; nothing was accumulated"))
        }
        const before = accumulated
        accumulated = before === undefined ? gradient : gradient.map((value, i) => value + before[i]!)
        return Effect.succeed(outputs)
      }),
    optimStep: (options) =>
      Effect.suspend(() => {
        const gradient = accumulated ?? new Float64Array(state.weights.length)
        const next = adamStep(state, gradient, options)
        if (!next.weights.every(Number.isFinite))
          return Effect.fail(refuse("the update is not finite; nothing changed"))
        state = next
        accumulated = undefined
        return Effect.succeed({ gradientNorm: normOf(gradient) })
      }),
    save: Effect.sync(() => encodeState(owner, rank, state)),
    load: (bytes, optimizer) =>
      Effect.suspend(() => {
        const saved = decodeState(bytes)
        if (saved.owner !== owner || saved.rank !== rank) {
          return Effect.fail(refuse("the checkpoint is of another base model or rank"))
        }
        state = optimizer ? saved.state : { ...model.fresh(rank, 0), weights: saved.state.weights }
        accumulated = undefined
        return Effect.void
      })
  }
}

/**
 * An engine whose model is a table: exact, deterministic, and fast enough for ten thousand operations in seconds. Prompts
 * matter: the model sees the last token and how often each token occurred before it.
 */
export const softmaxEngine = (options: SoftmaxOptions = {}): Engine => {
  const vocabularySize = options.vocabularySize ?? 16
  const contextLength = options.contextLength ?? 256
  const names = options.models ?? ["fake/softmax"]
  const models = new Map(names.map((name) => [name, new SoftmaxModel(name, vocabularySize)]))
  const baseModels = names.map((name): BaseModel => ({
    name,
    arch: "softmax",
    tokenizerId: name,
    vocabularySize,
    contextLength,
    stopIds: [vocabularySize - 1]
  }))

  const modelOf = (name: string) => {
    const model = models.get(name)
    return model === undefined ? Effect.fail(refuse(`base model ${name} is not offered`)) : Effect.succeed(model)
  }
  const adapterOf = (bytes: Uint8Array | undefined) =>
    bytes === undefined ? undefined : decodeState(bytes).state.weights

  const generate = Effect.fnUntraced(function*(request: GenerateRequest) {
    const model = yield* modelOf(request.weights.baseModel)
    const stop = request.stop ?? [vocabularySize - 1]
    if (stop.some((entry) => typeof entry === "string")) {
      return yield* refuse("this model has no tokenizer: give stop as token ids")
    }
    const stops = new Set<number | string>(stop)
    const adapter = adapterOf(request.weights.state)
    const uniform = seeded(request.seed)
    const tokens: Array<number> = []
    const logprobs: Array<number> = []
    while (tokens.length < request.maxTokens) {
      const x = model.features([...request.prompt, ...tokens]).at(-1)
      if (x === undefined) return yield* refuse("the prompt is empty")
      const row = processedRow(model.logProbs(adapter, x), request)
      const id = draw(row, uniform())
      tokens.push(id)
      logprobs.push(row[id]!)
      if (stops.has(id)) return { tokens, logprobs, stopReason: "stop" as const }
    }
    return { tokens, logprobs, stopReason: "length" as const }
  })

  const score = Effect.fnUntraced(function*(request: ScoreRequest) {
    const model = yield* modelOf(request.weights.baseModel)
    const adapter = adapterOf(request.weights.state)
    const rows = model.features(request.tokens.slice(0, -1)).map((x) => model.logProbs(adapter, x))
    return {
      logprobs: rows.map((row, t) => row[request.tokens[t + 1]!]!),
      topK: rows.map((row) => mostLikely(row, request.topK)),
      ids: rows.map((row, t) => (request.ids?.[t] ?? []).map((id) => row[id]!))
    }
  })

  return {
    baseModels,
    createAdapter: (name, shape) =>
      Effect.map(modelOf(name), (model) => makeAdapter(name, model, shape.rank, shape.seed)),
    generate,
    score,
    exportPeft: (weights, shape) =>
      Effect.gen(function*() {
        const model = yield* modelOf(weights.baseModel)
        const all = adapterOf(weights.state) ?? model.fresh(shape.rank, shape.seed).weights
        const half = all.length / 2
        return {
          "adapter_config.json": new TextEncoder().encode(JSON.stringify({
            peft_type: "LORA",
            base_model_name_or_path: weights.baseModel,
            r: shape.rank,
            lora_alpha: 32,
            target_modules: ["lm_head"]
          })),
          "adapter_model.safetensors": safetensors([
            {
              name: "base_model.model.lm_head.lora_A.weight",
              shape: [shape.rank, vocabularySize],
              data: Float32Array.from(all.subarray(0, half))
            },
            {
              name: "base_model.model.lm_head.lora_B.weight",
              shape: [vocabularySize, shape.rank],
              data: Float32Array.from(all.subarray(half))
            }
          ])
        }
      })
  }
}
