import { sameIds } from "../../../core/Turn.ts"
import type { Weights } from "../../../core/Weights.ts"
import type { LossItem, LossItemReport } from "../../../core/Loss.ts"
import type { AdapterLayout, AdapterState } from "./adapter/AdapterState.ts"
import type { Calculator } from "./Calculator.ts"
import { EngineError } from "./EngineError.ts"
import { scoredSequence } from "./Ids.ts"
import type { KnownRows } from "./KnownRows.ts"
import { checkItem, itemReport, maskOf, ratioBounds, termWeights } from "./LossTerms.ts"
import type { ModelConfig } from "../../models/ModelConfig.ts"
import type { GradientOutput, LossInput } from "./LossInput.ts"
import type { Scoring } from "./Scoring.ts"
import { withTail } from "./TopKTeacher.ts"

/** Everything a loss is computed with. */
interface LossPassParts {
  readonly config: ModelConfig
  readonly layout: AdapterLayout
  readonly calculator: Calculator
  readonly scoring: Scoring
  readonly known: KnownRows
}

interface LossValue {
  readonly loss: number
  readonly reports: ReadonlyArray<LossItemReport>
}

/** One item and the masks' sum that normalises it. */
interface Share {
  readonly item: LossItem
  readonly total: number
}

const sharesOf = (items: ReadonlyArray<LossItem>): ReadonlyArray<Share> => {
  for (const item of items) checkItem(item)
  const total = items.flatMap(maskOf).reduce((sum, weight) => sum + weight, 0)
  if (!(total > 0)) throw new EngineError("Unsupported", "The masks leave no token to learn from. Give a completion.")
  return items.map((item) => ({ item, total }))
}

/** The adapter that `weights` means; undefined is the base. */
export const parametersOf = (state: AdapterState, weights: Weights): Float32Array | undefined => {
  switch (weights._tag) {
    case "Base":
      return undefined
    case "Current":
      return state.parameters
    case "Shadow":
      // A shadow that was never blended is zero, which is the base.
      return state.shadows.get(weights.name)
  }
}

/**
 * Values and gradients of losses. A gradient is remembered until the adapter changes, and so are the items it was asked for:
 * the inner steps of a lesson score the same tokens and then want their gradient again, which one pass gives both.
 */
export class LossPass {
  readonly #parts: LossPassParts
  #expected: ReadonlyArray<Share> = []
  #parameters: Float32Array | undefined
  readonly #gradients = new Map<string, GradientOutput>()

  constructor(parts: LossPassParts) {
    this.#parts = parts
  }

  /** Loss without gradient, from the distributions alone. */
  async evaluate(state: AdapterState, items: ReadonlyArray<LossItem>): Promise<LossValue> {
    const { calculator, scoring } = this.#parts
    const reports: Array<LossItemReport> = []
    let loss = 0
    for (const { item, total } of sharesOf(items)) {
      const { completionIds, promptIds } = item
      const { input, teacher } = await this.#input(state, item, total)
      const student = await scoring.distributions(state.parameters, promptIds, completionIds, true)
      const output = await calculator.loss(student, input)
      loss += output.loss
      reports.push(itemReport(item, output, this.#teacherLogProbs(item, teacher)))
    }
    return { loss, reports }
  }

  /** Loss and its gradient in the adapter's layout. */
  async gradient(
    state: AdapterState,
    items: ReadonlyArray<LossItem>
  ): Promise<LossValue & { readonly gradient: Float32Array }> {
    const shares = sharesOf(items)
    const gradient = new Float32Array(this.#parts.layout.size)
    const reports: Array<LossItemReport> = []
    let loss = 0
    for (const { item, total } of shares) {
      const { output, teacher } = await this.#gradientOf(state, item, total)
      for (let index = 0; index < gradient.length; index++) gradient[index]! += output.gradient[index]!
      loss += output.loss
      reports.push(itemReport(item, output, this.#teacherLogProbs(item, teacher)))
    }
    this.#expected = shares
    return { loss, reports, gradient }
  }

  /**
   * Where these tokens were just trained on, computes the distributions with the gradient that will be wanted next. Then they
   * are known.
   */
  async anticipate(
    state: AdapterState,
    promptIds: ReadonlyArray<number>,
    completionIds: ReadonlyArray<number>
  ): Promise<void> {
    const share = this.#expected.find(({ item }) =>
      sameIds(item.completionIds, completionIds) && sameIds(item.promptIds, promptIds)
    )
    if (share !== undefined) await this.#gradientOf(state, share.item, share.total)
  }

  async #gradientOf(state: AdapterState, item: LossItem, total: number): Promise<{
    readonly output: GradientOutput
    readonly teacher: Float32Array | undefined
  }> {
    const { calculator, config, known } = this.#parts
    const { completionIds, promptIds } = item
    scoredSequence(config, promptIds, completionIds)
    const { input, teacher } = await this.#input(state, item, total)
    if (this.#parameters !== state.parameters) {
      this.#gradients.clear()
      this.#parameters = state.parameters
    }
    const teacherWeights = item._tag === "Distill" ? calculator.key(parametersOf(state, item.teacher.weights)) : ""
    const name = `${total} ${teacherWeights} ${JSON.stringify(item)}`
    const earlier = this.#gradients.get(name)
    if (earlier !== undefined) return { output: earlier, teacher }
    const output = await calculator.gradient(state.parameters, promptIds, completionIds, input)
    this.#gradients.set(name, output)
    known.add({ weights: calculator.key(state.parameters), promptIds, completionIds, rows: output.logProbs })
    return { output, teacher }
  }

  async #input(state: AdapterState, item: LossItem, total: number): Promise<{
    readonly input: LossInput
    readonly teacher: Float32Array | undefined
  }> {
    const { config, scoring } = this.#parts
    const { completionIds, promptIds } = item
    const teacher = item._tag === "Distill"
      ? await scoring.distributions(
        parametersOf(state, item.teacher.weights),
        item.teacher.promptIds,
        completionIds,
        false
      )
      : undefined
    const narrowed = item._tag === "Distill" && item.topK !== undefined && teacher !== undefined
      ? withTail(
        await scoring.distributions(state.parameters, promptIds, completionIds, true),
        teacher,
        config.vocabularySize,
        item.topK
      )
      : teacher
    const base = item.baseKl === 0
      ? undefined
      : await scoring.distributions(undefined, promptIds, completionIds, false)
    const { max, min } = ratioBounds(item)
    return {
      teacher,
      input: {
        ...termWeights(item, total),
        targets: Int32Array.from(completionIds),
        old: Float32Array.from(item.oldLogProbs ?? completionIds.map(() => 0)),
        ratioMin: min,
        ratioMax: max,
        divergence: item._tag === "Distill" ? item.divergence.kind : undefined,
        teacher: narrowed,
        base,
        alpha: item._tag === "Distill" && item.divergence.kind === "jsd" ? item.divergence.alpha : 0.5
      }
    }
  }

  #teacherLogProbs(item: LossItem, teacher: Float32Array | undefined): ReadonlyArray<number> | undefined {
    const { vocabularySize } = this.#parts.config
    return teacher === undefined
      ? undefined
      : item.completionIds.map((id, index) => teacher[index * vocabularySize + id]!)
  }
}
