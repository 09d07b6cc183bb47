import * as Schema from "effect/Schema"
import { Call, CallArguments } from "./Call.ts"
import { Lesson } from "./Lesson.ts"
import { InnerStep, LearnOutcome } from "./Step.ts"
import { Preview, ToolResult } from "./ToolResult.ts"
import { Verdict } from "./Verdict.ts"

/** Numbers of the session and of the adapter's whole life, shown by `/metrics`. */
export const Metrics = Schema.Struct({
  lessons: Schema.Int,
  steps: Schema.Int,
  skipped: Schema.Int,
  approvals: Schema.Int,
  denials: Schema.Int,
  edits: Schema.Int,
  /** Adapter revision now: the number of optimiser updates it has seen. */
  revision: Schema.Int,
  lastDivergence: Schema.optionalKey(Schema.Number),
  meanStepSeconds: Schema.optionalKey(Schema.Number),
  greedyChangedShare: Schema.optionalKey(Schema.Number),
  recent: Schema.Array(Schema.Struct({
    correction: Schema.String,
    attemptLogProbBefore: Schema.Number,
    attemptLogProbAfter: Schema.Number,
    greedyChanged: Schema.Boolean,
    seconds: Schema.Number
  }))
})
export type Metrics = typeof Metrics.Type

/** Everything a Ui may show, in the order it happens. One stream for all surfaces. */
export const AgentEvent = Schema.Union([
  Schema.TaggedStruct("SessionStarted", {
    sessionId: Schema.String,
    workspace: Schema.String,
    model: Schema.String,
    trainer: Schema.String,
    objective: Schema.String,
    training: Schema.Boolean,
    sandbox: Schema.String,
    revision: Schema.Int
  }),
  Schema.TaggedStruct("UserMessage", { text: Schema.String }),
  Schema.TaggedStruct("NoteAdded", { text: Schema.String }),
  Schema.TaggedStruct("ThinkingStarted", {}),
  Schema.TaggedStruct("TextDelta", { text: Schema.String }),
  /** A turn without a call: the model's final words. */
  Schema.TaggedStruct("AssistantMessage", { text: Schema.String }),
  Schema.TaggedStruct("CallProposed", { call: Call, preview: Schema.optionalKey(Preview), retry: Schema.Boolean }),
  Schema.TaggedStruct("VerdictGiven", { call: Call, verdict: Verdict }),
  Schema.TaggedStruct("ToolStarted", { call: Call }),
  Schema.TaggedStruct("ToolFinished", { call: Call, result: ToolResult }),
  Schema.TaggedStruct("LearningStarted", { lesson: Lesson }),
  Schema.TaggedStruct("LearningProgress", { lessonId: Schema.String, inner: InnerStep }),
  Schema.TaggedStruct("LearningFinished", { lessonId: Schema.String, outcome: LearnOutcome }),
  /** The step failed as a whole: adapter and optimiser are as before. */
  Schema.TaggedStruct("LearningFailed", { lessonId: Schema.String, message: Schema.String }),
  Schema.TaggedStruct("Reasked", { reason: Schema.String }),
  Schema.TaggedStruct("MetricsShown", { metrics: Metrics }),
  Schema.TaggedStruct("HelpShown", {}),
  Schema.TaggedStruct("Cleared", {}),
  Schema.TaggedStruct("TurnFinished", {}),
  Schema.TaggedStruct("TurnCancelled", { reason: Schema.String }),
  Schema.TaggedStruct("Notice", { message: Schema.String }),
  Schema.TaggedStruct("Failure", { message: Schema.String }),
  Schema.TaggedStruct("SessionEnded", {})
]).pipe(Schema.toTaggedUnion("_tag"))
export type AgentEvent = typeof AgentEvent.Type

/** A call that waits for the human. */
export const ApprovalRequest = Schema.Struct({
  call: Call,
  preview: Schema.optionalKey(Preview),
  /** Why an earlier answer was not accepted (an empty correction, arguments that do not decode), if so. */
  problem: Schema.optionalKey(Schema.String),
  /** Text to offer, never to demand, as a correction: what the last failed tool said. */
  suggestion: Schema.optionalKey(Schema.String)
})
export type ApprovalRequest = typeof ApprovalRequest.Type

/** What the human typed when no call waits. */
export const UserInput = Schema.Union([
  Schema.TaggedStruct("Task", { text: Schema.String }),
  Schema.TaggedStruct("Note", { text: Schema.String }),
  Schema.TaggedStruct("ShowMetrics", {}),
  Schema.TaggedStruct("Clear", {}),
  Schema.TaggedStruct("Help", {}),
  Schema.TaggedStruct("Quit", {})
]).pipe(Schema.toTaggedUnion("_tag"))
export type UserInput = typeof UserInput.Type

export { CallArguments }
