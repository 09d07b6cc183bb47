import type * as Effect from "effect/Effect"
import type { BackendError, OptimizerOptions } from "../../core/LoraBackend.ts"
import type { LossItem, LossReport } from "../../core/Loss.ts"
import type { Turn } from "../../core/Turn.ts"
import type { Until } from "./Goal.ts"
import type { Speaker } from "./GreedyTurn.ts"

/** The tokens to learn on: the attempt, or a newer turn of the student under the same prompt. */
export interface Subject {
  readonly ids: ReadonlyArray<number>
  /** As recorded when they were sampled; absent when the current weights sampled them, or another policy did. */
  readonly oldLogProbs?: ReadonlyArray<number>
}

/** A lesson's loss at the current weights. */
export interface LessonLoss {
  readonly items: ReadonlyArray<LossItem>
  /** Mean per-token divergence from the teacher, nats, read off the report of `items`. */
  readonly divergence: (report: LossReport) => number
  /** The objective's own value where the items only share its gradient; default: the report's. */
  readonly value?: (report: LossReport) => number
  /** More numbers of this loss, by name, for whoever looks closer. */
  readonly details?: (report: LossReport) => Readonly<Record<string, number>>
}

/** The loss has no gradient at all here: no update is made, and `reason` says why, for the user. */
export interface NoSignal {
  readonly noSignal: string
  /** As a loss would have reported it. */
  readonly divergence: number
}

/** What an objective says about one lesson; the loop around it is the same for all of them. */
export interface LessonObjective {
  readonly name: string
  /** How the loss is estimated here, in words. */
  readonly estimator: string
  /** What the gate is multiplied by: the divergence's size next to KL for two nearby distributions. */
  readonly gateScale: number
  /** Who reads the correction; its greedy turn is what a denial teaches. Absent for objectives without a teacher. */
  readonly teacher?: Speaker
  /** The turn that is taught, where it is known already; the teacher is then not asked for its greedy one. */
  readonly taught?: Turn
  /** Built anew before every update: sampled estimators take their advantages from the current weights. */
  readonly loss: (subject: Subject) => Effect.Effect<LessonLoss | NoSignal, BackendError>
  /** The divergence at the current weights, where it can be had without building the loss again. */
  readonly distance?: Effect.Effect<number, BackendError>
  /** Runs after each update that succeeded, e.g. to move a teacher. */
  readonly afterUpdate: Effect.Effect<void, BackendError>
}

/** How far one lesson may go. */
export interface LessonLimits {
  /** Optimiser updates at most; at least 1. */
  readonly innerSteps: number
  readonly until: Until
  /** How likely each token of the turn that ends the updates must be, as a share of what it was with the correction in view. */
  readonly confidence: number
  /**
   * Whether updates after the first learn on what the student would do by then (its greedy turn under the correction-free
   * prompt) instead of on the attempt it has already left. Not for a retry, whose tokens are the goal.
   */
  readonly onPolicy: boolean
  /** Updates end once `policyMovement` on the attempt's tokens reaches this, nats per token. */
  readonly divergenceBudget: number
  /** No update is made when the divergence from the teacher is below this, nats per token. */
  readonly gate: number
  /** How many kept turns are rehearsed, and how many further updates that may take. */
  readonly rehearse: number
  readonly rehearsalSteps: number
  readonly optimizer: OptimizerOptions
  /** Seed of the greedy retries, for backends that want one. */
  readonly seed: number
}
