import type { AgentEvent } from "../../core/domain/Event.ts"
import type { LessonCard } from "../../core/domain/LessonCard.ts"
import type { Lesson } from "../../core/domain/Lesson.ts"
import type { Step } from "../../core/domain/Step.ts"
import { briefOf } from "../../core/evidence/LessonCard.ts"

const call = { id: "c1", tool: "write", arguments: { path: "math.js", content: "x" } }
const attempt = { text: "t", promptIds: [1, 2], ids: [3], logProbs: [-0.5] }

export const sampleLesson: Lesson = {
  id: "l1",
  kind: "denial",
  at: 0,
  task: "fix the test",
  correction: "use edit_lines",
  call,
  attempt,
  teacherPromptIds: [1, 2, 3],
  teacherSeesAttempt: true,
  modelIdentity: "m",
  adapterRevision: 0
}

export const sampleStep: Step = {
  id: "s1",
  lessonId: "l1",
  objective: "sdpo",
  estimator: "full-vocabulary reverse KL",
  revision: 2,
  inner: [{ index: 0, loss: 1, divergence: 0.41, baseKl: 0, gradientNorm: 1, updateNorm: 0.1 }],
  tokens: 1,
  seconds: 0.6,
  at: 0,
  evidence: {
    attemptLogProbBefore: -1.2,
    attemptLogProbAfter: -9.8,
    divergenceBefore: 0.41,
    divergenceAfter: 0.08,
    baseKl: 0.1,
    greedyBefore: "a",
    greedyAfter: "b",
    greedyChanged: true
  }
}

/** A step with all the evidence there can be; one token is a line feed, one ends the turn. */
const provenStep: Step = {
  ...sampleStep,
  stages: { teacher: 0.05, student: 0.04, backward: 0.2, update: 0.01, greedy: 0.1, evidence: 0.02, canaries: 0.1 },
  evidence: {
    ...sampleStep.evidence,
    greedyBefore: "<tool_call>\n{\"name\": \"write\", \"arguments\": {\"path\": \"math.js\"}}\n</tool_call>",
    greedyAfter: "<tool_call>\n{\"name\": \"edit_lines\", \"arguments\": {\"path\": \"math.js\"}}\n</tool_call>",
    asCorrected: true,
    taught: "<tool_call>\n{\"name\": \"edit_lines\", \"arguments\": {\"path\": \"math.js\"}}\n</tool_call>",
    movement: 0.7,
    corrected: { source: "teacher", text: "t", logProbBefore: -9.1, logProbAfter: -0.4 },
    branch: {
      position: 12,
      lead: "{\"name\": \"",
      attempt: { id: 7, text: "write", before: 0.98, after: 0.002 },
      alternatives: [
        { id: 7, text: "write", before: 0.98, after: 0.002 },
        { id: 8, text: "edit", before: 0.01, after: 0.97 },
        { id: 9, text: " \n\t\u0007" },
        { id: 10, text: "", after: 0.00001 }
      ]
    },
    canaries: {
      count: 2,
      tokens: 40,
      kl: 0.012,
      estimator: "the 32 likeliest tokens and the rest",
      unchanged: 0.5,
      validBefore: 1,
      valid: 1,
      changed: [{ task: "list the files", before: "I see.", after: "Sure." }]
    }
  }
}

const brief = briefOf(sampleLesson)

export const sampleCard: LessonCard = {
  number: 1,
  of: 3,
  lesson: { ...brief, task: "fix the card", attempt: provenStep.evidence.greedyBefore },
  outcome: { _tag: "Stepped", step: provenStep },
  relations: {
    times: 3,
    same: ["l-2", "l-1"],
    contradicts: { lessonId: "l0", correction: "use write", reason: "it taught the very call you denied now" }
  },
  retry: {
    lesson: { ...brief, id: "l2", kind: "retry", attempt: provenStep.evidence.greedyAfter },
    outcome: { _tag: "Skipped", reason: "The model now makes the approved call without being told.", divergence: 0.02 }
  }
}

export const sessionStarted: AgentEvent = {
  _tag: "SessionStarted",
  sessionId: "s",
  workspace: "/work/demo",
  model: "pocket",
  trainer: "pocket",
  objective: "sdpo",
  training: true,
  sandbox: "none",
  revision: 1
}

