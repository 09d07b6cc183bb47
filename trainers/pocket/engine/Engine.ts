import type {
  LossItem,
  LossReport,
  OptimizerOptions,
  SampleRequest,
  ScoreRequest,
  Scores,
  UpdateReport,
  Weights
} from "../../../core/LoraBackend.ts"
import {
  type AdapterLayout,
  adapterLayout,
  type AdapterState,
  blend,
  fingerprint,
  freshState,
  withParameters
} from "./adapter/AdapterState.ts"
import { adamW, norm } from "./adapter/AdamW.ts"
import { decodeSnapshot, encodeSnapshot, type SnapshotOwner } from "./adapter/Snapshot.ts"
import { EngineError } from "./EngineError.ts"
import { KeyValueCache } from "./KeyValueCache.ts"
import { checkItem, itemReport, maskOf, ratioBounds, termWeights } from "./LossTerms.ts"
import type { LoraSpec } from "./model/LoraSpec.ts"
import type { ModelConfig } from "./model/ModelConfig.ts"
import { modelWeights } from "./model/Weights.ts"
import { type MergedWeights, Passes } from "./Passes.ts"
import { makeRandom } from "./Random.ts"
import { loadRuntime } from "./runtime/Load.ts"
import type { GraphRuntime, RuntimeOptions } from "./runtime/Runtime.ts"
import { drawToken, topK } from "./Sampling.ts"

/** Everything the engine needs to run one model. */
export interface EngineOptions {
  readonly config: ModelConfig
  readonly tensors: ReadonlyMap<string, { readonly shape: ReadonlyArray<number>; readonly data: Float32Array }>
  readonly modelIdentity: string
  readonly lora: LoraSpec
  readonly runtime: RuntimeOptions
  /** Draws the first adapter's A. */
  readonly seed: number
  readonly stopIds: ReadonlyArray<number>
}

/** A sampled token, before it is turned into text. */
export interface EngineToken {
  readonly id: number
  readonly logProb: number
  readonly finish?: "stop" | "length"
}

/** How many bytes of teacher and base distributions are kept for the inner steps of a lesson. */
const SCORE_CACHE_BYTES = 32 * 2 ** 20

/**
 * The pocket model with its adapter: samples, scores, differentiates and updates. Not safe for overlapping calls; the worker
 * runs them one after another. Each call happens whole or leaves adapter, optimiser and shadows as they were.
 */
export class Engine {
  readonly #options: EngineOptions
  readonly #runtime: GraphRuntime
  readonly #passes: Passes
  readonly #layout: AdapterLayout
  readonly #owner: SnapshotOwner
  readonly #cache: KeyValueCache
  readonly #merged = new Map<string, MergedWeights>()
  readonly #scores = new Map<string, Float32Array>()
  #state: AdapterState
  #gradient: Float32Array | undefined

  private constructor(options: EngineOptions, runtime: GraphRuntime, passes: Passes, layout: AdapterLayout) {
    this.#options = options
    this.#runtime = runtime
    this.#passes = passes
    this.#layout = layout
    this.#owner = { modelIdentity: options.modelIdentity, lora: options.lora, layout }
    this.#cache = new KeyValueCache(runtime, options.config)
    this.#state = freshState(layout, options.seed)
  }

