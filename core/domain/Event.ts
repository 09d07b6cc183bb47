import * as Schema from "effect/Schema"
import { AskedCall, Call, CallArguments } from "./Call.ts"
import { LessonSummary } from "./LessonEntry.ts"
import { Message } from "./Message.ts"
import { SessionSummary } from "./SessionSummary.ts"
import { Lesson, LessonBrief, LessonRelations } from "./Lesson.ts"
import { InnerStep, LearnOutcome, LearnStage, StageSeconds } from "./Step.ts"
import { Preview, ToolResult } from "./ToolResult.ts"
import { RuleEffect, RuleKind, ruleScopes } from "../permissions/Rule.ts"
import { Undone } from "./Undone.ts"
import { ServiceUsage } from "./Usage.ts"
import { Verdict } from "./Verdict.ts"

/** One lesson in the adapter's history: what charts are drawn from. Units as in `Evidence` and `InnerStep`. */
export const LessonPoint = Schema.Struct({
  lessonId: Schema.String,
  at: Schema.Number,
  kind: Lesson.fields.kind,
  correction: Schema.String,
  outcome: Schema.Literals(["learned", "skipped", "rolled back"]),
  /** Why no step was made or kept. */
  reason: Schema.optionalKey(Schema.String),
  /** How often this was said by then, this time included. */
  times: Schema.Int,
  divergenceBefore: Schema.Number,
  /** Of a step: its numbers, and the loss of its first and last update. */
  step: Schema.optionalKey(Schema.Struct({
    revision: Schema.Int,
    updates: Schema.Int,
    lossFirst: Schema.Number,
    lossLast: Schema.Number,
    divergenceAfter: Schema.Number,
    attemptLogProbBefore: Schema.Number,
    attemptLogProbAfter: Schema.Number,
    correctedLogProbBefore: Schema.optionalKey(Schema.Number),
    correctedLogProbAfter: Schema.optionalKey(Schema.Number),
    greedyChanged: Schema.Boolean,
    asCorrected: Schema.optionalKey(Schema.Boolean),
    movement: Schema.optionalKey(Schema.Number),
    baseKl: Schema.Number,
    gradientNorm: Schema.Number,
    updateNorm: Schema.Number,
    canaries: Schema.optionalKey(Schema.Int),
    canaryKl: Schema.optionalKey(Schema.Number),
    canaryUnchanged: Schema.optionalKey(Schema.Number),
    validity: Schema.optionalKey(Schema.Number),
    tokens: Schema.Int,
    seconds: Schema.Number,
    stages: Schema.optionalKey(StageSeconds)
  }))
})
export type LessonPoint = typeof LessonPoint.Type

/** One question of a probe run and what the model answered in a fresh context. */
export const ProbeAnswer = Schema.Struct({
  id: Schema.String,
  /** The project's own, a lesson's situation as it was, or that situation with the task in other words. */
  source: Schema.Literals(["project", "lesson", "paraphrase"]),
  lessonId: Schema.optionalKey(Schema.String),
  task: Schema.String,
  /** The greedy turn, as the model writes it. */
  answer: Schema.String,
  /** The denied call came again, or a project's probe was not met. */
  violated: Schema.Boolean,
  /** Whether the call is the one that was wanted instead; absent where that is not known. */
  wanted: Schema.optionalKey(Schema.Boolean)
})
export type ProbeAnswer = typeof ProbeAnswer.Type

/** All probes asked at one revision of the adapter. */
export const ProbeRun = Schema.Struct({
  at: Schema.Number,
  revision: Schema.Int,
  modelIdentity: Schema.String,
  answers: Schema.Array(ProbeAnswer)
})
export type ProbeRun = typeof ProbeRun.Type

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
  })),
  /** What services were asked for; absent where nothing ever left the machine. */
  usage: Schema.optionalKey(Schema.Struct({
    /** By the session that asks; absent outside one. */
    session: Schema.optionalKey(ServiceUsage),
    /** By all sessions of this adapter's ledger, this one included, for each service. */
    project: Schema.Array(ServiceUsage)
  })),
  /** Every lesson, oldest first. */
  history: Schema.optionalKey(Schema.Array(LessonPoint)),
  /** Every probe run, oldest first. */
  probes: Schema.optionalKey(Schema.Array(ProbeRun))
})
export type Metrics = typeof Metrics.Type

