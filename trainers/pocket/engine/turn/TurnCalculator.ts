import { sameIds } from "../../../../core/Turn.ts"
import { AdapterNames, BASE } from "../adapter/AdapterNames.ts"
import type { AdapterLayout } from "../adapter/AdapterState.ts"
import type { Calculator, Following } from "../Calculator.ts"
import type { GradientOutput, LossInput, LossOutput } from "../LossInput.ts"
import type { LoraSpec } from "../model/LoraSpec.ts"
import type { ModelConfig } from "../../../models/ModelConfig.ts"
import type { GraphRuntime } from "../runtime/Runtime.ts"
import { Desk } from "./Desk.ts"
import { PrefixTree } from "./PrefixTree.ts"
import type { PromptOnDisk, PromptStore } from "./PromptStore.ts"
import { common, lastIndexOf } from "./Sequences.ts"
import { type Kept, type TurnModel, TurnPasses } from "./TurnPasses.ts"

type Ids = ReadonlyArray<number>

/**
 * Where an adapter is active: from the opening of the turn that is being generated on (activated LoRA, Greenewald et al.
 * 2025, arXiv 2504.12397), or everywhere.
 */
export type Activation =
  | { readonly scope: "all" }
  | {
    readonly scope: "turn"
    /** The ids that open an assistant's turn. */
    readonly opening: Ids
  }

/** Tokens of a prompt that are computed at once: enough to be fast, few enough for the memory of their scores. */
const CHUNK = 256

/** Beginnings of prompts shorter than this are not worth a file; of longer ones this much is kept. */
const SHORTEST_STORED = 128
const LONGEST_STORED = 2048

/** What was computed for some completion, for a gradient that may be wanted next. */
interface Last {
  readonly parameters: Float32Array
  readonly promptIds: Ids
  readonly completionIds: Ids
  readonly logProbs: Float32Array
  readonly kept: Kept
}

/**
 * For models that are too large to fold adapters into: frozen matrices, often quantised, with the adapter beside them, and
 * keys and values of prompts kept in a tree. With the scope `turn` those are the base model's and outlive every change of
 * the adapter; with `all` they belong to one state of it.
 */
export class TurnCalculator implements Calculator {
  readonly #activation: Activation
  readonly #names: AdapterNames
  readonly #passes: TurnPasses
  readonly #desk: Desk
  readonly #tree: PrefixTree
  readonly #store: PromptStore | undefined
  /** What lies on disk and was not wanted yet. */
  #stored: ReadonlyArray<PromptOnDisk>
  #last: Last | undefined
  #isStored = false
  /** Tokens of prompts that had to be computed so far. */
  #computed = 0

  private constructor(
    activation: Activation,
    layout: AdapterLayout,
    passes: TurnPasses,
    desk: Desk,
    tree: PrefixTree,
    store: PromptStore | undefined
  ) {
    this.#activation = activation
    this.#names = new AdapterNames(layout)
    this.#passes = passes
    this.#desk = desk
    this.#tree = tree
    this.#store = activation.scope === "turn" ? store : undefined
    this.#stored = this.#store?.list() ?? []
  }

  static async create(
    runtime: GraphRuntime,
    config: ModelConfig,
    model: TurnModel,
    lora: LoraSpec,
    layout: AdapterLayout,
    activation: Activation,
    treeBytes: number,
    store?: PromptStore
  ): Promise<TurnCalculator> {
    const passes = await TurnPasses.create(runtime, config, model, lora, layout)
    const desk = new Desk(runtime, config)
    return new TurnCalculator(activation, layout, passes, desk, new PrefixTree(treeBytes), store)
  }

  key(parameters: Float32Array | undefined): string {
    return this.#names.of(parameters)
  }

