import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Lesson } from "./domain/Lesson.ts"
import type { InnerStep, LearnOutcome } from "./domain/Step.ts"

/** A lesson could not be learned; adapter and optimiser are as before it. */
export class TrainerError extends Schema.TaggedError<TrainerError>()("TrainerError", { message: Schema.String }) {}

/**
 * What the model does after a prompt and is to go on doing: the corrected turn of an earlier lesson, or one that was approved.
 * `ids` end with the end of the turn.
 */
export interface KeptTurn {
  readonly promptIds: ReadonlyArray<number>
  readonly ids: ReadonlyArray<number>
  /** When it was kept, length of `ids`; absent: it was sure. */
  readonly logProbs?: ReadonlyArray<number>
}

/** Turns a lesson into a step. One layer per objective, all on LoraBackend primitives. */
export class Trainer extends Context.Service<Trainer, {
  readonly objective: string
  /** Plain description of the settings in force, for the screen and the ledger. */
  readonly settings: Readonly<Record<string, string | number | boolean>>
  /** Whether the approved retry of a denied call should come back as a lesson of kind `retry`. */
  readonly learnsFromRetry: boolean
  /** Whether teacher prompts should contain the denied attempt. */
  readonly teacherSeesAttempt: boolean
  /**
   * Learns one lesson whole or not at all: on failure and on interruption the backend is restored. `progress` is called
   * after each inner step. What is `kept`, newest first, may be rehearsed, so that the lesson does not change it.
   */
  readonly learn: (
    lesson: Lesson,
    progress: (inner: InnerStep) => Effect.Effect<void>,
    kept?: ReadonlyArray<KeptTurn>
  ) => Effect.Effect<LearnOutcome, TrainerError>
}>()("continualcode/Trainer") {}
