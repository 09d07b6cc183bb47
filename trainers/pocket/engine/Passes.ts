import type { AdapterLayout } from "./adapter/AdapterState.ts"
import { serialize } from "./graph/Serialize.ts"
import type { KeyValues } from "./KeyValueCache.ts"
import { forwardGraph, gradientGraph, mergeGraph, perTokenOutputs, ports, type weightInputs } from "./model/Graphs.ts"
import type { LoraSpec } from "./model/LoraSpec.ts"
import type { ModelConfig } from "./model/ModelConfig.ts"
import type { ModelWeights } from "./model/Weights.ts"
import type { GraphRuntime, RuntimeSession, RuntimeTensor } from "./runtime/Runtime.ts"

type Tensors = Readonly<Record<string, RuntimeTensor>>

/** Adapted weight matrices, ready to be used by `forward`. */
export type MergedWeights = Tensors

/** Per-token factors of the gradient graph's terms, each of length C. */
export type TermWeights = Readonly<Record<typeof weightInputs[number], Float32Array>>

export interface GradientInput extends TermWeights {
  /** Prompt and completion without its last token. */
  readonly ids: Int32Array
  readonly targets: Int32Array
  readonly old: Float32Array
  readonly ratioMin: number
  readonly ratioMax: number
  /** Log-probabilities [C, V]. */
  readonly teacher: Float32Array
  readonly base: Float32Array
  readonly alpha: number
}

export interface GradientOutput {
  readonly loss: number
  readonly perToken: Readonly<Record<typeof perTokenOutputs[number], Float32Array>>
  /** In the adapter's layout. */
  readonly gradient: Float32Array
}

const floats = (tensor: RuntimeTensor | undefined): Float32Array => {
  if (!(tensor?.data instanceof Float32Array)) throw new Error("the graph returned no float32 tensor")
  return tensor.data
}

/** The compiled graphs of one model and the calls that feed them. The gradient graph is compiled when first needed. */
export class Passes {
  readonly #runtime: GraphRuntime
  readonly #config: ModelConfig
  readonly #layout: AdapterLayout
  readonly #merge: RuntimeSession
  readonly #forward: RuntimeSession
  readonly #loadGradient: () => Promise<RuntimeSession>
  readonly #presentNames: ReadonlyArray<string>
  #gradient: Promise<RuntimeSession> | undefined

