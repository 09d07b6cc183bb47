import * as Effect from "effect/Effect"
import type { Attempt } from "../../core/domain/Call.ts"
import type { Message } from "../../core/domain/Message.ts"
import { type BackendError, LoraBackend } from "../../core/LoraBackend.ts"
import { turnIds } from "../../core/prompt/TurnIds.ts"
import type { KeptTurn, Trainer, TrainerError } from "../../core/Trainer.ts"
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
  /** A call of everyday work that the human lets pass. */
  readonly approve: (turn: Attempt) => void
  readonly teach: (
    told: Told,
    attempt: Attempt,
    correction: string
  ) => Effect.Effect<Taught, BackendError | TrainerError, LoraBackend | Trainer>
}

const nothing: Taught = { updates: 0, steps: 0, skipped: 0 }

const askWith = (scene: Scene, before: ReadonlyArray<Message>) =>
  promptIds(scene, [...before, ...opening(scene)]).pipe(Effect.flatMap((prompt) => sampleTurn(prompt, 0, 0)))

/** Learns from each correction; fresh conversations hold none. What was learned and approved is kept for later lessons. */
export const makeLearner = (): Student => {
  const kept: Array<KeptTurn> = []
  return {
    ask: (scene) => askWith(scene, []),
    approve: ({ ids, logProbs, promptIds }) => void kept.unshift({ promptIds, ids, logProbs }),
    teach: Effect.fnUntraced(function*(told, attempt, correction) {
      const { tokenizer } = yield* LoraBackend
      const outcomes = yield* correct(told, attempt, correction, kept)
      const steps = outcomes.flatMap((one) => one._tag === "Stepped" ? [one.step] : [])
      const learned = steps.at(-1)?.evidence
      if (learned?.asCorrected === true) {
        kept.unshift({ promptIds: attempt.promptIds, ids: turnIds(tokenizer, learned.greedyAfter) })
      }
      return {
        updates: steps.reduce((sum, { inner }) => sum + inner.length, 0),
        steps: steps.length,
        skipped: outcomes.length - steps.length
      }
    })
  }
}

/** Hears corrections and forgets them. */
export const deaf: Student = {
  ask: (scene) => askWith(scene, []),
  approve: () => {},
  teach: () => Effect.succeed(nothing)
}

/** Changes no weights: every conversation begins with all corrections so far, as a notes file that is always sent. */
export const makeNoteTaker = (): Student => {
  const notes: Array<Message> = []
  return {
    ask: (scene) => askWith(scene, notes),
    approve: () => {},
    teach: (_, __, correction) =>
      Effect.sync(() => void notes.push({ _tag: "Note", text: correction })).pipe(
        Effect.as(nothing)
      )
  }
}
