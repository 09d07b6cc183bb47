import {
  type AdapterLayout,
  adapterLayout,
  type AdapterState
} from "../../trainers/pocket/engine/adapter/AdapterState.ts"
import type { SnapshotOwner } from "../../trainers/pocket/engine/adapter/Snapshot.ts"
import type { LoadedModel } from "../../trainers/models/OpenModel.ts"
import { KnownRows } from "../../trainers/pocket/engine/KnownRows.ts"
import type { LossInput } from "../../trainers/pocket/engine/LossInput.ts"
import { MergedCalculator } from "../../trainers/pocket/engine/MergedCalculator.ts"
import type { LoraSpec } from "../../trainers/pocket/engine/model/LoraSpec.ts"
import { modelWeights } from "../../trainers/pocket/engine/model/Weights.ts"
import type { GraphRuntime } from "../../trainers/pocket/engine/runtime/Runtime.ts"
import { type EngineToken, Sampler } from "../../trainers/pocket/engine/Sampler.ts"
import type { SampleRequest } from "../../core/LoraBackend.ts"

type Rows = ReadonlyArray<ReadonlyArray<number>>

const KNOWN_BYTES = 16 * 2 ** 20
/** A log-probability whose exponential is zero in float32, and which stays finite in every product. */
const NEVER = -1e4

/** The pocket model compiled for one shape of LoRA. Parameters go in with each call. */
export class TinkerPocketLora {
  readonly owner: SnapshotOwner
  readonly layout: AdapterLayout
  readonly #folder: LoadedModel
  readonly #calculator: MergedCalculator
  readonly #known: KnownRows

  private constructor(
    folder: LoadedModel,
    lora: LoraSpec,
    layout: AdapterLayout,
    calculator: MergedCalculator
  ) {
    this.owner = { modelIdentity: folder.identity, lora, layout }
    this.layout = layout
    this.#folder = folder
    this.#calculator = calculator
    this.#known = new KnownRows(folder.config.vocabularySize, KNOWN_BYTES)
  }

  static async create(folder: LoadedModel, runtime: GraphRuntime, lora: LoraSpec): Promise<TinkerPocketLora> {
    const layout = adapterLayout(folder.config, lora)
    const weights = modelWeights(folder.tensors)
    const calculator = await MergedCalculator.create(runtime, folder.config, weights, lora, layout)
    return new TinkerPocketLora(folder, lora, layout, calculator)
  }

  /** Log-probabilities after each of `tokens`: one row [V] each. */
  async rows(
    parameters: Float32Array | undefined,
    tokens: ReadonlyArray<number>
  ): Promise<ReadonlyArray<Float32Array>> {
    const [first, rest] = this.#afterEach(tokens)
    return this.#split(await this.#calculator.distributions(parameters, first, rest, false), tokens.length)
  }

  /** The gradient of sum_{t,k} slopes[t,k] * log p(targets[t,k] | tokens[..t]) by the parameters, and all rows. */
  async gradient(
    { parameters }: AdapterState,
    tokens: ReadonlyArray<number>,
    targets: Rows,
    slopes: Rows
  ): Promise<{ readonly gradient: Float32Array; readonly rows: ReadonlyArray<Float32Array> }> {
    const single = targets.every((row) => row.length === 1)
    const signed = single ? [] : ([-1, 1] as const).filter((sign) => slopes.flat().some((slope) => slope * sign > 0))
    const inputs = signed.length === 0
      ? [this.#oneTarget(targets.map((row) => row[0]!), slopes.map((row) => row[0]!))]
      : signed.map((sign) => this.#manyTargets(targets, slopes, sign))
    const total = new Float32Array(this.layout.size)
    let rows: ReadonlyArray<Float32Array> = []
    for (const input of inputs) {
      const { gradient, logProbs } = await this.#calculator.gradient(parameters, ...this.#afterEach(tokens), input)
      gradient.forEach((value, index) => total[index]! += value)
      rows = this.#split(logProbs, tokens.length)
    }
    return { gradient: total, rows }
  }

  /** Samples with the stop ids given; the request's weights are ignored for `parameters`. */
  sample(
    parameters: Float32Array | undefined,
    request: SampleRequest,
    stopIds: ReadonlyArray<number>,
    onToken: (token: EngineToken) => void,
    cancelled: () => boolean
  ): Promise<void> {
    const sampler = new Sampler({
      config: this.#folder.config,
      stopIds,
      calculator: this.#calculator,
      known: this.#known
    })
    return sampler.sample(parameters, request, onToken, cancelled)
  }

  release(): Promise<void> {
    this.#known.clear()
    return this.#calculator.release()
  }

  /** A prompt and a completion whose positions are those after each of `tokens`. */
  #afterEach(tokens: ReadonlyArray<number>): [ReadonlyArray<number>, ReadonlyArray<number>] {
    return [tokens.slice(0, 1), [...tokens.slice(1), 0]]
  }

  #input(targets: ReadonlyArray<number>, given: Partial<LossInput>): LossInput {
    const size = targets.length
    const none = new Float32Array(size)
    return {
      targets: Int32Array.from(targets),
      reverseWeight: none,
      forwardWeight: none,
      jsdWeight: none,
      logProbWeight: none,
      baseWeight: none,
      old: none,
      ratioMin: 1,
      ratioMax: 1,
      divergence: undefined,
      teacher: undefined,
      base: undefined,
      alpha: 0.5,
      ...given
    }
  }

  #oneTarget(targets: ReadonlyArray<number>, slopes: ReadonlyArray<number>): LossInput {
    return this.#input(targets, { logProbWeight: Float32Array.from(slopes) })
  }

  /**
   * Slopes of one sign as a forward KL: with q = |slopes| / W at each position, W KL(q || p) has the gradient of -W sum_k q_k
   * log p_k. The sign of W makes up for that of the slopes.
   */
  #manyTargets(targets: Rows, slopes: Rows, sign: 1 | -1): LossInput {
    const { vocabularySize } = this.#folder.config
    const teacher = new Float32Array(targets.length * vocabularySize)
    const forwardWeight = new Float32Array(targets.length)
    targets.forEach((ids, t) => {
      const mass = new Map<number, number>()
      ids.forEach((id, k) => {
        const slope = slopes[t]![k]!
        if (slope * sign > 0) mass.set(id, (mass.get(id) ?? 0) + Math.abs(slope))
      })
      const total = [...mass.values()].reduce((sum, value) => sum + value, 0)
      if (total === 0) return
      forwardWeight[t] = -sign * total
      const row = teacher.subarray(t * vocabularySize, (t + 1) * vocabularySize).fill(NEVER)
      for (const [id, value] of mass) row[id] = Math.log(value / total)
    })
    return this.#input(targets.map((ids) => ids[0]!), { teacher, forwardWeight })
  }

  #split(rows: Float32Array, count: number): ReadonlyArray<Float32Array> {
    const { vocabularySize } = this.#folder.config
    return Array.from({ length: count }, (_, t) => rows.subarray(t * vocabularySize, (t + 1) * vocabularySize))
  }
}
