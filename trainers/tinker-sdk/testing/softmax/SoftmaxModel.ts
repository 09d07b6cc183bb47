import type { Optimised } from "../engine/Adam.ts"
import { logSoftmax } from "../engine/Sampling.ts"
import { hashText, seeded } from "../engine/Seeded.ts"

/** How much of the context's word counts joins the last token in what the model sees. */
const CONTEXT = 0.5
/** As the service: alpha is fixed. */
const ALPHA = 32

/**
 * A language model small enough to be exact: logits = (W + (alpha / rank) B A) x with x = onehot(last token) + the mean of the
 * context's one-hots, halved. W [V, V] is drawn from the model's name. The adapter is A [rank, V], then B [V, rank], flat.
 */
export class SoftmaxModel {
  readonly vocabularySize: number
  readonly #base: Float64Array

  constructor(name: string, vocabularySize: number) {
    const random = seeded(hashText(name))
    this.vocabularySize = vocabularySize
    this.#base = Float64Array.from({ length: vocabularySize ** 2 }, () => 3 * (random() - 0.5))
  }

  /** Adapter parameters as LoRA starts: A drawn, B zero. */
  fresh(rank: number, seed: number): Optimised {
    const random = seeded(seed)
    const size = 2 * rank * this.vocabularySize
    const weights = Float64Array.from({ length: size }, (_, i) => i < size / 2 ? (random() - 0.5) / rank : 0)
    return { weights, first: new Float64Array(size), second: new Float64Array(size), step: 0 }
  }

  /** What the model sees at the end of each prefix of `tokens`: one row [V] per token. */
  features(tokens: ReadonlyArray<number>): ReadonlyArray<Float64Array> {
    const counts = new Float64Array(this.vocabularySize)
    return tokens.map((token, t) => {
      counts[token]! += 1
      const row = counts.map((count) => CONTEXT * count / (t + 1))
      row[token]! += 1
      return row
    })
  }

  /** Log-probabilities [V] of the next token after features `x`, with or without an adapter. */
  logProbs(adapter: Float64Array | undefined, x: Float64Array): ReadonlyArray<number> {
    const size = this.vocabularySize
    const logits = Array.from({ length: size }, (_, v) => {
      let sum = 0
      for (let u = 0; u < size; u++) sum += this.#base[v * size + u]! * x[u]!
      return sum
    })
    if (adapter !== undefined) {
      const rank = adapter.length / (2 * size)
      const hidden = this.#hidden(adapter, x)
      for (let v = 0; v < size; v++) {
        for (let r = 0; r < rank; r++) {
          logits[v]! += (ALPHA / rank) * adapter[rank * size + v * rank + r]! * hidden[r]!
        }
      }
    }
    return logSoftmax(logits)
  }

  /** Adds the gradient of sum_k slopes[k] * log p(targets[k]) after features `x` to `gradient`. */
  addGradient(
    gradient: Float64Array,
    adapter: Float64Array,
    x: Float64Array,
    row: ReadonlyArray<number>,
    targets: ReadonlyArray<number>,
    slopes: ReadonlyArray<number>
  ): void {
    const size = this.vocabularySize
    const rank = adapter.length / (2 * size)
    const scale = ALPHA / rank
    const total = slopes.reduce((sum, slope) => sum + slope, 0)
    const byLogits = row.map((logProb) => -total * Math.exp(logProb))
    targets.forEach((target, k) => {
      byLogits[target]! += slopes[k]!
    })
    const hidden = this.#hidden(adapter, x)
    for (let r = 0; r < rank; r++) {
      let byHidden = 0
      for (let v = 0; v < size; v++) {
        const at = rank * size + v * rank + r
        gradient[at]! += scale * byLogits[v]! * hidden[r]!
        byHidden += scale * byLogits[v]! * adapter[at]!
      }
      for (let u = 0; u < size; u++) gradient[r * size + u]! += byHidden * x[u]!
    }
  }

  #hidden(adapter: Float64Array, x: Float64Array): Float64Array {
    const size = this.vocabularySize
    const hidden = new Float64Array(adapter.length / (2 * size))
    for (let r = 0; r < hidden.length; r++) {
      for (let u = 0; u < size; u++) hidden[r]! += adapter[r * size + u]! * x[u]!
    }
    return hidden
  }
}
