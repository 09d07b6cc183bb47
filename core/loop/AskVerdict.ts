import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import type { Call } from "../domain/Call.ts"
import type { ApprovalRequest } from "../domain/Event.ts"
import { correctionIn, NEEDS_CORRECTION } from "../domain/Verdict.ts"
import { reasonOf, type WouldRun } from "../domain/Prospect.ts"
import type { Judgement } from "../permissions/Permissions.ts"
import { ToolSandbox } from "../ToolSandbox.ts"
import { sameCall } from "../Turn.ts"
import { Ui, type UiError } from "../Ui.ts"
import type { Session } from "./Session.ts"
import { remember } from "./Session.ts"

/** A verdict that holds, or the end of the turn. */
export type Answer =
  | { readonly _tag: "Approve"; readonly always: { readonly saved: boolean } | undefined }
  | { readonly _tag: "Deny"; readonly correction: string }
  | { readonly _tag: "Edit"; readonly edited: Call; readonly basis: string | undefined }
  | { readonly _tag: "Cancel" }
  | { readonly _tag: "Quit" }

/**
 * Shows the call and waits for a verdict that can be used: a denial without text and an edit that does not decode are asked
 * again, and so is an edit that would fail; a note joins the conversation and leaves the call waiting, an edit without a change
 * is an approval.
 */
export const askVerdict = Effect.fnUntraced(function*(
  session: Session,
  call: Call,
  { preview }: WouldRun,
  { grant, reasons, rules }: Judgement
): Effect.fn.Return<Answer, UiError, Ui | ToolSandbox> {
  const ui = yield* Ui
  const sandbox = yield* ToolSandbox
  const suggestion = yield* Ref.getAndSet(session.suggestion, undefined)
  const shown: ApprovalRequest = {
    call,
    ...(preview === undefined ? {} : { preview }),
    ...(reasons.length === 0 ? {} : { reasons }),
    ...(rules.length === 0 ? {} : { rules }),
    ...(grant === undefined ? {} : { grant: grant.label })
  }
  const asked: ApprovalRequest = suggestion === undefined ? shown : { ...shown, suggestion }
  let request = asked
  while (true) {
    const answer = yield* ui.approve(request)
    switch (answer._tag) {
      case "Approve":
        return { _tag: "Approve", always: undefined }
      case "Cancel":
      case "Quit":
        return answer
      case "Always":
        if (grant !== undefined) return { _tag: "Approve", always: { saved: answer.saved } }
        request = { ...asked, problem: "No rule for such calls could be shown in full: approve this one alone." }
        break
      case "Deny": {
        const correction = correctionIn(answer.correction)
        if (correction !== undefined) return { _tag: "Deny", correction }
        request = { ...asked, problem: `${NEEDS_CORRECTION}: say what to do instead.` }
        break
      }
      case "Edit": {
        const edited = { ...call, tool: answer.tool ?? call.tool, arguments: answer.arguments }
        const problem = sandbox.problem(edited)
        if (problem !== undefined) {
          request = { ...asked, problem }
          break
        }
        if (sameCall(edited, call)) return { _tag: "Approve", always: undefined }
        const prospect = yield* sandbox.preview(edited)
        if (prospect._tag === "WouldFail") {
          request = { ...asked, problem: `As edited, the call will fail: ${reasonOf(prospect)}` }
          break
        }
        return { _tag: "Edit", edited, basis: prospect.basis }
      }
      case "Note": {
        const text = answer.text.trim()
        if (text !== "") {
          yield* remember(session, { _tag: "Note", text })
          yield* session.announce({ _tag: "NoteAdded", text })
        }
        request = shown
        break
      }
    }
  }
})
