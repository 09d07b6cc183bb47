import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { ApprovedTurn } from "../domain/ApprovedTurn.ts"
import type { InnerStep } from "../domain/Step.ts"
import type { AdapterKey, LessonEntry, TrainedWith } from "../domain/LessonEntry.ts"
import type { Relearned } from "../FeedbackStore.ts"
import { BackendError, type LoraBackend } from "../LoraBackend.ts"
import type { Trainer } from "../Trainer.ts"
import { keptTurns } from "../guard/KeptTurns.ts"
import { takeStep } from "../learning/TakeStep.ts"
import { LessonsError, shortId } from "./FindLesson.ts"
import { staysKept } from "./KeptSnapshots.ts"
import type { ReadableEntry } from "./Members.ts"

/** Where a rebuild is. */
export interface RelearnProgress {
  /** Lessons done so far, of `total`. */
  readonly done: number
  readonly total: number
  /** The lesson being learned. */
  readonly entry: ReadableEntry
  readonly inner?: InnerStep
}

export type OnRelearn = (progress: RelearnProgress) => Effect.Effect<void>

/** A lesson to learn anew and the Trainer for it. */
export interface Planned {
  readonly entry: ReadableEntry
  readonly trainedWith: TrainedWith
  readonly trainer: Effect.Effect<Trainer["Service"], LessonsError, Scope>
}

/** The ledger's view while lessons are learned anew. */
export interface Background {
  /** Every lesson that stays in force, oldest first. */
  readonly inForce: ReadonlyArray<LessonEntry>
  readonly turns: ReadonlyArray<ApprovedTurn>
}

/** Log-probabilities of an attempt say nothing about weights that did not sample it. */
export const OTHER_REVISION = -1

export const asLessonsError = (what: string) => (error: BackendError): LessonsError =>
  new LessonsError({
    reason: "Adapter",
    message: `${what}: ${error.message} The adapter is as before; try again, and if it stays so, start again.`,
    cause: error
  })

/** The same for what an adapter is saved or put back with. */
export const lessonsFailed = <E>(error: E | BackendError): Exclude<E, BackendError> | LessonsError =>
  error instanceof BackendError
    ? asLessonsError("The adapter could not be saved or brought back")(error)
    : error as Exclude<E, BackendError>

/**
 * Learns lessons on top of the adapter as it is now, oldest first. The outcomes carry the snapshots that the policy keeps,
 * when `stepsBefore` steps are already in the adapter. The caller puts the adapter back when this fails or is interrupted.
 */
export const relearn = Effect.fnUntraced(function*(
  backend: LoraBackend["Service"],
  adapter: AdapterKey,
  plan: ReadonlyArray<Planned>,
  stepsBefore: number,
  { inForce, turns }: Background,
  onRelearn: OnRelearn
) {
  const outcomes = new Map(inForce.map(({ id, outcome }) => [id, outcome]))
  const keptBefore = ({ lesson, number }: ReadableEntry, count: number) => {
    if (count === 0) return []
    const earlier = inForce.flatMap((one) => {
      const outcome = outcomes.get(one.id)
      return one.number < number && one.lesson !== undefined && outcome !== undefined
        ? [{ lesson: one.lesson, outcome }]
        : []
    })
    return keptTurns(backend, lesson, turns, earlier, count)
  }
  const done: Array<{ readonly learned: Relearned; readonly position: number }> = []
  let steps = stepsBefore
  for (const { entry, trainedWith, trainer } of plan) {
    const at = { done: done.length, total: plan.length, entry }
    yield* onRelearn(at)
    const { outcome, snapshot } = yield* takeStep(backend, adapter, {
      ...entry.lesson,
      adapterRevision: OTHER_REVISION
    }, {
      trainer: yield* trainer,
      kept: keptBefore(entry, trainedWith.rehearse ?? 0),
      progress: (inner) => onRelearn({ ...at, inner })
    }, Effect.succeed).pipe(Effect.mapError((error) =>
      new LessonsError({
        reason: "Relearn",
        message: `Lesson ${shortId(entry.id)} (${entry.lesson.correction}) could not be learned anew: ${error.message} `
          + `The adapter is as before. Without that lesson: continualcode lessons undo ${shortId(entry.id)}`,
        cause: error
      })
    ))
    const learned = { lessonId: entry.id, outcome, trainedWith }
    outcomes.set(entry.id, outcome)
    if (snapshot === undefined) {
      done.push({ learned, position: 0 })
      continue
    }
    steps += 1
    done.push({ learned: { ...learned, snapshot }, position: steps })
    done.forEach((one, index) => {
      if (one.learned.snapshot === undefined || staysKept(one.position, steps)) return
      const { snapshot: _, ...bare } = one.learned
      done[index] = { ...one, learned: bare }
    })
  }
  return done.map(({ learned }) => learned)
})
