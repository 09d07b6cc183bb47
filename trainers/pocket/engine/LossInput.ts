import type { Divergence } from "../../../core/Loss.ts"
import type { perTokenOutputs, weightInputs } from "./model/LossGraph.ts"

/** Per-token factors of a loss graph's terms, each of length C. */
export type TermWeights = Readonly<Record<typeof weightInputs[number], Float32Array>>

/** One item's loss, apart from the student. Distributions are log-probabilities [C, V]; absent where no term reads them. */
export interface LossInput extends TermWeights {
  readonly targets: Int32Array
  readonly old: Float32Array
  readonly ratioMin: number
  readonly ratioMax: number
  readonly divergence: Divergence["kind"] | undefined
  readonly teacher: Float32Array | undefined
  readonly base: Float32Array | undefined
  readonly alpha: number
}

export interface LossOutput {
  readonly loss: number
  /** Zeros where the input has no such term. */
  readonly perToken: Readonly<Record<typeof perTokenOutputs[number], Float32Array>>
}

export interface GradientOutput extends LossOutput {
  /** In the adapter's layout. */
  readonly gradient: Float32Array
  /** The student's log-probabilities [C, V]. */
  readonly logProbs: Float32Array
}
