import type * as Effect from "effect/Effect"
import type { BackendError, LossItem, LossReport, OptimizerOptions } from "../../core/LoraBackend.ts"

/** A lesson's loss at the current weights. The first item is on the attempt's own tokens. */
export interface LessonLoss {
  readonly items: ReadonlyArray<LossItem>
  /** Mean per-token divergence from the teacher, nats, read off the report of `items`. */
  readonly divergence: (report: LossReport) => number
}

/** What an objective says about one lesson; the loop around it is the same for all of them. */
export interface LessonObjective {
  readonly name: string
  /** How the loss is estimated here, in words. */
  readonly estimator: string
  /** Built anew before every update: sampled estimators take their advantages from the current weights. */
  readonly loss: Effect.Effect<LessonLoss, BackendError>
  /** Runs after each update that succeeded, e.g. to move a teacher. */
  readonly afterUpdate: Effect.Effect<void, BackendError>
}

/** How far one lesson may go. */
export interface LessonLimits {
  /** Optimiser updates at most; at least 1. */
  readonly innerSteps: number
  /** Updates end once `policyMovement` on the attempt's tokens reaches this, nats per token. */
  readonly divergenceBudget: number
  /** No update is made when the divergence from the teacher is below this, nats per token. */
  readonly gate: number
  readonly optimizer: OptimizerOptions
  /** Seed of the greedy retries, for backends that want one. */
  readonly seed: number
}
