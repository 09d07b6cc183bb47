import type { AdapterLayout } from "../adapter/AdapterState.ts"
import { serialize } from "../graph/Serialize.ts"
import type { Crossing } from "../graph/Split.ts"
import type { LossInput, LossOutput } from "../LossInput.ts"
import type { FrozenWeights } from "../model/Frozen.ts"
import { ports } from "../model/Graphs.ts"
import type { LoraSpec } from "../model/LoraSpec.ts"
import { lossGradientGraph, type LossTerm, weightInputs } from "../model/LossGraph.ts"
import type { ModelConfig } from "../../../models/ModelConfig.ts"
import { turnGraphs, turnPorts } from "../model/TurnGraphs.ts"
import { floats, lossOutput, type Tensors } from "../Outputs.ts"
import type { GraphRuntime, RuntimeSession } from "../runtime/Runtime.ts"
import type { Desk } from "./Desk.ts"
import type { Embedding } from "./Embedding.ts"

/** What the backward pass of a run takes from its forward pass. */
export interface Kept {
  readonly values: Tensors
  readonly rows: number
}

interface RunOutput {
  /** [R, V]. */
  readonly logProbs: Float32Array
  readonly kept: Kept | undefined
}

/** Where the weights of a model are, and how they come into the graphs. */
export interface TurnModel {
  readonly weights: FrozenWeights
  readonly embedding: Embedding
  /** The folder of the files that the weights lie in, where they do. */
  readonly folder: string | undefined
}

const termsOf = ({ base, divergence }: LossInput): ReadonlyArray<LossTerm> => [
  ...(divergence === undefined
    ? []
    : [({ reverse_kl: "reverseKl", forward_kl: "forwardKl", jsd: "jsd" } as const)[divergence]]),
  ...(base === undefined ? [] : ["baseKl" as const])
]

/** The compiled graphs of `turnGraphs`, and the calls that feed them. The backward one is compiled when first needed. */
export class TurnPasses {
  readonly #runtime: GraphRuntime
  readonly #config: ModelConfig
  readonly #layout: AdapterLayout
  readonly #embedding: Embedding
  readonly #forward: RuntimeSession
  readonly #loadBackward: () => Promise<RuntimeSession>
  readonly #crossing: ReadonlyArray<Crossing>
  readonly #gradients: ReadonlyArray<string>
  readonly #losses = new Map<string, Promise<RuntimeSession>>()
  #backward: Promise<RuntimeSession> | undefined
  #adapters: { readonly parameters: Float32Array | undefined; readonly feeds: Tensors } | undefined

