import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Call } from "../../../core/domain/Call.ts"
import type { UserInput } from "../../../core/domain/UserInput.ts"
import type { LearnOutcome } from "../../../core/domain/Step.ts"
import type { ApprovalAnswer } from "../../../core/domain/Verdict.ts"
import { Ui } from "../../../core/Ui.ts"
import { isWanted, type Phrasing, type Wanted } from "./Phrasing.ts"

/** Calls that only look are approved so often before one is judged. */
const LOOKS = 4

/** What a person does in one session: gives a task, and corrects the call once if it is not a wanted one. */
export interface Script {
  readonly task: string
  readonly approve: Phrasing["approve"]
  readonly wanted: Wanted
  /** Absent: the first call is only looked at. */
  readonly correction?: string
}

/** What came of it. */
export interface Seen {
  /** The calls that were judged: the first, then the retry. */
  readonly calls: Array<Call>
  /** What the denial taught; the approved retry is another lesson. */
  readonly outcomes: Array<LearnOutcome>
  /** How the model ended the turn without a call that could be judged: its words, or why there was none. */
  ending: { readonly words: string } | { readonly failure: string } | undefined
}

/**
 * A person at the user interface: approves what only looks, denies the first other call with the correction unless it is
 * wanted, approves a retry that follows, and leaves.
 */
export const person = (script: Script, seen: Seen): Layer.Layer<Ui> => {
  const inputs: Array<UserInput> = [{ _tag: "Task", text: script.task }]
  let looks = 0
  let asked: string | undefined
  const answer = (call: Call): ApprovalAnswer => {
    asked = call.id
    const wanted = isWanted(script.wanted, call)
    if (!wanted && looks < LOOKS && (script.approve ?? []).some((shape) => isWanted(shape, call))) {
      looks++
      return { _tag: "Approve" }
    }
    const judged = seen.calls.push(call)
    if (judged === 1 && !wanted && script.correction !== undefined) {
      return { _tag: "Deny", correction: script.correction }
    }
    return judged === 2 && wanted ? { _tag: "Approve" } : { _tag: "Quit" }
  }
  return Layer.succeed(Ui, {
    name: "person",
    show: (event) =>
      Effect.sync(() => {
        // What runs without being asked for is judged as well; nobody can deny it.
        if (event._tag === "ToolStarted" && event.call.id !== asked) answer(event.call)
        if (event._tag === "LearningFinished") seen.outcomes.push(event.outcome)
        if (event._tag === "AssistantMessage") seen.ending = { words: event.text }
        if (event._tag === "Failure" || event._tag === "LearningFailed") seen.ending = { failure: event.message }
      }),
    approve: ({ call }) => Effect.sync(() => answer(call)),
    next: Effect.sync((): UserInput => inputs.shift() ?? { _tag: "Quit" }),
    interrupted: Effect.never
  })
}