/** One event of every kind, in an order a session could have. */
export const sampleEvents: ReadonlyArray<AgentEvent> = [
  sessionStarted,
  { _tag: "UserMessage", text: "fix the test" },
  { _tag: "NoteAdded", text: "tests run with node --test" },
  { _tag: "ThinkingStarted" },
  { _tag: "TextDelta", text: "I will write" },
  { _tag: "Reasked", reason: "two calls at once", text: "I will write and then read" },
  { _tag: "Correctable", wanted: { tool: "bash", arguments: { command: "npm test" } } },
  { _tag: "TurnResumed" },
  {
    _tag: "CallProposed",
    call,
    preview: { _tag: "Diff", path: "math.js", diff: "--- a\n+++ b\n-old\n+new" },
    retry: false
  },
  { _tag: "CallAllowed", call, rules: ["allow write math.js (session)"] },
  { _tag: "CallRefused", call, reasons: ["math.js: generated"], rules: ["deny write math.js (user)"] },
  { _tag: "VerdictGiven", call, verdict: { _tag: "Deny", correction: "use edit_lines" } },
  { _tag: "LearningStarted", lesson: sampleLesson },
  { _tag: "LearningStage", lessonId: "l1", stage: "teacher", seconds: 0.2, updates: 0, of: 8 },
  { _tag: "LearningProgress", lessonId: "l1", inner: sampleStep.inner[0]! },
  { _tag: "LearningFinished", lessonId: "l1", outcome: { _tag: "Stepped", step: sampleStep } },
  { _tag: "LearningFailed", lessonId: "l2", message: "the numbers were not finite" },
  { _tag: "ToolStarted", call },
  { _tag: "ToolFinished", call, result: { output: "", success: false, feedback: "the file has changed" } },
  { _tag: "AssistantMessage", text: "The test passes." },
  { _tag: "TurnFinished" },
  {
    _tag: "MetricsShown",
    metrics: { lessons: 1, steps: 1, skipped: 0, approvals: 0, denials: 1, edits: 0, revision: 2, recent: [] }
  },
  { _tag: "WhyShown", card: sampleCard },
  {
    _tag: "LessonsShown",
    lessons: [{
      id: "0a1b2c3d",
      number: 1,
      at: 0,
      kind: "denial",
      state: "active",
      task: "fix the test",
      correction: "use the listed tool",
      call,
      revision: 5,
      updates: 5
    }]
  },
  {
    _tag: "LessonsUndone",
    lessons: [{
      id: "1b2c3d4e",
      number: 2,
      at: 0,
      kind: "denial",
      state: "undone",
      task: "fix the test",
      correction: "use the undone tool",
      call
    }],
    relearned: [],
    forgotten: false,
    revision: 5
  },
  { _tag: "ChangeUndone", undone: { _tag: "Undone", path: "undone.js", at: 0, removed: false } },
  { _tag: "LearningSwitched", on: false },
  {
    _tag: "ProbesRun",
    run: {
      at: 0,
      revision: 2,
      modelIdentity: "m",
      answers: [
        { id: "p1", source: "project", task: "fix the probe", answer: "x", violated: true },
        { id: "l1/0", source: "lesson", lessonId: "l1", task: "fix the test", answer: "y", violated: false }
      ]
    }
  },
  {
    _tag: "PermissionsShown",
    sandbox: "bubblewrap",
    rules: [
      { number: 1, scope: "default", text: "ask everything", reason: "changes are asked for", revocable: false },
      { number: 2, scope: "saved", text: "allow run npm test *", revocable: true }
    ]
  },
  {
    _tag: "PermissionTested",
    asked: "run git push",
    effect: "ask",
    reasons: ["it has a variable"],
    rules: ["ask everything (default)"]
  },
  {
    _tag: "SessionResumed",
    from: "5e5510e1-0000",
    forked: true,
    conversation: [
      { _tag: "User", text: "fix the resumed task" },
      {
        _tag: "Assistant",
        text: "<tool_call>\n{\"name\": \"bash\", \"arguments\": {\"command\": \"npm t\"}}\n</tool_call>"
      },
      { _tag: "Denied", call, correction: "not in the resumed session" },
      { _tag: "ToolResult", call, output: "1 passing", success: true },
      { _tag: "Assistant", text: "It passes." }
    ]
  },
  {
    _tag: "SessionsShown",
    current: "5e5510e1-0000",
    sessions: [{ id: "5e5510e1-0000", startedAt: 0, lastAt: 0, task: "fix the listed task", tasks: 2 }]
  },
  { _tag: "ContextUsed", context: { tokens: 1200, of: 7680, shortened: 2, dropped: 3 } },
  { _tag: "HelpShown" },
  { _tag: "Cleared" },
  { _tag: "TurnCancelled", reason: "stopped" },
  { _tag: "Notice", message: "adapter loaded" },
  { _tag: "Failure", message: "the model could not answer" },
  { _tag: "SessionEnded" }
]