  private constructor(
    runtime: GraphRuntime,
    config: ModelConfig,
    layout: AdapterLayout,
    embedding: Embedding,
    forward: RuntimeSession,
    loadBackward: () => Promise<RuntimeSession>,
    crossing: ReadonlyArray<Crossing>
  ) {
    this.#runtime = runtime
    this.#config = config
    this.#layout = layout
    this.#embedding = embedding
    this.#forward = forward
    this.#loadBackward = loadBackward
    this.#crossing = crossing
    this.#gradients = layout.tensors.map(({ module, part }) =>
      ports.gradient(part === "A" ? ports.loraA(module) : ports.loraB(module))
    )
  }

  static async create(
    runtime: GraphRuntime,
    config: ModelConfig,
    { embedding, folder, weights }: TurnModel,
    lora: LoraSpec,
    layout: AdapterLayout
  ): Promise<TurnPasses> {
    const { crossing, first, second } = turnGraphs(config, weights, lora)
    const forward = await runtime.load(serialize(first), { folder })
    const loadBackward = () => runtime.load(serialize(second), { folder })
    return new TurnPasses(runtime, config, layout, embedding, forward, loadBackward, crossing)
  }

  /**
   * Runs `ids` after what lies on the desk, and writes their keys and values behind it. Distributions come for the last `rows`;
   * `keep` keeps what `backward` takes. Without `parameters` it is the base model that runs.
   */
  async run(
    ids: ReadonlyArray<number>,
    rows: number,
    parameters: Float32Array | undefined,
    desk: Desk,
    keep: boolean
  ): Promise<RunOutput> {
    desk.reserve(desk.length + ids.length)
    const feeds = this.#runFeeds(ids, rows, desk)
    const outputs = await this.#run(feeds, parameters, desk, keep ? ids.length : 0, [
      turnPorts.logProbs,
      ...(keep ? this.#crossing.map(({ output }) => output) : [])
    ])
    const values = () => Object.fromEntries(this.#crossing.map(({ name, output }) => [name, outputs[output]!]))
    return {
      logProbs: floats(outputs[turnPorts.logProbs]),
      kept: keep ? { values: { ...feeds, ...values() }, rows } : undefined
    }
  }

  /** Normalised hidden states [R, hidden size] that the last `rows` distributions after `ids` are read from. */
  async hidden(
    ids: ReadonlyArray<number>,
    rows: number,
    parameters: Float32Array | undefined,
    desk: Desk
  ): Promise<Float32Array> {
    desk.reserve(desk.length + ids.length)
    const outputs = await this.#run(this.#runFeeds(ids, rows, desk), parameters, desk, 0, [turnPorts.hidden])
    return floats(outputs[turnPorts.hidden])
  }

  /** The adapter's gradient in its layout, given that in the logits [R, V] of a run that was kept; the desk is as it was. */
  async backward(kept: Kept, toLogits: Float32Array, parameters: Float32Array, desk: Desk): Promise<Float32Array> {
    const session = await (this.#backward ??= this.#loadBackward())
    const outputs = await session.run(
      pick(session, {
        ...desk.feeds,
        ...kept.values,
        ...this.#adapterFeeds(parameters),
        [turnPorts.toLogits]: this.#runtime.float(toLogits, [kept.rows, this.#config.vocabularySize])
      }),
      this.#gradients
    )
    const gradient = new Float32Array(this.#layout.size)
    this.#layout.tensors.forEach(({ offset }, index) => gradient.set(floats(outputs[this.#gradients[index]!]), offset))
    return gradient
  }

  /** A loss of known distributions [C, V], and its gradient in the logits they were made of. */
  async loss(student: Float32Array, input: LossInput): Promise<LossOutput & { readonly toLogits: Float32Array }> {
    const session = await this.#lossSession(termsOf(input))
    const count = input.targets.length
    const rows = (data: Float32Array) => this.#runtime.float(data, [count, this.#config.vocabularySize])
    const scalar = (value: number) => this.#runtime.float(Float32Array.of(value), [])
    const outputs = await session.run(
      pick(session, {
        ...Object.fromEntries(
          (["old", ...weightInputs] as const).map((name) => [name, this.#runtime.float(input[name], [count])])
        ),
        targets: this.#runtime.int32(input.targets, [count]),
        student: rows(student),
        ...(input.teacher === undefined ? {} : { teacher: rows(input.teacher) }),
        ...(input.base === undefined ? {} : { base: rows(input.base) }),
        alpha: scalar(input.alpha),
        ratioMin: scalar(input.ratioMin),
        ratioMax: scalar(input.ratioMax)
      }),
      session.outputs
    )
    return { ...lossOutput(outputs, count), toLogits: floats(outputs["toLogits"]) }
  }

  async prepareTraining(): Promise<void> {
    await (this.#backward ??= this.#loadBackward())
  }

  async release(): Promise<void> {
    await this.#forward.release()
    for (const session of this.#losses.values()) await (await session).release()
    if (this.#backward !== undefined) await (await this.#backward).release()
  }

  #runFeeds(ids: ReadonlyArray<number>, rows: number, desk: Desk): Tensors {
    const one = (value: number) => this.#runtime.int64(BigInt64Array.of(BigInt(value)), [1])
    return {
      [turnPorts.embedded]: this.#runtime.float(this.#embedding.rows(ids), [ids.length, this.#config.hiddenSize]),
      [turnPorts.past]: one(desk.length),
      [turnPorts.last]: this.#runtime.int32(Int32Array.of(desk.length + ids.length - 1), [1]),
      [turnPorts.total]: this.#runtime.int32(Int32Array.of(desk.length + ids.length), []),
      [turnPorts.firstRow]: one(ids.length - rows)
    }
  }

  async #run(
    feeds: Tensors,
    parameters: Float32Array | undefined,
    desk: Desk,
    keptRows: number,
    outputs: ReadonlyArray<string>
  ): Promise<Tensors> {
    const found = await this.#forward.run(
      pick(this.#forward, {
        ...desk.feeds,
        ...feeds,
        ...this.#adapterFeeds(parameters),
        [turnPorts.keptRows]: this.#runtime.int64(BigInt64Array.of(BigInt(keptRows)), [1])
      }),
      outputs,
      desk.outputs
    )
    desk.adopt(found)
    return found
  }

  #lossSession(terms: ReadonlyArray<LossTerm>): Promise<RuntimeSession> {
    const name = terms.join(" ")
    const known = this.#losses.get(name)
    if (known !== undefined) return known
    const session = this.#runtime.load(serialize(lossGradientGraph(this.#config, terms)), { arena: false })
    this.#losses.set(name, session)
    return session
  }

  /** Without parameters an adapter of rank 0, which costs nothing. */
  #adapterFeeds(parameters: Float32Array | undefined): Tensors {
    const known = this.#adapters
    if (known !== undefined && known.parameters === parameters) return known.feeds
    const feeds = Object.fromEntries(this.#layout.tensors.map(({ module, offset, part, shape, size }) => [
      part === "A" ? ports.loraA(module) : ports.loraB(module),
      parameters === undefined
        ? this.#runtime.float(new Float32Array(), part === "A" ? [0, shape[1]!] : [shape[0]!, 0])
        : this.#runtime.float(parameters.subarray(offset, offset + size), shape)
    ]))
    this.#adapters = { parameters, feeds }
    return feeds
  }
}

/** What a session takes of these. */
const pick = (session: RuntimeSession, feeds: Tensors): Tensors =>
  Object.fromEntries(session.inputs.map((name) => [name, feeds[name]!]))
