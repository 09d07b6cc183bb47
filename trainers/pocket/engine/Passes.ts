import type { AdapterLayout } from "./adapter/AdapterState.ts"
import { serialize } from "./graph/Serialize.ts"
import type { KeyValues } from "./KeyValueCache.ts"
import type { GradientOutput, LossInput, LossOutput } from "./LossInput.ts"
import { decodeGraph, gradientGraph, mergeGraph, ports, scoreGraph } from "./model/Graphs.ts"
import type { LoraSpec } from "./model/LoraSpec.ts"
import { lossGraph, perTokenOutputs, weightInputs } from "./model/LossGraph.ts"
import type { ModelConfig } from "../../models/ModelConfig.ts"
import type { ModelWeights } from "./model/Weights.ts"
import { floats, lossOutput, type Tensors } from "./Outputs.ts"
import type { GraphRuntime, RuntimeSession, RuntimeTensor } from "./runtime/Runtime.ts"

/** Adapted weight matrices, ready to be used by `forward`. */
export type MergedWeights = Tensors

/** What the gradient graph gives. */
interface WholeGradient extends GradientOutput {
  readonly present: KeyValues
}

/** The graphs of training, compiled when first needed. */
interface TrainingSessions {
  readonly gradient: RuntimeSession
  readonly loss: RuntimeSession
}

/** The compiled graphs of one model and the calls that feed them. */
export class Passes {
  readonly #runtime: GraphRuntime
  readonly #config: ModelConfig
  readonly #layout: AdapterLayout
  readonly #merge: RuntimeSession
  readonly #score: RuntimeSession
  readonly #decode: RuntimeSession
  readonly #loadTraining: () => Promise<TrainingSessions>
  readonly #presentNames: ReadonlyArray<string>
  readonly #pastNames: ReadonlyArray<string>
  #training: Promise<TrainingSessions> | undefined

  private constructor(
    runtime: GraphRuntime,
    config: ModelConfig,
    layout: AdapterLayout,
    merge: RuntimeSession,
    score: RuntimeSession,
    decode: RuntimeSession,
    loadTraining: () => Promise<TrainingSessions>
  ) {
    this.#runtime = runtime
    this.#config = config
    this.#layout = layout
    this.#merge = merge
    this.#score = score
    this.#decode = decode
    this.#loadTraining = loadTraining
    const layers = Array.from({ length: config.layers }, (_, layer) => layer)
    this.#pastNames = layers.flatMap((layer) => [ports.pastKeys(layer), ports.pastValues(layer)])
    this.#presentNames = layers.flatMap((layer) => [ports.presentKeys(layer), ports.presentValues(layer)])
  }

  static async create(
    runtime: GraphRuntime,
    config: ModelConfig,
    weights: ModelWeights,
    lora: LoraSpec,
    layout: AdapterLayout
  ): Promise<Passes> {
    const merge = await runtime.load(serialize(mergeGraph(config, weights, lora)))
    const score = await runtime.load(serialize(scoreGraph(config, weights, lora)))
    const decode = await runtime.load(serialize(decodeGraph(config, weights, lora)))
    return new Passes(runtime, config, layout, merge, score, decode, async () => ({
      gradient: await runtime.load(serialize(gradientGraph(config, weights, lora))),
      loss: await runtime.load(serialize(lossGraph(config)))
    }))
  }

  /** Folds an adapter into the weights it adapts. Zero parameters give the base model's weights, bit for bit. */
  merge(parameters: Float32Array): Promise<MergedWeights> {
    const names = this.#layout.tensors.filter(({ part }) => part === "A").map(({ module }) => ports.merged(module))
    return this.#merge.run(this.#adapterFeeds(parameters), names)
  }