  private constructor(
    runtime: GraphRuntime,
    config: ModelConfig,
    layout: AdapterLayout,
    merge: RuntimeSession,
    forward: RuntimeSession,
    loadGradient: () => Promise<RuntimeSession>
  ) {
    this.#runtime = runtime
    this.#config = config
    this.#layout = layout
    this.#merge = merge
    this.#forward = forward
    this.#loadGradient = loadGradient
    this.#presentNames = Array.from(
      { length: config.layers },
      (_, layer) => [ports.presentKeys(layer), ports.presentValues(layer)]
    ).flat()
  }

  static async create(
    runtime: GraphRuntime,
    config: ModelConfig,
    weights: ModelWeights,
    lora: LoraSpec,
    layout: AdapterLayout
  ): Promise<Passes> {
    const merge = await runtime.load(serialize(mergeGraph(config, weights, lora)))
    const forward = await runtime.load(serialize(forwardGraph(config, weights, lora)))
    return new Passes(
      runtime,
      config,
      layout,
      merge,
      forward,
      () => runtime.load(serialize(gradientGraph(config, weights, lora)))
    )
  }

  /** Folds an adapter into the weights it adapts. Zero parameters give the base model's weights, bit for bit. */
  merge(parameters: Float32Array): Promise<MergedWeights> {
    const names = this.#layout.tensors.filter(({ part }) => part === "A").map(({ module }) => ports.merged(module))
    return this.#merge.run(this.#adapterFeeds(parameters), names)
  }

  /** Log-probabilities [R, V] of the last `rows` of `ids`, which follow the tokens in `past`; and the extended past. */
  async forward(
    ids: ArrayLike<number>,
    rows: number,
    merged: MergedWeights,
    past: KeyValues
  ): Promise<{ readonly logProbs: Float32Array; readonly present: KeyValues }> {
    const feeds: Record<string, RuntimeTensor> = {
      ...merged,
      ids: this.#runtime.int32(Int32Array.from(ids), [ids.length]),
      firstRow: this.#runtime.int64(BigInt64Array.of(BigInt(ids.length - rows)), [1])
    }
    for (let layer = 0; layer < this.#config.layers; layer++) {
      feeds[ports.pastKeys(layer)] = past[2 * layer]!
      feeds[ports.pastValues(layer)] = past[2 * layer + 1]!
    }
    const outputs = await this.#forward.run(feeds, ["logProbs", ...this.#presentNames])
    return { logProbs: floats(outputs["logProbs"]), present: this.#presentNames.map((name) => outputs[name]!) }
  }

  /** Log-probabilities [C, V] of every completion position, computed afresh, in the same order of operations as `gradient`. */
  async score(ids: Int32Array, rows: number, merged: MergedWeights): Promise<Float32Array> {
    const { headSize, keyValueHeads, layers } = this.#config
    const nothing = this.#runtime.float(new Float32Array(0), [keyValueHeads, 0, headSize])
    const feeds: Record<string, RuntimeTensor> = {
      ...merged,
      ids: this.#runtime.int32(ids, [ids.length]),
      firstRow: this.#runtime.int64(BigInt64Array.of(BigInt(ids.length - rows)), [1])
    }
    for (let layer = 0; layer < layers; layer++) {
      feeds[ports.pastKeys(layer)] = nothing
      feeds[ports.pastValues(layer)] = nothing
    }
    return floats((await this.#forward.run(feeds, ["logProbs"]))["logProbs"])
  }

  /** Loss, per-token values and adapter gradient; see `gradientGraph`. */
  async gradient(parameters: Float32Array, input: GradientInput): Promise<GradientOutput> {
    this.#gradient ??= this.#loadGradient()
    const session = await this.#gradient
    const count = input.targets.length
    const perToken = (data: Float32Array) => this.#runtime.float(data, [count])
    const scalar = (value: number) => this.#runtime.float(Float32Array.of(value), [])
    const rows = (data: Float32Array) => this.#runtime.float(data, [count, this.#config.vocabularySize])
    const gradientNames = this.#layout.tensors.map(({ module, part }) =>
      ports.gradient(part === "A" ? ports.loraA(module) : ports.loraB(module))
    )
    const outputs = await session.run({
      ...this.#adapterFeeds(parameters),
      ids: this.#runtime.int32(input.ids, [input.ids.length]),
      targets: this.#runtime.int32(input.targets, [count]),
      old: perToken(input.old),
      reverseWeight: perToken(input.reverseWeight),
      forwardWeight: perToken(input.forwardWeight),
      jsdWeight: perToken(input.jsdWeight),
      logProbWeight: perToken(input.logProbWeight),
      baseWeight: perToken(input.baseWeight),
      teacher: rows(input.teacher),
      base: rows(input.base),
      alpha: scalar(input.alpha),
      ratioMin: scalar(input.ratioMin),
      ratioMax: scalar(input.ratioMax)
    }, ["loss", ...perTokenOutputs, ...gradientNames])

    const gradient = new Float32Array(this.#layout.size)
    this.#layout.tensors.forEach(({ offset }, index) => gradient.set(floats(outputs[gradientNames[index]!]), offset))
    const values = (name: typeof perTokenOutputs[number]) => floats(outputs[name])
    return {
      loss: floats(outputs["loss"])[0]!,
      perToken: {
        logProb: values("logProb"),
        reverseKl: values("reverseKl"),
        forwardKl: values("forwardKl"),
        jsd: values("jsd"),
        baseKl: values("baseKl"),
        ratio: values("ratio")
      },
      gradient
    }
  }

  /** Compiles the gradient graph now rather than at the first lesson. */
  async prepareGradient(): Promise<void> {
    this.#gradient ??= this.#loadGradient()
    await this.#gradient
  }

  async release(): Promise<void> {
    await this.#merge.release()
    await this.#forward.release()
    if (this.#gradient !== undefined) await (await this.#gradient).release()
  }

  #adapterFeeds(parameters: Float32Array): Record<string, RuntimeTensor> {
    return Object.fromEntries(this.#layout.tensors.map(({ module, offset, part, shape, size }) => [
      part === "A" ? ports.loraA(module) : ports.loraB(module),
      this.#runtime.float(parameters.subarray(offset, offset + size), shape)
    ]))
  }
}
