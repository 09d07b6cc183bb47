import type { AgentEvent } from "../../core/domain/Event.ts"
import type { Result } from "./Protocol.ts"

/** What the result line needs, counted from the events. Outcome flags belong to the last turn. */
export interface Tally extends Omit<Result, "_tag" | "ok" | "reason" | "exitCode"> {
  readonly running: boolean
  readonly failed: boolean
  readonly unanswered: boolean
  readonly interrupted: boolean
}

export const emptyTally: Tally = {
  text: "",
  turns: 0,
  approvals: 0,
  denials: 0,
  edits: 0,
  steps: 0,
  skipped: 0,
  revision: 0,
  running: false,
  failed: false,
  unanswered: false,
  interrupted: false
}

const verdictCounts = { Approve: "approvals", Deny: "denials", Edit: "edits" } as const

export const count = (tally: Tally, event: AgentEvent): Tally => {
  switch (event._tag) {
    case "SessionStarted":
      return { ...tally, revision: event.revision }
    case "UserMessage":
      return {
        ...tally,
        turns: tally.turns + 1,
        text: "",
        running: true,
        failed: false,
        unanswered: false,
        interrupted: false
      }
    case "TurnResumed":
      return { ...tally, text: "", running: true, failed: false, unanswered: false, interrupted: false }
    case "AssistantMessage":
      return { ...tally, text: event.text }
    case "VerdictGiven": {
      const name = verdictCounts[event.verdict._tag]
      return { ...tally, [name]: tally[name] + 1 }
    }
    case "LearningFinished":
      return event.outcome._tag === "Stepped"
        ? { ...tally, steps: tally.steps + 1, revision: event.outcome.step.revision }
        : { ...tally, skipped: tally.skipped + 1 }
    case "LessonsUndone":
      return { ...tally, revision: event.revision }
    case "LearningFailed":
    case "Failure":
      return { ...tally, failed: true }
    case "TurnFinished":
    case "TurnCancelled":
      return { ...tally, running: false }
    default:
      return tally
  }
}

const outcome = (tally: Tally): Pick<Result, "reason" | "exitCode"> => {
  if (tally.unanswered) return { reason: "unanswered", exitCode: 3 }
  // A step that an interrupt stopped is reported as failed too: the interrupt is what happened.
  if (tally.interrupted) return { reason: "interrupted", exitCode: 130 }
  if (tally.failed) return { reason: "failed", exitCode: 1 }
  if (tally.running) return { reason: "interrupted", exitCode: 130 }
  return { reason: "finished", exitCode: 0 }
}

/** The result as it stands. A turn that never ended counts as interrupted. */
export const resultOf = (tally: Tally): Result => {
  const { failed: _failed, interrupted: _interrupted, running: _running, unanswered: _unanswered, ...counts } = tally
  const { exitCode, reason } = outcome(tally)
  return { _tag: "Result", ok: exitCode === 0, reason, exitCode, ...counts }
}
