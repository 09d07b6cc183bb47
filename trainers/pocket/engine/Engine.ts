import { join } from "node:path"
import type {
  HiddenRequest,
  OptimizerOptions,
  SampleRequest,
  ScoreRequest,
  Scores,
  UpdateReport
} from "../../../core/LoraBackend.ts"
import type { LossItem, LossReport } from "../../../core/Loss.ts"
import type { Calculator } from "./Calculator.ts"
import {
  type AdapterLayout,
  adapterLayout,
  type AdapterState,
  blend,
  freshState,
  withParameters
} from "./adapter/AdapterState.ts"
import { adamW, norm } from "./adapter/AdamW.ts"
import { decodeSnapshot, encodeSnapshot, type SnapshotOwner } from "./adapter/Snapshot.ts"
import { EngineError } from "./EngineError.ts"
import { scoredSequence } from "./Ids.ts"
import { KnownRows } from "./KnownRows.ts"
import { LossPass, parametersOf } from "./LossPass.ts"
import type { LoraSpec } from "./model/LoraSpec.ts"
import type { ModelConfig } from "../../models/ModelConfig.ts"
import { modelWeights } from "./model/Weights.ts"
import { MergedCalculator } from "./MergedCalculator.ts"
import { loadRuntime } from "./runtime/Load.ts"
import type { GraphRuntime, RuntimeOptions } from "./runtime/Runtime.ts"
import { type EngineToken, Sampler } from "./Sampler.ts"
import { topK } from "./Sampling.ts"
import { Scoring } from "./Scoring.ts"
import { floatModel } from "./turn/FloatModel.ts"
import { type ModelOnDisk, openPrepared } from "./turn/Prepared.ts"
import { PromptStore } from "./turn/PromptStore.ts"
import { type Activation, TurnCalculator } from "./turn/TurnCalculator.ts"

export type { EngineToken } from "./Sampler.ts"

/** Everything the engine needs to run one model. */
export interface EngineOptions {
  readonly config: ModelConfig
  /** The weights, in memory or where they are on disk. */
  readonly weights:
    | ReadonlyMap<string, { readonly shape: ReadonlyArray<number>; readonly data: Float32Array }>
    | ModelOnDisk
  /**
   * Run the frozen matrices as they are, adapter beside them, which is active as this says. Absent: fold adapters into the
   * matrices and have them active everywhere, which is faster for small models, whose weights must be in memory.
   */
  readonly activation?: Activation
  readonly modelIdentity: string
  readonly lora: LoraSpec
  readonly runtime: RuntimeOptions
  /** Draws the first adapter's A. */
  readonly seed: number
  readonly stopIds: ReadonlyArray<number>
}

/** Nats, of log-probabilities. */
const entropy = (row: Float32Array): number => {
  let sum = 0
  for (let index = 0; index < row.length; index++) sum -= Math.exp(row[index]!) * row[index]!
  return sum
}

/** How many bytes of distributions are kept, and how many rows at least: a lesson's, by student, teacher and base. */
const KNOWN_BYTES = 32 * 2 ** 20
const KNOWN_ROWS = 128
/** How many bytes of prompts' keys and values are kept. */
const TREE_BYTES = 256 * 2 ** 20

/**
 * The pocket model with its adapter: samples, scores, differentiates and updates. Not safe for overlapping calls; the worker
 * runs them one after another. Each call happens whole or leaves adapter, optimiser and shadows as they were.
 */
export class Engine {
  readonly #options: EngineOptions
  readonly #runtime: GraphRuntime
  readonly #calculator: Calculator
  readonly #layout: AdapterLayout
  readonly #owner: SnapshotOwner
  readonly #known: KnownRows
  readonly #scoring: Scoring
  readonly #losses: LossPass
  readonly #sampler: Sampler
  #state: AdapterState
  #gradient: Float32Array | undefined

  private constructor(
    options: EngineOptions,
    runtime: GraphRuntime,
    calculator: Calculator,
    layout: AdapterLayout
  ) {
    const { config, lora, modelIdentity, stopIds } = options
    const known = new KnownRows(
      config.vocabularySize,
      Math.max(KNOWN_BYTES, 4 * KNOWN_ROWS * config.vocabularySize)
    )
    const scoring = new Scoring(config, calculator, known)
    this.#options = options
    this.#runtime = runtime
    this.#calculator = calculator
    this.#layout = layout
    this.#owner = { modelIdentity, lora, layout }
    this.#known = known
    this.#scoring = scoring
    this.#losses = new LossPass({ config, layout, calculator, scoring, known })
    this.#sampler = new Sampler({ config, stopIds, calculator, known })
    this.#state = freshState(layout, options.seed)
  }

  /** `report` is told how far the preparation of a model on disk is, where there is any to do. */
  static async create(
    options: EngineOptions,
    report: (done: number, total: number) => void = () => {}
  ): Promise<Engine> {
    const { activation, config, lora, weights } = options
    const layout = adapterLayout(config, lora)
    const runtime = await loadRuntime(options.runtime)
    if (activation === undefined) {
      if (!(weights instanceof Map)) throw new Error("adapters are folded into weights in memory only")
      const calculator = await MergedCalculator.create(runtime, config, modelWeights(weights), lora, layout)
      return new Engine(options, runtime, calculator, layout)
    }
    const isOnDisk = "directory" in weights
    const calculator = await TurnCalculator.create(
      runtime,
      config,
      isOnDisk ? openPrepared(config, weights, report) : floatModel(config, weights),
      lora,
      layout,
      activation,
      TREE_BYTES,
      isOnDisk ? new PromptStore(join(weights.directory, "prompts"), config) : undefined
    )
    return new Engine(options, runtime, calculator, layout)
  }

