import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Lesson } from "./domain/Lesson.ts"
import type { InnerStep, LearnOutcome, LearnStage } from "./domain/Step.ts"
import type { Turn } from "./Turn.ts"

/**
 * A lesson could not be learned; adapter and ledger are as before it. `message` ends with what the person can do.
 *
 * - `Untrainable`: nothing here can be trained; `Foreign`: the lesson was made with another model;
 * - `Attempt`, `Correction`: its tokens, or its correction, are nothing to learn from;
 * - `ContextTooLong`, `NonFinite`: it does not fit the window; its numbers are none;
 * - `Adapter`: the ledger's adapter is not in memory; `Backend`: what computes failed.
 */
export class TrainerError extends Schema.TaggedError<TrainerError>()("TrainerError", {
  reason: Schema.Literals([
    "Untrainable",
    "Foreign",
    "Attempt",
    "Correction",
    "ContextTooLong",
    "NonFinite",
    "Adapter",
    "Backend"
  ]),
  message: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {}

/**
 * What the model does after a prompt and is to go on doing: the corrected turn of an earlier lesson, or one that was approved.
 * Its log-probabilities are those when it was kept; absent: it was sure.
 */
export interface KeptTurn extends Turn {
  readonly promptIds: ReadonlyArray<number>
}

/** Turns a lesson into a step. One layer per objective, all on LoraBackend primitives. */
export class Trainer extends Context.Service<Trainer, {
  readonly objective: string
  /** Plain description of the settings in force, for the screen and the ledger. */
  readonly settings: Readonly<Record<string, string | number | boolean>>
  /** Whether the approved retry of a denied call should come back as a lesson of kind `retry`. */
  readonly learnsFromRetry: boolean
  /** How many turns it wants to be given as `kept` with each lesson. Absent: none. */
  readonly rehearses?: number
  /** Whether teacher prompts should contain the denied attempt. */
  readonly teacherSeesAttempt: boolean
  /**
   * Learns one lesson: updates the adapter, or changes nothing and says why. On failure and on interruption the weights may
   * have moved; whoever asked puts them back. `progress` is called after each inner step. What is `kept`, newest first, may be
   * rehearsed, so that the lesson does not change it. `staged` is told what is waited for next.
   */
  readonly learn: (
    lesson: Lesson,
    progress: (inner: InnerStep) => Effect.Effect<void>,
    kept?: ReadonlyArray<KeptTurn>,
    staged?: (stage: LearnStage) => Effect.Effect<void>
  ) => Effect.Effect<LearnOutcome, TrainerError>
}>()("continualcode/Trainer") {}