  follow(parameters: Float32Array | undefined, cancelled: () => boolean): Following {
    const weights = this.#active(parameters)
    let start: number | undefined
    /** The ids of the turn whose keys and values lie on the desk. */
    let laid: Ids = []
    return {
      after: async (ids, draft = []) => {
        if (start === undefined) {
          start = this.#activation.scope === "all" ? ids.length - 1 : this.#start(ids)
          if (!await this.#lay(ids.slice(0, start), parameters, cancelled)) return undefined
        }
        const turn = [...ids.slice(start), ...draft]
        const done = Math.min(common(laid, turn), turn.length - draft.length - 1)
        this.#desk.keepTurn(done)
        const rest = turn.slice(done)
        const { logProbs } = await this.#passes.run(rest, 1 + draft.length, weights, this.#desk, false)
        this.#desk.takeTurn(rest.length)
        laid = turn
        return logProbs
      },
      end: () => {
        this.#desk.keepTurn(0)
        this.#storeFirst()
      }
    }
  }

  async distributions(
    parameters: Float32Array | undefined,
    promptIds: Ids,
    completionIds: Ids,
    keep: boolean
  ): Promise<Float32Array> {
    const ids = await this.#exact(parameters, promptIds, completionIds)
    const kept = keep && parameters !== undefined
    const weights = kept ? parameters : this.#active(parameters)
    const output = await this.#passes.run(ids, completionIds.length, weights, this.#desk, kept)
    if (kept && output.kept !== undefined) {
      this.#last = { parameters, promptIds, completionIds, logProbs: output.logProbs, kept: output.kept }
    }
    return output.logProbs
  }

  async quickDistributions(
    parameters: Float32Array | undefined,
    promptIds: Ids,
    completionIds: Ids
  ): Promise<Float32Array | undefined> {
    if (this.#activation.scope === "turn") return undefined
    await this.#lay(promptIds.slice(0, -1), parameters)
    const ids = [...promptIds.slice(-1), ...completionIds.slice(0, -1)]
    const { logProbs } = await this.#passes.run(ids, completionIds.length, this.#active(parameters), this.#desk, false)
    return logProbs
  }

  async hidden(parameters: Float32Array | undefined, promptIds: Ids, completionIds: Ids): Promise<Float32Array> {
    const ids = await this.#exact(parameters, promptIds, completionIds)
    return this.#passes.hidden(ids, completionIds.length, this.#active(parameters), this.#desk)
  }

  async gradient(
    parameters: Float32Array,
    promptIds: Ids,
    completionIds: Ids,
    input: LossInput
  ): Promise<GradientOutput> {
    const { kept, logProbs } = await this.#forGradient(parameters, promptIds, completionIds)
    const { toLogits, ...loss } = await this.#passes.loss(logProbs, input)
    return { ...loss, logProbs, gradient: await this.#passes.backward(kept, toLogits, parameters, this.#desk) }
  }

  loss(student: Float32Array, input: LossInput): Promise<LossOutput> {
    return this.#passes.loss(student, input)
  }

  prepareTraining(): Promise<void> {
    return this.#passes.prepareTraining()
  }

  async release(): Promise<void> {
    this.#tree.clear()
    await this.#passes.release()
  }

  /** Keeps the session's first prompt on disk, once, where most of it was not known before. */
  #storeFirst(): void {
    if (this.#store === undefined || this.#isStored) return
    this.#isStored = true
    const ids = this.#desk.ids.slice(0, LONGEST_STORED)
    if (ids.length >= SHORTEST_STORED && this.#computed > ids.length / 4) {
      this.#store.save({ ids, segment: this.#desk.copy(0, ids.length) })
    }
  }

  /** The adapter that a run needs: none where its B is zero, which changes nothing. */
  #active(parameters: Float32Array | undefined): Float32Array | undefined {
    return this.key(parameters) === BASE ? undefined : parameters
  }

  /** The first row that the adapter is active on. */
  #start(promptIds: Ids): number {
    if (this.#activation.scope === "all") return 0
    const found = lastIndexOf(promptIds, this.#activation.opening)
    return found === -1 ? promptIds.length - 1 : found
  }

  /** Lays the part of the prompt without the adapter on the desk; gives the ids of the rest and of the completion. */
  async #exact(parameters: Float32Array | undefined, promptIds: Ids, completionIds: Ids): Promise<Ids> {
    const start = this.#start(promptIds)
    await this.#lay(promptIds.slice(0, start), parameters)
    return [...promptIds.slice(start), ...completionIds.slice(0, -1)]
  }

  async #forGradient(parameters: Float32Array, promptIds: Ids, completionIds: Ids): Promise<{
    readonly kept: Kept
    readonly logProbs: Float32Array
  }> {
    const last = this.#last
    this.#last = undefined
    const ids = await this.#exact(parameters, promptIds, completionIds)
    if (
      last !== undefined && last.parameters === parameters && sameIds(last.promptIds, promptIds)
      && sameIds(last.completionIds, completionIds)
    ) return last
    const { kept, logProbs } = await this.#passes.run(ids, completionIds.length, parameters, this.#desk, true)
    if (kept === undefined) throw new Error("the run kept nothing for its backward pass")
    return { kept, logProbs }
  }

  /** Takes the prompt from disk that begins like `ids` for longest into the tree, if that is longer than what is known. */
  #recall(ids: Ids, known: number): void {
    let longest = Math.max(known, this.#tree.find(BASE, ids).reduce((sum, { taken }) => sum + taken, 0))
    let found: PromptOnDisk | undefined
    for (const prompt of this.#stored) {
      const shared = common(prompt.ids, ids)
      if (shared > longest) [longest, found] = [shared, prompt]
    }
    if (found === undefined) return
    this.#stored = this.#stored.filter((prompt) => prompt !== found)
    const segment = found.read()
    if (segment !== undefined) this.#tree.add(BASE, found.ids, 0, segment)
  }

  /**
   * Has exactly the keys and values of `ids` on the desk: from where they lie, or from the tree, or computed. With the scope
   * `turn` the base model's, whatever the adapter. False where it was cancelled on the way.
   */
  async #lay(
    ids: Ids,
    adapter: Float32Array | undefined,
    cancelled: () => boolean = () => false
  ): Promise<boolean> {
    const parameters = this.#activation.scope === "turn" ? undefined : adapter
    const key = this.key(parameters)
    let place = this.#desk.keep(key, ids)
    this.#desk.reserve(ids.length + CHUNK)
    if (key === BASE) this.#recall(ids, place)
    let before = 0
    for (const { count, segment, taken } of this.#tree.find(key, ids)) {
      const from = Math.max(0, place - before)
      if (from < taken) {
        this.#desk.lay(ids.slice(place, before + taken), segment, from, count)
        place = before + taken
      }
      before += taken
    }
    while (place < ids.length) {
      if (cancelled()) return false
      const chunk = ids.slice(place, place + CHUNK)
      await this.#passes.run(chunk, 1, this.#active(parameters), this.#desk, false)
      this.#desk.take(chunk)
      this.#tree.add(key, ids.slice(0, place + chunk.length), place, this.#desk.copy(place, chunk.length))
      place += chunk.length
      this.#computed += chunk.length
    }
    return true
  }
}
