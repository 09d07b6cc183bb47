import * as Schema from "effect/Schema"
import { RuleEffect, ruleScopes } from "../permissions/Rule.ts"
import { AskedCall, Call } from "./Call.ts"
import { Lesson, LessonRelations } from "./Lesson.ts"
import { LessonCard } from "./LessonCard.ts"
import { LessonSummary } from "./LessonEntry.ts"
import { Message } from "./Message.ts"
import { Metrics } from "./Metrics.ts"
import { ProbeRun } from "./ProbeRun.ts"
import { SessionSummary } from "./SessionSummary.ts"
import { InnerStep, LearnOutcome, LearnStage } from "./Step.ts"
import { Preview, ToolResult } from "./ToolResult.ts"
import { Undone } from "./Undone.ts"
import { Verdict } from "./Verdict.ts"

/** One rule about calls, as it is shown. */
const ShownRule = Schema.Struct({
  number: Schema.Int,
  scope: Schema.Literals(ruleScopes),
  /** The rule in a few words: `allow run npm test *`. */
  text: Schema.String,
  reason: Schema.optionalKey(Schema.String),
  /** Whether `RevokePermission` takes it. */
  revocable: Schema.Boolean
})
type ShownRule = typeof ShownRule.Type

/** How much of the context window a prompt takes, in tokens. */
export const ContextUse = Schema.Struct({
  tokens: Schema.Int,
  /** What a prompt may take: the window without room for the turn. */
  of: Schema.Int,
  /** Old tool outputs left out of it, and whole messages. */
  shortened: Schema.Int,
  dropped: Schema.Int
})
export type ContextUse = typeof ContextUse.Type

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
  /** The session goes on from an earlier conversation, its own or, `forked`, that of another session. */
  Schema.TaggedStruct("SessionResumed", {
    from: Schema.String,
    forked: Schema.Boolean,
    conversation: Schema.Array(Message)
  }),
  /** Sessions that can be gone on with, the newest first. */
  Schema.TaggedStruct("SessionsShown", { sessions: Schema.Array(SessionSummary), current: Schema.String }),
  Schema.TaggedStruct("UserMessage", { text: Schema.String }),
  Schema.TaggedStruct("NoteAdded", { text: Schema.String }),
  Schema.TaggedStruct("ThinkingStarted", {}),
  Schema.TaggedStruct("ContextUsed", { context: ContextUse }),
  Schema.TaggedStruct("TextDelta", { text: Schema.String }),
  /** A turn without a call: the model's final words. */
  Schema.TaggedStruct("AssistantMessage", { text: Schema.String }),
  Schema.TaggedStruct("CallProposed", {
    call: Call,
    preview: Schema.optionalKey(Preview),
    retry: Schema.Boolean,
    /** What was damaged or otherwise written in what the model said, and how it was taken. */
    repairs: Schema.optionalKey(Schema.Array(Schema.String))
  }),
  /** A rule lets the call run, so nobody is asked: no verdict, and nothing is learned. Rules as `/permissions` shows them. */
  Schema.TaggedStruct("CallAllowed", { call: Call, rules: Schema.Array(Schema.String) }),
  /** A rule keeps the call from running; the model is told why. No verdict either. */
  Schema.TaggedStruct("CallRefused", {
    call: Call,
    reasons: Schema.Array(Schema.String),
    rules: Schema.Array(Schema.String)
  }),
  Schema.TaggedStruct("VerdictGiven", { call: Call, verdict: Verdict }),
  Schema.TaggedStruct("ToolStarted", { call: Call }),
  Schema.TaggedStruct("ToolFinished", { call: Call, result: ToolResult }),
  Schema.TaggedStruct("LearningStarted", { lesson: Lesson }),
  Schema.TaggedStruct("LearningProgress", { lessonId: Schema.String, inner: InnerStep }),
  /** What a lesson now waits for: at its stages before the first update, later ones once it has taken a second. */
  Schema.TaggedStruct("LearningStage", { lessonId: Schema.String, ...LearnStage.fields }),
  Schema.TaggedStruct("LearningFinished", {
    lessonId: Schema.String,
    outcome: LearnOutcome,
    relations: Schema.optionalKey(LessonRelations)
  }),
  /** The step failed as a whole: adapter and optimiser are as before. */
  Schema.TaggedStruct("LearningFailed", { lessonId: Schema.String, message: Schema.String }),
  /** `text`: what the model had said. */
  Schema.TaggedStruct("Reasked", { reason: Schema.String, text: Schema.optionalKey(Schema.String) }),
  /**
   * The turn has ended with words, or with nothing that could be used, and this can be corrected: `Correct` says what to do instead,
   * `Instead` names the wanted call. `wanted` is the call that the answer may have meant.
   */
  Schema.TaggedStruct("Correctable", { wanted: Schema.optionalKey(AskedCall) }),
  /** That turn goes on after its correction. */
  Schema.TaggedStruct("TurnResumed", {}),
  Schema.TaggedStruct("MetricsShown", { metrics: Metrics }),
  Schema.TaggedStruct("WhyShown", { card: LessonCard }),
  Schema.TaggedStruct("ProbesRun", { run: ProbeRun }),
  Schema.TaggedStruct("LessonsShown", { lessons: Schema.Array(LessonSummary) }),
  /** Lessons left the adapter. `relearned`: the later ones, learned anew without them. */
  Schema.TaggedStruct("LessonsUndone", {
    lessons: Schema.Array(LessonSummary),
    relearned: Schema.Array(LessonSummary),
    forgotten: Schema.Boolean,
    revision: Schema.Int
  }),
  /** The newest change of a file by a call was taken back, or why not. */
  Schema.TaggedStruct("ChangeUndone", { undone: Undone }),
  /** Whether corrections teach from now on. */
  Schema.TaggedStruct("LearningSwitched", { on: Schema.Boolean }),
  /** The rules in force, in order; of those that match a call the last one counts. */
  Schema.TaggedStruct("PermissionsShown", {
    rules: Schema.Array(ShownRule),
    sandbox: Schema.String,
    /** Why there is no better sandbox. */
    note: Schema.optionalKey(Schema.String)
  }),
  /** What the rules say of a call that was only asked about. */
  Schema.TaggedStruct("PermissionTested", {
    asked: Schema.String,
    effect: RuleEffect,
    reasons: Schema.Array(Schema.String),
    rules: Schema.Array(Schema.String)
  }),
  Schema.TaggedStruct("HelpShown", {}),
  Schema.TaggedStruct("Cleared", {}),
  Schema.TaggedStruct("TurnFinished", {}),
  Schema.TaggedStruct("TurnCancelled", { reason: Schema.String }),
  Schema.TaggedStruct("Notice", { message: Schema.String }),
  Schema.TaggedStruct("Failure", { message: Schema.String }),
  Schema.TaggedStruct("SessionEnded", {})
]).pipe(Schema.toTaggedUnion("_tag"))
export type AgentEvent = typeof AgentEvent.Type
