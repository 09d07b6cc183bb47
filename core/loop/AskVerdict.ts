import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import type { Call } from "../domain/Call.ts"
import type { ApprovalRequest } from "../domain/ApprovalRequest.ts"
import { correctionIn, NEEDS_CORRECTION } from "../domain/Verdict.ts"
import { reasonOf, type WouldRun } from "../domain/Prospect.ts"
import { type Judgement, Permissions } from "../permissions/Permissions.ts"
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

/** A call as it is shown, and what its preview was worked out from. */
const shownAs = (
  call: Call,
  { preview }: WouldRun,
  { grant, reasons, rules }: Judgement
): ApprovalRequest => ({
  call,
  ...(preview === undefined ? {} : { preview }),
  ...(reasons.length === 0 ? {} : { reasons }),
  ...(rules.length === 0 ? {} : { rules }),
  ...(grant === undefined ? {} : { grant: grant.label })
})

const APPROVED: Answer = { _tag: "Approve", always: undefined }

/** What approving a call as shown comes to. */
interface Checked {
  readonly shown: ApprovalRequest
  readonly answer: Answer
}

/** What a call would do that the human names, and how the rules judge it; or the `problem` with it, in these words. */
export const checkNamed = Effect.fnUntraced(
  function*(named: Call, words: { readonly fails: string; readonly forbidden: string }) {
    const sandbox = yield* ToolSandbox
    const permissions = yield* Permissions
    const problem = sandbox.problem(named)
    if (problem !== undefined) return { problem }
    const prospect = yield* sandbox.preview(named)
    if (prospect._tag === "WouldFail") return { problem: `${words.fails}: ${reasonOf(prospect)}` }
    const judgement = yield* permissions.judge(named, sandbox.needs(named))
    return judgement.effect === "deny"
      ? { problem: `${words.forbidden}: ${judgement.rules.join("; ")}. /permissions shows the rules.` }
      : { prospect, judgement }
  }
)

/** What an edit would do, or why it cannot be taken. */
const checkEdit = Effect.fnUntraced(function*(call: Call, edited: Call) {
  const words = { fails: "As edited, the call will fail", forbidden: "A rule forbids the call as edited" }
  const checked = yield* checkNamed(edited, words)
  if (checked.problem !== undefined) return { problem: checked.problem }
  const { judgement, prospect } = checked
  const { grant: _, ...shown } = shownAs(call, prospect, judgement)
  return {
    shown: { ...shown, edited: { tool: edited.tool, arguments: edited.arguments } },
    answer: { _tag: "Edit", edited, basis: prospect.basis }
  } satisfies Checked
})

/**
 * Shows the call and waits for a verdict that can be used: a denial without text and an edit that does not decode are asked
 * again, and so is an edit that would fail or that a rule forbids; a note joins the conversation and leaves the call waiting, an
 * edit without a change is an approval. An edit to be reviewed is shown in place of the call, and is the verdict once that is
 * approved; a denial is always of the call as proposed.
 */
export const askVerdict = Effect.fnUntraced(function*(
  session: Session,
  call: Call,
  prospect: WouldRun,
  judgement: Judgement
): Effect.fn.Return<Answer, UiError, Ui | ToolSandbox | Permissions> {
  const ui = yield* Ui
  const suggestion = yield* Ref.getAndSet(session.suggestion, undefined)
  const offered = suggestion === undefined ? {} : { suggestion }
  const unchanged: Checked = { answer: APPROVED, shown: shownAs(call, prospect, judgement) }
  let { answer: reviewed, shown } = unchanged
  let request: ApprovalRequest = { ...shown, ...offered }
  while (true) {
    const answer = yield* ui.approve(request)
    switch (answer._tag) {
      case "Approve":
        return reviewed
      case "Cancel":
      case "Quit":
        return answer
      case "Always":
        if (shown.grant !== undefined) return { _tag: "Approve", always: { saved: answer.saved } }
        request = {
          ...shown,
          ...offered,
          problem: "No rule for such calls could be shown in full: approve this one alone."
        }
        break
      case "Deny": {
        const correction = correctionIn(answer.correction)
        if (correction !== undefined) return { _tag: "Deny", correction }
        request = { ...shown, ...offered, problem: `${NEEDS_CORRECTION}: say what to do instead.` }
        break
      }
      case "Edit": {
        const edited = { ...call, tool: answer.tool ?? call.tool, arguments: answer.arguments }
        const checked = sameCall(edited, call) ? unchanged : yield* checkEdit(call, edited)
        if ("problem" in checked) {
          request = { ...shown, ...offered, problem: checked.problem }
          break
        }
        if (answer.review !== true) return checked.answer
        reviewed = checked.answer
        shown = checked.shown
        request = { ...shown, ...offered }
        break
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
