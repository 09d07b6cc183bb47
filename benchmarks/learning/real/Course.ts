import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Attempt } from "../../../core/domain/Call.ts"
import type { Lesson } from "../../../core/domain/Lesson.ts"
import type { Message } from "../../../core/domain/Message.ts"
import type { LearnedLesson } from "../../../core/evidence/LessonCard.ts"
import { keptTurns } from "../../../core/guard/KeptTurns.ts"
import { LoraBackend } from "../../../core/LoraBackend.ts"
import { teacherConversation } from "../../../core/loop/Learn.ts"
import { Trainer } from "../../../core/Trainer.ts"
import { callOf, readTurn, said } from "../../../core/Turn.ts"
import { shareOf } from "../Statistics.ts"
import { isWanted, type Kind } from "./Kinds.ts"
import type { Project } from "./Project.ts"

/** How a correction is taken: by learning, or as a note that every conversation begins with. */
export type Way = "learned" | "noted"

/** One correction and what came of it. */
export interface Taught {
  /** The turn that was corrected. */
  readonly attempt: string
  /** The teacher's turn, where one was taken. */
  readonly told?: string
  /** Whether that does as the person asked. */
  readonly follows: boolean
  /** Updates of the step; none was made with 0. */
  readonly updates: number
  /** Why there was no step. */
  readonly reason?: string
  readonly seconds: number
}

/** An unrelated task and what the model did at first. */
export interface Unrelated {
  readonly conversation: ReadonlyArray<Message>
  readonly before: Attempt
}

const asked = (task: string): ReadonlyArray<Message> => [{ _tag: "User", text: task }]

/** What the model does with tasks that no lesson is about, under the weights as they are. */
export const unrelatedTo = (project: Project, tasks: ReadonlyArray<string>) =>
  Effect.forEach(
    tasks,
    (task) => Effect.map(project.ask(asked(task)), (before): Unrelated => ({ conversation: asked(task), before }))
  )

/** Share of the tasks whose call is no longer the same; `notes` come before each. */
export const driftOf = (project: Project, tasks: ReadonlyArray<Unrelated>, notes: ReadonlyArray<Message> = []) =>
  Effect.map(
    Effect.forEach(tasks, ({ before, conversation }) =>
      notes.length === 0
        ? project.asBefore(conversation, before)
        : Effect.map(
          project.ask([...notes, ...conversation]),
          (now) => JSON.stringify(callOf(said(now.text))) === JSON.stringify(callOf(said(before.text)))
        )),
    (same) => 1 - shareOf(same)
  )

/** Whether the model does as wanted in a fresh conversation about a task. */
export const obeys = (project: Project, kind: Kind, task: string, notes: ReadonlyArray<Message> = []) =>
  Effect.map(project.ask([...notes, ...asked(task)]), (turn) => isWanted(kind, readTurn(turn)))

/** Share of a kind's held-out tasks, the first `count`, done as wanted. */
export const heldOutOf = (project: Project, kind: Kind, count: number, notes: ReadonlyArray<Message> = []) =>
  Effect.map(Effect.forEach(kind.heldOut.slice(0, count), (task) => obeys(project, kind, task, notes)), shareOf)

/** Corrects the model's turn on a task, if it needs it, as the loop does after a denial; undefined where it is as wanted. */
export const correct = Effect.fnUntraced(function*(
  project: Project,
  kind: Kind,
  at: number,
  earlier: Array<LearnedLesson>
) {
  const backend = yield* LoraBackend
  const trainer = yield* Trainer
  const task = kind.tasks[at] ?? kind.tasks[0]
  const correction = kind.corrections[at] ?? kind.corrections[0]
  const conversation = asked(task)
  const attempt = yield* project.ask(conversation)
  if (isWanted(kind, readTurn(attempt))) return undefined
  const call = { id: "denied", ...(callOf(said(attempt.text)) ?? { tool: "none", arguments: {} }) }
  const refusal = { call, attempt, correction }
  const lesson: Lesson = {
    id: `${kind.id}-${at}`,
    kind: "denial",
    at: yield* Clock.currentTimeMillis,
    task,
    correction,
    conversation,
    call,
    attempt,
    teacherPromptIds: yield* project.promptIds(
      teacherConversation({ conversation, refusals: [refusal] }, trainer.teacherSeesAttempt)
    ),
    teacherSeesAttempt: trainer.teacherSeesAttempt,
    tools: project.tools,
    modelIdentity: backend.info.modelIdentity,
    adapterRevision: yield* backend.revision
  }
  const kept = keptTurns(backend, lesson, [], earlier, trainer.rehearses ?? 0)
  const start = yield* Clock.currentTimeMillis
  const outcome = yield* trainer.learn(lesson, () => Effect.void, kept)
  const seconds = ((yield* Clock.currentTimeMillis) - start) / 1000
  earlier.push({ lesson, outcome })
  const told = outcome._tag === "Stepped" ? outcome.step.evidence.taught : undefined
  const taught: Taught = {
    attempt: attempt.text,
    ...(told === undefined ? {} : { told }),
    follows: told !== undefined && isWanted(kind, said(told)),
    updates: outcome._tag === "Stepped" ? outcome.step.inner.length : 0,
    ...(outcome._tag === "Stepped" ? {} : { reason: outcome.reason }),
    seconds
  }
  return taught
})

/** What came of one kind on a fresh adapter. */
export interface CourseResult {
  readonly kind: string
  /** Corrections; none where the model did as wanted from the start. */
  readonly taught: ReadonlyArray<Taught>
  /** After how many corrections it was right in a fresh conversation. */
  readonly fixedAfter?: number
  readonly heldOutBefore: number
  readonly heldOut: number
  readonly drift: number
  readonly notesHeldOut?: number
  readonly notesDrift?: number
}

/** How much is asked about each kind. */
export interface Size {
  readonly heldOut: number
  /** Whether a notes file with the same correction is asked as well. */
  readonly notes: boolean
}

/** Teaches one kind to a fresh adapter, with two corrections at most, and asks in fresh conversations. */
export const runCourse = Effect.fnUntraced(function*(
  project: Project,
  kind: Kind,
  seed: number,
  unrelated: ReadonlyArray<Unrelated>,
  size: Size
) {
  const backend = yield* LoraBackend
  yield* backend.reset(seed)
  const heldOutBefore = yield* heldOutOf(project, kind, size.heldOut)
  const note: ReadonlyArray<Message> = [{ _tag: "Note", text: kind.corrections[0] }]
  const noted = size.notes
    ? {
      notesHeldOut: yield* heldOutOf(project, kind, size.heldOut, note),
      notesDrift: yield* driftOf(project, unrelated, note)
    }
    : {}
  const taught: Array<Taught> = []
  const earlier: Array<LearnedLesson> = []
  let fixedAfter: number | undefined
  for (let at = 0; at < 2 && fixedAfter === undefined; at++) {
    const one = yield* correct(project, kind, at, earlier)
    if (one !== undefined) taught.push(one)
    if (yield* obeys(project, kind, kind.tasks[at] ?? kind.tasks[0])) fixedAfter = taught.length
  }
  const result: CourseResult = {
    kind: kind.id,
    taught,
    ...(fixedAfter === undefined ? {} : { fixedAfter }),
    heldOutBefore,
    heldOut: yield* heldOutOf(project, kind, size.heldOut),
    drift: yield* driftOf(project, unrelated),
    ...noted
  }
  return result
})
