import type { Weights } from "./Weights.ts"

/** p is the student, q the teacher. `jsd`: (1-a) KL(p||M) + a KL(q||M), M = (1-a) p + a q; a in (0, 1). */
export type Divergence =
  | { readonly kind: "reverse_kl" }
  | { readonly kind: "forward_kl" }
  | { readonly kind: "jsd"; readonly alpha: number }

/** Detached importance ratio exp(s - old), clamped to [min, max]; multiplies divergence and log-probability terms. */
export interface RatioClip {
  readonly min: number
  readonly max: number
}

interface LossItemBase {
  readonly promptIds: ReadonlyArray<number>
  readonly completionIds: ReadonlyArray<number>
  /** Per-token mask, length T; default all ones. Sums over all items normalise the loss (token-mean). */
  readonly mask?: ReadonlyArray<number>
  /** Log-probabilities at sampling time, length T; absent means ratio 1. */
  readonly oldLogProbs?: ReadonlyArray<number>
  readonly ratioClip?: RatioClip
}

/**
 * A differentiable loss on the adapter. The value is a token-mean over all items' masks; `baseKl` adds
 * beta * mean_t KL(pi || base), exact over the vocabulary where the backend has full distributions. Ratios, advantages and
 * teacher distributions are detached.
 */
export type LossItem =
  | (LossItemBase & {
    readonly _tag: "Distill"
    readonly divergence: Divergence
    /**
     * Takes the divergence over the student's K most likely tokens and one bucket with the rest of the mass (SDPO,
     * appendix A.3), K being this; the K are those at the current weights and constant. Absent: over the vocabulary.
     */
    readonly topK?: number
    readonly teacher: { readonly promptIds: ReadonlyArray<number>; readonly weights: Weights }
    readonly baseKl: number
  })
  | (LossItemBase & {
    /** mean_t of -ratio_t * advantage_t * log pi(y_t). */
    readonly _tag: "PolicyGradient"
    readonly advantages: ReadonlyArray<number>
    readonly baseKl: number
  })
  | (LossItemBase & {
    /** mean_t of -log pi(y_t). */
    readonly _tag: "CrossEntropy"
    readonly baseKl: number
  })

/** Per item: values before any update. Arrays have length T. */
export interface LossItemReport {
  readonly logProbs: ReadonlyArray<number>
  /** Teacher's log-probability of the same tokens; Distill only. */
  readonly teacherLogProbs?: ReadonlyArray<number>
  /** Per-token divergence, Distill only, nats. */
  readonly divergences?: ReadonlyArray<number>
  /** Per-token KL(pi || base), nats; zeros when `baseKl` is 0. */
  readonly baseKls: ReadonlyArray<number>
  readonly ratios: ReadonlyArray<number>
}

export interface LossReport {
  readonly loss: number
  /** Euclidean norm of the accumulated adapter gradient; 0 when evaluated without gradient. */
  readonly gradientNorm: number
  readonly items: ReadonlyArray<LossItemReport>
}
