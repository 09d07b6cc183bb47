import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import type { Call } from "../domain/Call.ts"
import type { WouldRun } from "../domain/Prospect.ts"
import type { ToolResult } from "../domain/ToolResult.ts"
import { toolCallText } from "../prompt/ToolCallText.ts"
import { ToolSandbox } from "../ToolSandbox.ts"
import { askVerdict } from "./AskVerdict.ts"
import { keepApproved } from "./KeepApproved.ts"
import type { Proposal, Session } from "./Session.ts"
import { remember } from "./Session.ts"

/** The conversation gets `text` (the call as the assistant wrote it) and the result. */
const keepResult = Effect.fnUntraced(function*(session: Session, call: Call, text: string, result: ToolResult) {
  yield* remember(
    session,
    { _tag: "Assistant", text },
    { _tag: "ToolResult", call, output: result.output, success: result.success }
  )
  yield* Ref.set(session.suggestion, result.success ? undefined : result.feedback)
  yield* session.announce({ _tag: "ToolFinished", call, result })
})

/** Runs a call, if what it was shown from (`basis`) still holds. A result that is outdated is not kept. */
const runCall = Effect.fnUntraced(function*(
  session: Session,
  call: Call,
  text: string,
  basis: string | undefined
) {
  const sandbox = yield* ToolSandbox
  yield* session.announce({ _tag: "ToolStarted", call })
  const result = yield* sandbox.run(call, basis).pipe(
    Effect.onInterrupt(() =>
      remember(session, { _tag: "Assistant", text }, {
        _tag: "ToolResult",
        call,
        output: "Interrupted by the user before it was done.",
        success: false
      })
    )
  )
  if (result.outdated !== true) yield* keepResult(session, call, text, result)
  return result
})

/**
 * Runs the call that an edit asked for. When what it depends on changed meanwhile, it is not run, and the model is told: the
 * human wrote it for what was there before.
 */
export const runEdited = Effect.fnUntraced(function*(session: Session, call: Call, basis: string | undefined) {
  const text = toolCallText(call.tool, call.arguments)
  const result = yield* runCall(session, call, text, basis)
  if (result.outdated === true) yield* keepResult(session, call, text, result)
})

/**
 * Shows a call until its verdict holds, and runs it when that is an approval. An approval is of what was shown: when anything
 * that it was worked out from has changed since, nothing is done, and the call is shown anew.
 */
export const settle = Effect.fnUntraced(function*(
  session: Session,
  task: string,
  { proposal, prospect }: { readonly proposal: Proposal; readonly prospect: WouldRun },
  retry: boolean
) {
  const { attempt, call } = proposal
  const sandbox = yield* ToolSandbox
  const kept = keepApproved(session, task, proposal)
  let shown = prospect
  while (true) {
    const answer = yield* askVerdict(session, call, shown, retry)
    if (answer._tag !== "Approve") return answer
    yield* session.announce({ _tag: "VerdictGiven", call, verdict: { _tag: "Approve" } })
    const result = yield* runCall(session, call, attempt.text, shown.basis).pipe(Effect.onInterrupt(() => kept))
    if (result.outdated !== true) {
      yield* kept
      return answer
    }
    const again = yield* sandbox.preview(call)
    if (again._tag === "WouldFail") {
      yield* keepResult(session, call, attempt.text, again.result)
      return answer
    }
    yield* session.announce({
      _tag: "Notice",
      message:
        "What this call depends on has changed since it was shown. Nothing was done; here is what it would do now."
    })
    shown = again
  }
})
