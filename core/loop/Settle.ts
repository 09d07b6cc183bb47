import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import type { Call } from "../domain/Call.ts"
import type { WouldRun } from "../domain/Prospect.ts"
import type { ToolResult } from "../domain/ToolResult.ts"
import { editCorrection, toolCallText } from "../prompt/ToolCallText.ts"
import { type Judgement, Permissions } from "../permissions/Permissions.ts"
import { ToolSandbox } from "../ToolSandbox.ts"
import { askVerdict } from "./AskVerdict.ts"
import { aheadOfLessons } from "./AheadOfLessons.ts"
import { keepApproved } from "./KeepApproved.ts"
import { teach } from "./Learn.ts"
import type { Attempted, Proposal, Session } from "./Session.ts"
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

/** When what an edited call depends on changed meanwhile, it is not run, and the model is told: the human wrote it for what was there before. */
const runEdited = Effect.fnUntraced(function*(session: Session, call: Call, basis: string | undefined) {
  yield* Ref.set(session.lastRan, undefined)
  const text = toolCallText(call.tool, call.arguments)
  const result = yield* runCall(session, call, text, basis)
  if (result.outdated === true) yield* keepResult(session, call, text, result)
})

/** Takes an edit: teaches that `edited` was wanted in place of what was `attempted`, then runs it. */
export const takeEdit = Effect.fnUntraced(
  function*(session: Session, attempted: Attempted, edited: Call, basis: string | undefined) {
    const { attempt, call, conversation, task } = attempted
    yield* session.announce({
      _tag: "VerdictGiven",
      call,
      verdict: {
        _tag: "Edit",
        ...(edited.tool === call.tool ? {} : { tool: edited.tool }),
        arguments: edited.arguments
      }
    })
    yield* teach(session, {
      kind: "edit",
      task,
      call,
      correctedCall: edited,
      attempt,
      conversation,
      refusals: [{ call, attempt, correction: editCorrection(edited) }]
    })
    yield* runEdited(session, edited, basis)
  }
)

/** A call that a rule keeps from running: the model reads why. */
const refuse = Effect.fnUntraced(function*(
  session: Session,
  { attempt, call }: Proposal,
  { reasons, rules }: Judgement
) {
  yield* session.announce({ _tag: "CallRefused", call, reasons, rules })
  const why = reasons.length === 0 ? "a rule of the user's forbids it" : reasons.join("; ")
  yield* remember(
    session,
    { _tag: "Assistant", text: attempt.text },
    { _tag: "ToolResult", call, output: `Not allowed here: ${why}. Do without it.`, success: false }
  )
})

/** Makes the rules that the human was shown. A grant that cannot be saved is told and holds in this session. */
const grant = Effect.fnUntraced(function*(session: Session, judgement: Judgement, saved: boolean) {
  const permissions = yield* Permissions
  const rules = judgement.grant?.rules ?? []
  if (!saved) return yield* Effect.ignore(permissions.add(rules, "session"))
  yield* permissions.add(rules, "saved").pipe(
    Effect.catchTag("PermissionsError", ({ message }) =>
      Effect.ignore(permissions.add(rules, "session")).pipe(
        Effect.andThen(session.announce({ _tag: "Notice", message }))
      ))
  )
})

/**
 * Judges a call by the rules. One that a rule allows runs without a verdict; one that a rule denies does not run, and the model
 * reads why. Any other is shown until its verdict holds, and runs when that is an approval. An approval is of what was shown: when anything
 * that it was worked out from has changed since, nothing is done, and the call is shown anew.
 */
export const settle = Effect.fnUntraced(function*(
  session: Session,
  task: string,
  { proposal, prospect }: { readonly proposal: Proposal; readonly prospect: WouldRun },
  retry: boolean
) {
  const { attempt, call } = proposal
  const repaired = proposal.repairs === undefined ? {} : { repairs: proposal.repairs }
  const sandbox = yield* ToolSandbox
  const kept = keepApproved(session, task, proposal)
  const permissions = yield* Permissions
  let shown = prospect
  while (true) {
    const { basis, preview } = shown
    yield* session.announce({
      _tag: "CallProposed",
      call,
      retry,
      ...repaired,
      ...(preview === undefined ? {} : { preview })
    })
    const judgement = yield* permissions.judge(call, sandbox.needs(call))
    if (judgement.effect === "deny") {
      yield* refuse(session, proposal, judgement)
      return { _tag: "Ruled" } as const
    }
    const ruled = judgement.effect === "allow"
    const answer = ruled ? { _tag: "Ruled" } as const : yield* aheadOfLessons(
      session,
      askVerdict(session, call, shown, judgement)
    )
    if (answer._tag !== "Approve" && answer._tag !== "Ruled") return answer
    const conversation = yield* Ref.get(session.conversation)
    if (answer._tag === "Ruled") yield* session.announce({ _tag: "CallAllowed", call, rules: judgement.rules })
    else {
      yield* session.announce({ _tag: "VerdictGiven", call, verdict: { _tag: "Approve" } })
      if (answer.always !== undefined) yield* grant(session, judgement, answer.always.saved)
    }
    yield* Ref.set(session.lastRan, { call, attempt, task, conversation })
    const keep = ruled ? Effect.void : kept
    const result = yield* runCall(session, call, attempt.text, basis).pipe(Effect.onInterrupt(() => keep))
    if (result.outdated !== true) {
      yield* keep
      return answer
    }
    const again = yield* sandbox.preview(call)
    if (again._tag === "WouldFail") {
      yield* keepResult(session, call, attempt.text, again.result)
      return answer
    }
    if (!ruled) {
      yield* session.announce({
        _tag: "Notice",
        message:
          "What this call depends on has changed since it was shown. Nothing was done; here is what it would do now."
      })
    }
    shown = again
  }
})
