import * as Effect from "effect/Effect"
import type { Attempt } from "../../core/domain/Call.ts"
import type { Message } from "../../core/domain/Message.ts"
import { type BackendError, LoraBackend } from "../../core/LoraBackend.ts"
import type { ApprovedTurn } from "../../core/domain/ApprovedTurn.ts"
import type { LearnedLesson } from "../../core/evidence/LessonCard.ts"
import { keptTurns } from "../../core/guard/KeptTurns.ts"
import { Trainer, type TrainerError } from "../../core/Trainer.ts"
import { callOf, said } from "../../core/Turn.ts"
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
  const approved: Array<ApprovedTurn> = []
  const learned: Array<LearnedLesson> = []
  return {
    ask: (scene) => askWith(scene, []),
    approve: (attempt) => {
      const call = callOf(said(attempt.text))
      if (call === undefined) return
      const id = `approved-${approved.length}`
      approved.push({
        id,
        at: 0,
        sessionId: "",
        task: "",
        call: { id, tool: call.tool, arguments: call.arguments },
        attempt,
        modelIdentity: "",
        adapterRevision: 0
      })
    },
    teach: Effect.fnUntraced(function*(told, attempt, correction) {
      const backend = yield* LoraBackend
      const { rehearses = 0 } = yield* Trainer
      const earlier = [...learned]
      const lessons = yield* correct(
        told,
        attempt,
        correction,
        (lesson) => keptTurns(backend, lesson, approved, earlier, rehearses)
      )
      learned.push(...lessons)
      const steps = lessons.flatMap(({ outcome }) => outcome._tag === "Stepped" ? [outcome.step] : [])
      return {
        updates: steps.reduce((sum, { inner }) => sum + inner.length, 0),
        steps: steps.length,
        skipped: lessons.length - steps.length
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