  static async create(options: EngineOptions): Promise<Engine> {
    const runtime = await loadRuntime(options.runtime)
    const layout = adapterLayout(options.config, options.lora)
    const passes = await Passes.create(runtime, options.config, modelWeights(options.tensors), options.lora, layout)
    return new Engine(options, runtime, passes, layout)
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
  async sample(
    request: SampleRequest,
    onToken: (token: EngineToken) => void,
    cancelled: () => boolean = () => false
  ): Promise<void> {
    const { maxTokens, promptIds, seed, temperature, topP } = request
    this.#checkIds("prompt", promptIds)
    const room = this.#options.config.contextLength - promptIds.length
    if (room < 1) this.#tooLong(promptIds.length + 1)
    const limit = Math.min(maxTokens, room)
    if (limit < 1) return
    const { key, merged } = await this.#weights(request.weights)
    const random = makeRandom(seed)
    const start = this.#cache.take(key, promptIds)
    let known = [...start.ids]
    let past = start.keyValues
    let next: ReadonlyArray<number> = promptIds.slice(known.length)
    try {
      for (let count = 1; !cancelled(); count++) {
        const { logProbs, present } = await this.#passes.forward(next, 1, merged, past)
        known = [...known, ...next]
        past = present
        if (cancelled()) return
        const id = drawToken(logProbs, temperature, topP, random)
        const logProb = logProbs[id]!
        if (!Number.isFinite(logProb)) {
          throw new EngineError(
            "NonFinite",
            "The model's output is not finite. Undo the last step or reset the adapter."
          )
        }
        if (this.#options.stopIds.includes(id)) return onToken({ id, logProb, finish: "stop" })
        if (count === limit) return onToken({ id, logProb, finish: "length" })
        onToken({ id, logProb })
        next = [id]
      }
    } finally {
      if (known.length > 0) this.#cache.put({ weights: key, ids: known, keyValues: past })
    }
  }

  async score(request: ScoreRequest): Promise<Scores> {
    const { completionIds, promptIds, topK: k = 0, weights } = request
    if (completionIds.length === 0) return { logProbs: [], entropies: [], ...(k > 0 ? { topK: [] } : {}) }
    const distributions = await this.#distributions(promptIds, completionIds, weights)
    const rows = completionIds.map((_, index) => this.#row(distributions, index))
    return {
      logProbs: completionIds.map((id, index) => rows[index]![id]!),
      entropies: rows.map((row) =>
        row.reduce((sum, value) => sum - (value > -Infinity ? Math.exp(value) * value : 0), 0)
      ),
      ...(k > 0 ? { topK: rows.map((row) => topK(row, k)) } : {})
    }
  }

  /** Value of a loss; the accumulated gradient stays as it is. */
  async evaluate(items: ReadonlyArray<LossItem>): Promise<LossReport> {
    const { loss, reports } = await this.#run(items)
    return { loss, gradientNorm: 0, items: reports }
  }

  async forwardBackward(items: ReadonlyArray<LossItem>): Promise<LossReport> {
    const { gradient, loss, reports } = await this.#run(items)
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
    return this.#passes.prepareGradient()
  }

  async close(): Promise<void> {
    this.#cache.clear()
    this.#merged.clear()
    await this.#passes.release()
  }

  #replace(state: AdapterState): void {
    this.#state = state
    this.#gradient = undefined
  }

  async #run(items: ReadonlyArray<LossItem>): Promise<{
    readonly loss: number
    readonly gradient: Float32Array
    readonly reports: LossReport["items"]
  }> {
    for (const item of items) checkItem(item)
    const total = items.flatMap(maskOf).reduce((sum, weight) => sum + weight, 0)
    if (!(total > 0)) throw new EngineError("Unsupported", "The masks leave no token to learn from. Give a completion.")
    const gradient = new Float32Array(this.#layout.size)
    const reports: Array<LossReport["items"][number]> = []
    let loss = 0
    for (const item of items) {
      const { completionIds, promptIds } = item
      const sequence = this.#sequence(promptIds, completionIds)
      const unused = new Float32Array(completionIds.length * this.#options.config.vocabularySize)
      const teacher = item._tag === "Distill"
        ? await this.#distributions(item.teacher.promptIds, completionIds, item.teacher.weights)
        : undefined
      const base = item.baseKl === 0 ? unused : await this.#distributions(promptIds, completionIds, { _tag: "Base" })
      const { max, min } = ratioBounds(item)
      const output = await this.#passes.gradient(this.#state.parameters, {
        ...termWeights(item, total),
        ids: sequence,
        targets: Int32Array.from(completionIds),
        old: Float32Array.from(item.oldLogProbs ?? completionIds.map(() => 0)),
        ratioMin: min,
        ratioMax: max,
        teacher: teacher ?? unused,
        base,
        alpha: item._tag === "Distill" && item.divergence.kind === "jsd" ? item.divergence.alpha : 0.5
      })
      for (let index = 0; index < gradient.length; index++) gradient[index]! += output.gradient[index]!
      loss += output.loss
      reports.push(itemReport(
        item,
        output,
        teacher === undefined ? undefined : completionIds.map((id, index) => this.#row(teacher, index)[id]!)
      ))
    }
    return { loss, gradient, reports }
  }

  /** Log-probabilities [C, V] of a completion, kept for the inner steps that ask for them again. */
  async #distributions(
    promptIds: ReadonlyArray<number>,
    completionIds: ReadonlyArray<number>,
    weights: Weights
  ): Promise<Float32Array> {
    const sequence = this.#sequence(promptIds, completionIds)
    const { key, merged } = await this.#weights(weights)
    const name = `${key}:${completionIds.length}:${sequence.join()}`
    const known = this.#scores.get(name)
    if (known !== undefined) return known
    const scores = await this.#passes.score(sequence, completionIds.length, merged)
    this.#scores.set(name, scores)
    let bytes = [...this.#scores.values()].reduce((sum, kept) => sum + kept.byteLength, 0)
    for (const [oldest, kept] of this.#scores) {
      if (bytes <= SCORE_CACHE_BYTES || oldest === name) break
      this.#scores.delete(oldest)
      bytes -= kept.byteLength
    }
    return scores
  }

  /** The matrices to run with, folded once per adapter, and a key that is equal for equal weights. */
  async #weights(weights: Weights): Promise<{ readonly key: string; readonly merged: MergedWeights }> {
    const parameters = this.#parametersOf(weights)
    const key = parameters === undefined ? "base" : fingerprint(parameters)
    const known = this.#merged.get(key)
    if (known !== undefined) return { key, merged: known }
    const merged = await this.#passes.merge(parameters ?? new Float32Array(this.#layout.size))
    this.#merged.set(key, merged)
    for (const old of this.#merged.keys()) {
      if (this.#merged.size <= 4) break
      if (old !== "base") this.#merged.delete(old)
    }
    return { key, merged }
  }

  #parametersOf(weights: Weights): Float32Array | undefined {
    switch (weights._tag) {
      case "Base":
        return undefined
      case "Current":
        return this.#state.parameters
      case "Shadow":
        // A shadow that was never blended is zero, which is the base.
        return this.#state.shadows.get(weights.name)
    }
  }

  /** Prompt and completion without its last token: the ids whose outputs predict the completion. */
  #sequence(promptIds: ReadonlyArray<number>, completionIds: ReadonlyArray<number>): Int32Array {
    this.#checkIds("prompt", promptIds)
    this.#checkIds("completion", completionIds)
    const length = promptIds.length + completionIds.length
    if (length > this.#options.config.contextLength) this.#tooLong(length)
    return Int32Array.from([...promptIds, ...completionIds.slice(0, -1)])
  }

  #checkIds(what: string, ids: ReadonlyArray<number>): void {
    if (ids.length === 0) throw new EngineError("Unsupported", `The ${what} is empty. Give at least one token.`)
    const { vocabularySize } = this.#options.config
    const bad = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabularySize)
    if (bad !== undefined) {
      throw new EngineError(
        "Tokenizer",
        `The ${what} has token id ${bad}, outside 0 to ${vocabularySize - 1}. Use this model's own tokenizer.`
      )
    }
  }

  #tooLong(length: number): never {
    throw new EngineError(
      "ContextTooLong",
      `${length} tokens do not fit into the model's context of ${this.#options.config.contextLength}. `
        + "Start a fresh conversation or shorten it."
    )
  }

  #row(distributions: Float32Array, index: number): Float32Array {
    const size = this.#options.config.vocabularySize
    return distributions.subarray(index * size, (index + 1) * size)
  }
}
