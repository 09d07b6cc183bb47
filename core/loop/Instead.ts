import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import type { AskedCall, Call } from "../domain/Call.ts"
import { candidateIn } from "../prompt/calls/Candidate.ts"
import { ToolSandbox } from "../ToolSandbox.ts"
import { callOf, type Said } from "../Turn.ts"
import { askVerdict, checkNamed } from "./AskVerdict.ts"
import type { LastSaid, Session } from "./Session.ts"
import { takeEdit } from "./Settle.ts"

/**
 * The call that a turn may have meant, as one that can run: the one it made or shows, else the nearest to it that the tools
 * allow. Undefined where there is none.
 */
export const wantedIn = Effect.fnUntraced(function*(turn: Said) {
  const sandbox = yield* ToolSandbox
  const runnable = (asked: AskedCall) => sandbox.problem({ id: "", ...asked }) === undefined
  const made = callOf(turn)
  const found = made === undefined ? candidateIn(turn.text) : { _tag: "Call" as const, ...made }
  if (found === undefined) return undefined
  const asked = found._tag === "Call"
    ? { tool: found.tool, arguments: found.arguments }
    : { tool: "bash", arguments: { command: found.command } }
  return runnable(asked) ? asked : sandbox.nearest?.({ id: "", ...asked })
})

/**
 * What the human wants instead of the last answer: a call that is an edit of it. Taught, then run as an edited call is, but for what
 * the rules forbid or give reasons to ask about. Undefined when nothing was done; the answer can still be corrected then.
 */
export const insteadOf = Effect.fnUntraced(function*(session: Session, last: LastSaid, asked: AskedCall | undefined) {
  const chosen = asked ?? last.wanted
  const failed = (message: string) => Effect.as(session.announce({ _tag: "Failure", message }), undefined)
  if (chosen === undefined) {
    return yield* failed("No call was found in the answer. Name one: /do npm test, or /do read {\"path\": \"a.js\"}.")
  }
  const wanted: Call = { id: yield* session.nextCallId, tool: chosen.tool, arguments: chosen.arguments }
  const words = { fails: "That call will fail", forbidden: "A rule forbids that call" }
  const checked = yield* checkNamed(wanted, words)
  if (checked.problem !== undefined) return yield* failed(checked.problem)
  const { judgement, prospect } = checked
  if (judgement.reasons.length > 0) {
    const { preview } = prospect
    yield* session.announce({
      _tag: "CallProposed",
      call: wanted,
      retry: false,
      ...(preview === undefined ? {} : { preview })
    })
    const answer = yield* askVerdict(session, wanted, prospect, judgement)
    if (answer._tag !== "Approve") return yield* failed("The call was not approved, so nothing was run or learned.")
  }
  yield* Ref.set(session.lastSaid, undefined)
  yield* session.announce({ _tag: "TurnResumed" })
  yield* takeEdit(session, last, wanted, prospect.basis)
  return { task: last.task } as const
})
