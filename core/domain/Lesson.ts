import * as Schema from "effect/Schema"
import { Attempt, Call } from "./Call.ts"
import { Message } from "./Message.ts"

/** A tool that the model could call, and the arguments without which it cannot run. */
export const LessonTool = Schema.Struct({ name: Schema.NonEmptyString, required: Schema.Array(Schema.String) })
export type LessonTool = typeof LessonTool.Type

/**
 * A correction with everything needed to learn from it again.
 *
 * `attempt` holds the student prompt and the tokens to distil over. `teacherPromptIds` is the same conversation with the
 * correction in it (and, per `teacherSeesAttempt`, the denied attempt). For `denial` and `edit` the attempt is the rejected
 * one; for `retry` it is the approved retry, scored by the corrected teacher under the correction-free student prompt.
 */
export const Lesson = Schema.Struct({
  id: Schema.String,
  kind: Schema.Literals(["denial", "edit", "retry"]),
  /** The lesson this one follows from: set for `retry`. */
  parent: Schema.optionalKey(Schema.String),
  at: Schema.Number,
  task: Schema.String,
  correction: Schema.String,
  call: Call,
  /** The conversation before the attempt, as it was: for exports and other models. Learning itself uses the token ids. */
  conversation: Schema.optionalKey(Schema.Array(Message)),
  /** The call the human wants instead, when it is known (an edit, or an approved retry). */
  correctedCall: Schema.optionalKey(Call),
  attempt: Attempt,
  /**
   * The attempt was sampled under another prompt than it is kept with: one that asked again after a turn that could not be used.
   * Its log-probabilities say nothing of the student then, as a retry's.
   */
  askedAgain: Schema.optionalKey(Schema.Literal(true)),
  teacherPromptIds: Schema.Array(Schema.Int),
  teacherSeesAttempt: Schema.Boolean,
  /** The tools there were; absent in lessons from before they were recorded. */
  tools: Schema.optionalKey(Schema.Array(LessonTool)),
  modelIdentity: Schema.String,
  adapterRevision: Schema.Int
})
export type Lesson = typeof Lesson.Type

/** Whether the attempt's log-probabilities are those of the student under the lesson's own prompt. */
export const isOnPrompt = ({ askedAgain, kind }: Pick<Lesson, "askedAgain" | "kind">): boolean =>
  kind !== "retry" && askedAgain !== true

/** A lesson without its tokens, for the screen. */
export const LessonBrief = Schema.Struct({
  id: Schema.String,
  kind: Lesson.fields.kind,
  parent: Schema.optionalKey(Schema.String),
  at: Schema.Number,
  task: Schema.String,
  correction: Schema.String,
  call: Call,
  correctedCall: Schema.optionalKey(Call),
  /** The attempt as the model wrote it. */
  attempt: Schema.String,
  modelIdentity: Schema.String,
  adapterRevision: Schema.Int
})
export type LessonBrief = typeof LessonBrief.Type

/** How a lesson's correction stands to those before it. */
export const LessonRelations = Schema.Struct({
  /** How often this was said by now, this time included. */
  times: Schema.Int,
  /** The earlier lessons that say the same, oldest first. */
  same: Schema.Array(Schema.String),
  /** The newest earlier lesson that wants what this one denies, or denies what this one wants. */
  contradicts: Schema.optionalKey(Schema.Struct({
    lessonId: Schema.String,
    correction: Schema.String,
    reason: Schema.String
  }))
})
export type LessonRelations = typeof LessonRelations.Type
