import type { Call } from "../../core/domain/Call.ts"
import type { Lesson } from "../../core/domain/Lesson.ts"
import type { LearnOutcome } from "../../core/domain/Step.ts"

export const call = (tool: string, args: Call["arguments"], id = "call-1"): Call => ({ id, tool, arguments: args })

/** A complete lesson with recognisable numbers. */
export const lesson = (id: string, more: Partial<Lesson> = {}): Lesson => ({
  id,
  kind: "denial",
  at: 1_700_000_000_000,
  task: "fix the test",
  correction: "use edit_lines",
  call: call("write", { path: "a.js", content: "x" }),
  attempt: { text: "<tool_call>…</tool_call>", promptIds: [1, 2, 3], ids: [4, 5, 6], logProbs: [-0.1, -0.2, -0.3] },
  teacherPromptIds: [1, 2, 3, 7, 8],
  teacherSeesAttempt: false,
  modelIdentity: "model-a",
  adapterRevision: 0,
  ...more
})

export const stepped = (lessonId: string, revision: number): LearnOutcome => ({
  _tag: "Stepped",
  step: {
    id: `step-${lessonId}`,
    lessonId,
    objective: "fake",
    estimator: "none",
    revision,
    inner: [{ index: 0, loss: 0.5, divergence: 0.4, baseKl: 0.01, gradientNorm: 1, updateNorm: 0.1 }],
    tokens: 3,
    seconds: 0.25,
    evidence: {
      attemptLogProbBefore: -0.6,
      attemptLogProbAfter: -4,
      divergenceBefore: 0.4,
      divergenceAfter: 0.2,
      baseKl: 0.02,
      greedyBefore: "before",
      greedyAfter: "after",
      greedyChanged: true
    },
    at: 1_700_000_000_500
  }
})

export const skipped: LearnOutcome = { _tag: "Skipped", reason: "nothing to learn", divergence: 0.001 }