/** Everything known of one lesson, for `/why`. */
export const LessonCard = Schema.Struct({
  /** Counted from the end: 1 is the last lesson. */
  number: Schema.Int,
  /** How many lessons there are. */
  of: Schema.Int,
  lesson: LessonBrief,
  outcome: LearnOutcome,
  relations: LessonRelations,
  /** What the approved retry of this denial taught, if it came to that. */
  retry: Schema.optionalKey(Schema.Struct({ lesson: LessonBrief, outcome: LearnOutcome }))
})
export type LessonCard = typeof LessonCard.Type

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

/** A call that waits for the human. */
export const ApprovalRequest = Schema.Struct({
  call: Call,
  /** What an edit made of the call, where that is to be reviewed: the rest of the request is about it, and `Approve` runs it. */
  edited: Schema.optionalKey(AskedCall),
  preview: Schema.optionalKey(Preview),
  /** Why an earlier answer was not accepted (an empty correction, arguments that do not decode), if so. */
  problem: Schema.optionalKey(Schema.String),
  /** Why it is asked for, beyond the default. */
  reasons: Schema.optionalKey(Schema.Array(Schema.String)),
  /** The rules that ask, as `/permissions` shows them. */
  rules: Schema.optionalKey(Schema.Array(Schema.String)),
  /** What `Always` would allow, exactly; absent where it could not be shown in full, and then `Always` is not taken. */
  grant: Schema.optionalKey(Schema.String),
  /** Text to offer, never to demand, as a correction: what the last failed tool said. */
  suggestion: Schema.optionalKey(Schema.String)
})
export type ApprovalRequest = typeof ApprovalRequest.Type

/** The call that would run: as proposed, or as edited. */
export const shownCall = ({ call, edited }: ApprovalRequest): Call =>
  edited === undefined ? call : { ...call, ...edited }

/** What the human typed when no call waits. */
export const UserInput = Schema.Union([
  Schema.TaggedStruct("Task", { text: Schema.String }),
  Schema.TaggedStruct("Note", { text: Schema.String }),
  Schema.TaggedStruct("ShowMetrics", {}),
  /** Asks for the evidence of a lesson, counted from the end; the last one when absent. */
  Schema.TaggedStruct("Why", { number: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))) }),
  Schema.TaggedStruct("ShowLessons", {}),
  /** Ids may be shortened. */
  Schema.TaggedStruct("ShowLesson", { id: Schema.String }),
  /** Takes a lesson out of the adapter: the newest one without `id`. */
  Schema.TaggedStruct("UndoLesson", { id: Schema.optionalKey(Schema.String) }),
  /** Takes a lesson out of the adapter and what it says out of the ledger. */
  Schema.TaggedStruct("ForgetLesson", { id: Schema.String }),
  /** Tells whether corrections teach, or changes it. */
  Schema.TaggedStruct("Learn", { on: Schema.optionalKey(Schema.Boolean) }),
  /** Corrects the last call that ran, whoever let it, or the answer after it: the lesson's attempt is what was said. */
  Schema.TaggedStruct("Correct", { correction: Schema.String }),
  /** Names the call that was wanted instead of the last answer: as an edit does. Absent: the one that was found in it. */
  Schema.TaggedStruct("Instead", { call: Schema.optionalKey(AskedCall) }),
  Schema.TaggedStruct("ShowPermissions", {}),
  /** Asks what the rules say, without running anything: a command, or `kind` and a path or host. */
  Schema.TaggedStruct("TestPermission", { kind: RuleKind, what: Schema.NonEmptyString }),
  /** Adds a rule: for this session or, `saved`, for this project. All of the kind without a pattern. */
  Schema.TaggedStruct("AddPermission", {
    effect: Schema.Literals(["allow", "deny"]),
    kind: RuleKind,
    pattern: Schema.optionalKey(Schema.NonEmptyString),
    saved: Schema.Boolean
  }),
  /** Takes back a rule made in a session, by its number. */
  Schema.TaggedStruct("RevokePermission", { number: Schema.Int }),
  /** Takes back the newest change that a call made to a file. */
  Schema.TaggedStruct("UndoChange", {}),
  Schema.TaggedStruct("ShowSessions", {}),
  Schema.TaggedStruct("Clear", {}),
  Schema.TaggedStruct("Help", {}),
  Schema.TaggedStruct("Quit", {})
]).pipe(Schema.toTaggedUnion("_tag"))
export type UserInput = typeof UserInput.Type

export { CallArguments }