  /** What runs the numbers. */
  get runtimeName(): string {
    return this.#runtime.name
  }

  get revision(): number {
    return this.#state.revision
  }

  /** The adapter's parameters in the order of its layout. */
  get parameters(): Float32Array {
    return this.#state.parameters
  }

  /** Samples until a stop id, `maxTokens`, a full context, or `cancelled` says so between two tokens. */
  sample(request: SampleRequest, onToken: (token: EngineToken) => void, cancelled?: () => boolean): Promise<void> {
    return this.#sampler.sample(parametersOf(this.#state, request.weights), request, onToken, cancelled)
  }

  async score(request: ScoreRequest): Promise<Scores> {
    const { completionIds, promptIds, reuse = false, topK: k = 0, weights } = request
    if (completionIds.length === 0) return { logProbs: [], entropies: [], ...(k > 0 ? { topK: [] } : {}) }
    const parameters = parametersOf(this.#state, weights)
    const current = weights._tag === "Current"
    if (current && !reuse && this.#scoring.find(parameters, promptIds, completionIds) === undefined) {
      await this.#losses.anticipate(this.#state, promptIds, completionIds)
    }
    const distributions = reuse
      ? await this.#scoring.quickDistributions(parameters, promptIds, completionIds)
      : await this.#scoring.distributions(parameters, promptIds, completionIds, current)
    const rows = completionIds.map((_, index) => this.#row(distributions, index))
    const logProbs = completionIds.map((id, index) => rows[index]![id]!)
    if (!logProbs.every(Number.isFinite)) {
      throw new EngineError("NonFinite", "The model's output is not finite. Undo the last step or reset the adapter.")
    }
    return {
      logProbs,
      entropies: rows.map(entropy),
      ...(k > 0 ? { topK: rows.map((row) => topK(row, k)) } : {})
    }
  }

  /** Normalised hidden states of a completion's positions, a row each. */
  async hiddenStates({ completionIds, promptIds, weights }: HiddenRequest): Promise<ReadonlyArray<Float32Array>> {
    if (completionIds.length === 0) return []
    const { config } = this.#options
    scoredSequence(config, promptIds, completionIds)
    const rows = await this.#calculator.hidden(parametersOf(this.#state, weights), promptIds, completionIds)
    if (!rows.every(Number.isFinite)) {
      throw new EngineError("NonFinite", "The model's output is not finite. Undo the last step or reset the adapter.")
    }
    return completionIds.map((_, t) => rows.slice(t * config.hiddenSize, (t + 1) * config.hiddenSize))
  }

  /** Value of a loss; the accumulated gradient stays as it is. */
  async evaluate(items: ReadonlyArray<LossItem>): Promise<LossReport> {
    const { loss, reports } = await this.#losses.evaluate(this.#state, items)
    return { loss, gradientNorm: 0, items: reports }
  }

  async forwardBackward(items: ReadonlyArray<LossItem>): Promise<LossReport> {
    const { gradient, loss, reports } = await this.#losses.gradient(this.#state, items)
    const accumulated = this.#gradient === undefined
      ? gradient
      : gradient.map((value, index) => value + this.#gradient![index]!)
    const gradientNorm = norm(accumulated)
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
      throw new EngineError(
        "NonFinite",
        "Loss or gradient is not finite, so nothing was changed. Undo the last step or reset the adapter."
      )
    }
    this.#gradient = accumulated
    return { loss, gradientNorm, items: reports }
  }

  update(options: OptimizerOptions): UpdateReport {
    if (this.#gradient === undefined) {
      throw new EngineError("Unsupported", "There is no gradient to apply. Run forwardBackward first.")
    }
    const { gradientNorm, state, updateNorm } = adamW(this.#state, this.#gradient, options)
    this.#state = state
    this.#gradient = undefined
    return { gradientNorm, updateNorm, revision: state.revision }
  }

  discard(): void {
    this.#gradient = undefined
  }

  blendShadow(name: string, rate: number): void {
    if (!(rate >= 0 && rate <= 1)) {
      throw new EngineError("Unsupported", `The shadow's rate is ${rate}. Give a number from 0 to 1.`)
    }
    const shadows = new Map(this.#state.shadows)
    shadows.set(name, blend(shadows.get(name), this.#state.parameters, rate))
    this.#state = { ...this.#state, shadows }
  }

  snapshot(): Uint8Array {
    return encodeSnapshot(this.#state, this.#owner)
  }

  restore(bytes: Uint8Array): void {
    this.#replace(decodeSnapshot(bytes, this.#owner))
  }

  reset(seed: number): void {
    this.#replace(freshState(this.#layout, seed))
  }

  /** Takes over an adapter's parameters with an empty optimiser. */
  adopt(parameters: Float32Array): void {
    if (parameters.length !== this.#layout.size) {
      throw new EngineError(
        "Internal",
        `The adapter has ${parameters.length} numbers, not ${this.#layout.size}. Export it again.`
      )
    }
    this.#replace(withParameters(this.#layout, parameters))
  }

  /** Compiles what is otherwise compiled at the first lesson. */
  prepare(): Promise<void> {
    return this.#calculator.prepareTraining()
  }

  async close(): Promise<void> {
    this.#known.clear()
    await this.#calculator.release()
  }

  #replace(state: AdapterState): void {
    this.#state = state
    this.#gradient = undefined
  }

  #row(distributions: Float32Array, index: number): Float32Array {
    const size = this.#options.config.vocabularySize
    return distributions.subarray(index * size, (index + 1) * size)
  }
}
