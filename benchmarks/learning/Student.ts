import * as Effect from "effect/Effect"
import type { Attempt } from "../../core/domain/Call.ts"
import type { Message } from "../../core/domain/Message.ts"
import type { BackendError, LoraBackend } from "../../core/LoraBackend.ts"
import type { Trainer, TrainerError } from "../../core/Trainer.ts"
import type { Scene } from "../../trainers/pocket/training/Situation.ts"
import { correct, type Told } from "./Lessons.ts"
import { opening, promptIds, sampleTurn } from "./Prompts.ts"

/** What one correction cost. */
export interface Taught {
  readonly updates: number
  readonly steps: number
  readonly skipped: number
}

/** Who is corrected and asked: a model that learns, or one that is only told. */
export interface Student {
  /** Greedy turn in a fresh conversation. */
  readonly ask: (scene: Scene) => Effect.Effect<Attempt, BackendError, LoraBackend>
  readonly teach: (
    told: Told,
    attempt: Attempt,
    correction: string
  ) => Effect.Effect<Taught, BackendError | TrainerError, LoraBackend | Trainer>
}

const nothing: Taught = { updates: 0, steps: 0, skipped: 0 }

const askWith = (scene: Scene, before: ReadonlyArray<Message>) =>
  promptIds(scene, [...before, ...opening(scene)]).pipe(Effect.flatMap((prompt) => sampleTurn(prompt, 0, 0)))

/** Learns from each correction; fresh conversations hold none. */
export const learning: Student = {
  ask: (scene) => askWith(scene, []),
  teach: (told, attempt, correction) =>
    correct(told, attempt, correction).pipe(Effect.map((outcomes) => ({
      updates: outcomes.reduce((sum, one) => sum + (one._tag === "Stepped" ? one.step.inner.length : 0), 0),
      steps: outcomes.filter((one) => one._tag === "Stepped").length,
      skipped: outcomes.filter((one) => one._tag === "Skipped").length
    })))
}

/** Hears corrections and forgets them. */
export const deaf: Student = { ...learning, teach: () => Effect.succeed(nothing) }

/** Changes no weights: every conversation begins with all corrections so far, as a notes file that is always sent. */
export const makeNoteTaker = (): Student => {
  const notes: Array<Message> = []
  return {
    ask: (scene) => askWith(scene, notes),
    teach: (_, __, correction) =>
      Effect.sync(() => void notes.push({ _tag: "Note", text: correction })).pipe(
        Effect.as(nothing)
      )
  }
}
