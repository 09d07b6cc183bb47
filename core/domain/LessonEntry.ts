import * as Schema from "effect/Schema"
import { Call } from "./Call.ts"
import { Lesson } from "./Lesson.ts"
import { LearnOutcome } from "./Step.ts"

/**
 * With what a lesson was learned: the Trainer's own description of its settings, enough to build the same Trainer again, and
 * where the numbers ran.
 */
export const TrainedWith = Schema.Struct({
  objective: Schema.String,
  settings: Schema.Record(Schema.String, Schema.Union([Schema.Number, Schema.Boolean, Schema.String])),
  backend: Schema.String,
  engine: Schema.String,
  /** How many approved and taught turns of before were rehearsed with it; absent: none. */
  rehearse: Schema.optionalKey(Schema.Int)
})
export type TrainedWith = typeof TrainedWith.Type

/** The adapter a lesson belongs to: one model, one shape. */
export const AdapterKey = Schema.Struct({
  modelIdentity: Schema.String,
  /** Rank, alpha and targets in words. */
  shape: Schema.String
})
export type AdapterKey = typeof AdapterKey.Type

/**
 * - `active`: its step is in the adapter;
 * - `skipped`: it made no step, since there was nothing to learn;
 * - `rolled back`: the guard dropped its step;
 * - `undone`: it was taken out of the adapter and stays readable;
 * - `forgotten`: it was taken out, and what it said was removed from the ledger.
 */
export const LessonState = Schema.Literals(["active", "skipped", "rolled back", "undone", "forgotten"])
export type LessonState = typeof LessonState.Type

/** One lesson as the ledger holds it now. `number` counts from 1 in the order of learning. */
export const LessonEntry = Schema.Struct({
  number: Schema.Int,
  id: Schema.String,
  at: Schema.Number,
  sessionId: Schema.String,
  kind: Lesson.fields.kind,
  modelIdentity: Schema.String,
  /** Absent for a lesson of the first version that made no step. */
  shape: Schema.optionalKey(Schema.String),
  state: LessonState,
  /** Absent when forgotten. */
  lesson: Schema.optionalKey(Lesson),
  /** What the newest learning of it did; absent when forgotten. */
  outcome: Schema.optionalKey(LearnOutcome),
  /** Absent for lessons of the first version. */
  trainedWith: Schema.optionalKey(TrainedWith)
})
export type LessonEntry = typeof LessonEntry.Type

/** A lesson as a list shows it: without tokens, prompts and evidence. */
export const LessonSummary = Schema.Struct({
  id: Schema.String,
  number: Schema.Int,
  at: Schema.Number,
  kind: Lesson.fields.kind,
  state: LessonState,
  shape: Schema.optionalKey(Schema.String),
  /** What it said; absent when forgotten. */
  task: Schema.optionalKey(Schema.String),
  correction: Schema.optionalKey(Schema.String),
  call: Schema.optionalKey(Call),
  correctedCall: Schema.optionalKey(Call),
  parent: Schema.optionalKey(Schema.String),
  /** Of a step that was kept: the adapter's revision after it, and its updates. */
  revision: Schema.optionalKey(Schema.Int),
  updates: Schema.optionalKey(Schema.Int),
  /** Why there was no step, or why it was not kept. */
  reason: Schema.optionalKey(Schema.String)
})
export type LessonSummary = typeof LessonSummary.Type
