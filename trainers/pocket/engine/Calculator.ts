import type { GradientOutput, LossInput, LossOutput } from "./LossInput.ts"

/** A sequence that grows by sampling; what was computed for it before is used again. */
export interface Following {
  /**
   * The distribution [V] after `ids`, which continue those of the last call; undefined where sampling was cancelled. Those after
   * the ids of `draft`, which may follow, come with it where that costs little: [1 + ids, V].
   */
  readonly after: (ids: ReadonlyArray<number>, draft?: ReadonlyArray<number>) => Promise<Float32Array | undefined>
  /** The sequence is over. */
  readonly end: () => void
}

/**
 * The numbers of one model under an adapter, given by its parameters, or under the base model without one. Lists of ids are
 * checked before; completions are not empty.
 */
export interface Calculator {
  /** A name that is equal for equal weights. */
  readonly key: (parameters: Float32Array | undefined) => string
  readonly follow: (parameters: Float32Array | undefined, cancelled: () => boolean) => Following
  /**
   * Log-probabilities [C, V] of a completion, bit-equal to those that `gradient` gives. `keep` keeps what sampling from the same
   * prompt or a gradient may want next.
   */
  readonly distributions: (
    parameters: Float32Array | undefined,
    promptIds: ReadonlyArray<number>,
    completionIds: ReadonlyArray<number>,
    keep: boolean
  ) => Promise<Float32Array>
  /** The same but for the last bits, where what is at hand makes it cheaper; else undefined. */
  readonly quickDistributions: (
    parameters: Float32Array | undefined,
    promptIds: ReadonlyArray<number>,
    completionIds: ReadonlyArray<number>
  ) => Promise<Float32Array | undefined>
  /** Normalised hidden states [C, hidden size] that the distributions are read from. */
  readonly hidden: (
    parameters: Float32Array | undefined,
    promptIds: ReadonlyArray<number>,
    completionIds: ReadonlyArray<number>
  ) => Promise<Float32Array>
  /** Loss, its per-token values, the distributions and the gradient. */
  readonly gradient: (
    parameters: Float32Array,
    promptIds: ReadonlyArray<number>,
    completionIds: ReadonlyArray<number>,
    input: LossInput
  ) => Promise<GradientOutput>
  /** Loss and per-token values of known distributions [C, V]. */
  readonly loss: (student: Float32Array, input: LossInput) => Promise<LossOutput>
  /** Compiles what is otherwise compiled at the first lesson. */
  readonly prepareTraining: () => Promise<void>
  readonly release: () => Promise<void>
}