  /**
   * Log-probabilities [R, V] of the last `rows` of `ids`, which follow the tokens in `past` if there is one; and, where
   * `keep` asks for them, keys and values of past and ids together. Without a past every number is computed in the same
   * order of operations as in `gradient`.
   */
  async forward(
    ids: ReadonlyArray<number>,
    rows: number,
    merged: MergedWeights,
    past: KeyValues | undefined,
    keep: boolean
  ): Promise<{ readonly logProbs: Float32Array; readonly present: KeyValues | undefined }> {
    const feeds: Record<string, RuntimeTensor> = {
      ...merged,
      ids: this.#runtime.int32(Int32Array.from(ids), [ids.length]),
      firstRow: this.#runtime.int64(BigInt64Array.of(BigInt(ids.length - rows)), [1])
    }
    past?.forEach((tensor, index) => {
      feeds[this.#pastNames[index]!] = tensor
    })
    const session = past === undefined ? this.#score : this.#decode
    const outputs = await session.run(feeds, keep ? ["logProbs", ...this.#presentNames] : ["logProbs"])
    return { logProbs: floats(outputs["logProbs"]), present: keep ? this.#present(outputs) : undefined }
  }

  /** Normalised hidden states [R, H] that the last `rows` distributions after `ids` are read from. */
  async hidden(ids: ReadonlyArray<number>, rows: number, merged: MergedWeights): Promise<Float32Array> {
    const outputs = await this.#score.run({
      ...merged,
      ids: this.#runtime.int32(Int32Array.from(ids), [ids.length]),
      firstRow: this.#runtime.int64(BigInt64Array.of(BigInt(ids.length - rows)), [1])
    }, ["hidden"])
    return floats(outputs["hidden"])
  }

  /** Loss, per-token values, distributions and adapter gradient; see `gradientGraph`. */
  async gradient(parameters: Float32Array, ids: ReadonlyArray<number>, input: LossInput): Promise<WholeGradient> {
    const { gradient: session } = await this.#trainingSessions()
    const names = this.#layout.tensors.map(({ module, part }) =>
      ports.gradient(part === "A" ? ports.loraA(module) : ports.loraB(module))
    )
    const outputs = await session.run({
      ...this.#adapterFeeds(parameters),
      ...this.#lossFeeds(input),
      ids: this.#runtime.int32(Int32Array.from(ids), [ids.length])
    }, ["loss", ...perTokenOutputs, "logProbs", ...this.#presentNames, ...names])
    const gradient = new Float32Array(this.#layout.size)
    this.#layout.tensors.forEach(({ offset }, index) => gradient.set(floats(outputs[names[index]!]), offset))
    return {
      ...lossOutput(outputs, input.targets.length),
      gradient,
      logProbs: floats(outputs["logProbs"]),
      present: this.#present(outputs)
    }
  }

  /** Loss and per-token values of known distributions [C, V]; see `lossGraph`. */
  async loss(student: Float32Array, input: LossInput): Promise<LossOutput> {
    const { loss: session } = await this.#trainingSessions()
    const count = input.targets.length
    const feeds = { ...this.#lossFeeds(input), student: this.#rows(student, count) }
    return lossOutput(await session.run(feeds, ["loss", ...perTokenOutputs]), count)
  }

  /** Compiles the graphs of training now rather than at the first lesson. */
  async prepareTraining(): Promise<void> {
    await this.#trainingSessions()
  }

  async release(): Promise<void> {
    await this.#merge.release()
    await this.#score.release()
    await this.#decode.release()
    if (this.#training === undefined) return
    const { gradient, loss } = await this.#training
    await gradient.release()
    await loss.release()
  }

  #trainingSessions(): Promise<TrainingSessions> {
    return this.#training ??= this.#loadTraining()
  }

  #present(outputs: Tensors): KeyValues {
    return this.#presentNames.map((name) => outputs[name]!)
  }

  #rows(data: Float32Array | undefined, count: number): RuntimeTensor {
    const size = this.#config.vocabularySize
    return this.#runtime.float(data ?? new Float32Array(count * size), [count, size])
  }

  #lossFeeds(input: LossInput): Record<string, RuntimeTensor> {
    const count = input.targets.length
    const scalar = (value: number) => this.#runtime.float(Float32Array.of(value), [])
    const perToken = ["old", ...weightInputs] as const
    return {
      ...Object.fromEntries(perToken.map((name) => [name, this.#runtime.float(input[name], [count])])),
      targets: this.#runtime.int32(input.targets, [count]),
      teacher: this.#rows(input.teacher, count),
      base: this.#rows(input.base, count),
      alpha: scalar(input.alpha),
      ratioMin: scalar(input.ratioMin),
      ratioMax: scalar(input.ratioMax)
    }
  }

  #adapterFeeds(parameters: Float32Array): Record<string, RuntimeTensor> {
    return Object.fromEntries(this.#layout.tensors.map(({ module, offset, part, shape, size }) => [
      part === "A" ? ports.loraA(module) : ports.loraB(module),
      this.#runtime.float(parameters.subarray(offset, offset + size), shape)
    ]))
  }
}
