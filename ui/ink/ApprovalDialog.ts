import * as Result from "effect/Result"
import type { CallArguments } from "../../core/domain/Call.ts"
import { type ApprovalRequest, shownCall } from "../../core/domain/ApprovalRequest.ts"
import type { UserInput } from "../../core/domain/UserInput.ts"
import { type ApprovalAnswer, correctionIn } from "../../core/domain/Verdict.ts"
import { messageOf } from "../../core/MessageOf.ts"
import { parseInput } from "../text/Commands.ts"
import { type KeyPress, keysAt, type ProposalAction, proposalKeys } from "./Keys.ts"
import { isScroll, scrolled } from "./Scroll.ts"
import { edits, emptyField, fieldOf, insert, type TextField } from "./TextField.ts"

/** `choose` waits for a key of the table; the others hold a text field. */
export type Stage = "choose" | "command" | "correction" | "edit" | "note"
type TextStage = Exclude<Stage, "choose">

/** A proposed call that waits for its verdict. Everything typed is kept in `fields` until the call is answered. */
export interface ApprovalDialog {
  readonly request: ApprovalRequest
  readonly retry: boolean
  readonly stage: Stage
  readonly fields: Readonly<Record<TextStage, TextField>>
  readonly message: string | undefined
  /** First body row shown. The view knows the sizes and clamps it. */
  readonly scroll: number
}

export interface DialogOptions {
  /** Whether `$EDITOR` can be opened; else arguments are edited in place. */
  readonly editor: boolean
  /** Body rows visible and in all, for scrolling. */
  readonly page: { readonly rows: number; readonly total: number }
}

export type DialogOutcome =
  | { readonly _tag: "Stay"; readonly dialog: ApprovalDialog }
  /** `approves`: the comment that this answer is goes with an approval of the call. */
  | { readonly _tag: "Answer"; readonly answer: ApprovalAnswer; readonly approves?: true }
  | { readonly _tag: "OpenEditor"; readonly dialog: ApprovalDialog; readonly text: string }
  /** A command that is no answer to the call, which keeps waiting. */
  | { readonly _tag: "Command"; readonly dialog: ApprovalDialog; readonly text: string; readonly input: UserInput }

/** A call whose arguments have a command is edited as that one line; any other as the JSON of its arguments. */
const editsCommand = (args: CallArguments): boolean => typeof args["command"] === "string"

const editText = (args: CallArguments, pretty: boolean): string =>
  typeof args["command"] === "string" ? args["command"] : JSON.stringify(args, null, pretty ? 2 : undefined)

/** Opens on a request. An earlier dialog for the same call hands over what was typed in it. */
export const openDialog = (
  request: ApprovalRequest,
  retry: boolean,
  earlier: ApprovalDialog | undefined
): ApprovalDialog => {
  const same = earlier !== undefined && earlier.request.call.id === request.call.id
  return {
    request,
    retry,
    stage: "choose",
    fields: same
      ? { ...earlier.fields, note: emptyField, command: emptyField }
      : { command: emptyField, correction: emptyField, edit: emptyField, note: emptyField },
    message: request.problem,
    scroll: same && earlier.request.edited === request.edited ? earlier.scroll : 0
  }
}

const stay = (dialog: ApprovalDialog, change: Partial<ApprovalDialog>): DialogOutcome => ({
  _tag: "Stay",
  dialog: { ...dialog, message: undefined, ...change }
})
const answer = (value: ApprovalAnswer): DialogOutcome => ({ _tag: "Answer", answer: value })
const withField = (dialog: ApprovalDialog, stage: TextStage, field: TextField): Partial<ApprovalDialog> => ({
  fields: { ...dialog.fields, [stage]: field }
})

/** The arguments that an edited text stands for, or what is wrong with it. */
export const parseEdit = (
  original: CallArguments,
  text: string
): { readonly arguments: CallArguments } | { readonly problem: string } => {
  if (editsCommand(original)) {
    if (text.trim().length === 0) return { problem: "an empty command cannot run" }
    return unlessSame(original, { ...original, command: text })
  }
  const parsed = parseJson(text)
  if ("problem" in parsed) return parsed
  const { value } = parsed
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { problem: "arguments must be a JSON object such as {\"path\": \"a.js\"}" }
  }
  return unlessSame(original, { ...value })
}

const parseJson = (text: string): { readonly value: unknown } | { readonly problem: string } => {
  try {
    return { value: JSON.parse(text) }
  } catch (error) {
    return { problem: `not valid JSON: ${messageOf(error)}` }
  }
}

const unlessSame = (original: CallArguments, edited: CallArguments) =>
  JSON.stringify(original) === JSON.stringify(edited)
    ? { problem: "nothing was changed" }
    : { arguments: edited }

/** A note and the end are answers; whatever else can be said at the prompt is done when nothing waits. */
const command = (dialog: ApprovalDialog, text: string): DialogOutcome => {
  const parsed = parseInput(text)
  if (Result.isFailure(parsed)) return stay(dialog, { message: parsed.failure })
  const input = parsed.success
  if (input._tag === "Note" || input._tag === "Quit") return answer(input)
  const back = { ...dialog, stage: "choose", ...withField(dialog, "command", emptyField) } as const
  return { _tag: "Command", dialog: { ...back, message: undefined }, text: text.trim(), input }
}

const NO_TEXT = {
  correction: "a denial needs a correction: say what to do instead, or press Esc",
  note: "a comment needs text: type it, or press Esc"
} as const

const comment = (dialog: ApprovalDialog, approves: boolean): DialogOutcome => {
  const text = dialog.fields.note.value.trim()
  if (text === "") return stay(dialog, { message: NO_TEXT.note })
  const added = { _tag: "Answer", answer: { _tag: "Note", text } } as const
  return approves ? { ...added, approves: true } : added
}

const submit = (dialog: ApprovalDialog, stage: TextStage): DialogOutcome => {
  const text = dialog.fields[stage].value
  if (stage === "note") return comment(dialog, true)
  if (stage === "command") return command(dialog, text)
  if (stage === "edit") {
    const parsed = parseEdit(shownCall(dialog.request).arguments, text)
    const hint = dialog.stage === "edit" ? "correct it, or press Esc to go back" : "press e to correct it"
    return "problem" in parsed
      ? stay(dialog, { message: `${parsed.problem}: ${hint}` })
      : answer({ _tag: "Edit", arguments: parsed.arguments, review: true })
  }
  const correction = correctionIn(text)
  return correction === undefined ? stay(dialog, { message: NO_TEXT.correction }) : answer({ _tag: "Deny", correction })
}

const act = (dialog: ApprovalDialog, action: ProposalAction, options: DialogOptions): DialogOutcome => {
  const args = shownCall(dialog.request).arguments
  switch (action) {
    case "approve":
      return answer({ _tag: "Approve" })
    case "always":
    case "save":
      return dialog.request.grant === undefined
        ? stay(dialog, { message: "no rule for such calls could be shown in full: press y to run this one" })
        : answer({ _tag: "Always", saved: action === "save" })
    case "correct":
      return stay(dialog, { stage: "correction" })
    case "note":
      return stay(dialog, { stage: "note" })
    case "edit": {
      const external = options.editor && !editsCommand(args)
      const draft = dialog.fields.edit
      if (external) {
        return { _tag: "OpenEditor", dialog, text: draft.value === "" ? editText(args, true) : draft.value }
      }
      return stay(dialog, {
        stage: "edit",
        ...(draft.value === "" ? withField(dialog, "edit", fieldOf(editText(args, false))) : {})
      })
    }
    case "quit":
      return answer({ _tag: "Quit" })
    case "cancel":
      return dialog.request.edited === undefined
        ? answer({ _tag: "Cancel" })
        : answer({ _tag: "Edit", arguments: dialog.request.call.arguments, review: true })
  }
}

/** What `$EDITOR` left. A text that cannot be used stays as the draft, with a message. */
export const editorClosed = (dialog: ApprovalDialog, text: string): DialogOutcome =>
  submit({ ...dialog, fields: { ...dialog.fields, edit: fieldOf(text.trim()) } }, "edit")

export const editorFailed = (dialog: ApprovalDialog, message: string): DialogOutcome =>
  stay(dialog, {
    stage: "edit",
    message,
    ...(dialog.fields.edit.value === ""
      ? withField(dialog, "edit", fieldOf(editText(shownCall(dialog.request).arguments, false)))
      : {})
  })

/** One key press. Exactly one `Answer` ends a dialog. */
export const pressKey = (dialog: ApprovalDialog, press: KeyPress, options: DialogOptions): DialogOutcome => {
  if (press.name === "ctrl-c") return answer({ _tag: "Cancel" })
  const { stage } = dialog
  if (press.name === "pageUp" || press.name === "pageDown") {
    return stay(dialog, { scroll: scrolled(dialog.scroll, press.name, options.page), message: dialog.message })
  }
  if (stage === "choose") {
    if (isScroll(press.name)) {
      return stay(dialog, { scroll: scrolled(dialog.scroll, press.name, options.page), message: dialog.message })
    }
    const key = press.name === "escape" ? "Esc" : press.name === "char" ? press.text : undefined
    if (key === "/") return stay(dialog, { stage: "command", ...withField(dialog, "command", fieldOf("/")) })
    const bound = proposalKeys.find((one) => one.key === key)
    if (bound !== undefined) return act(dialog, bound.action, options)
    return stay(dialog, { message: `press ${keysAt(dialog.request).map((one) => one.key).join(", ")}` })
  }
  const field = dialog.fields[stage]
  switch (press.name) {
    case "escape":
      return stay(dialog, { stage: "choose" })
    case "enter":
      return submit(dialog, stage)
    case "char":
      return stay(dialog, withField(dialog, stage, insert(field, press.text)))
    case "edit":
      return stay(dialog, withField(dialog, stage, edits[press.edit](field)))
    case "home":
      return stay(dialog, withField(dialog, stage, edits.lineStart(field)))
    case "end":
      return stay(dialog, withField(dialog, stage, edits.lineEnd(field)))
    case "tab": {
      if (stage === "note") return comment(dialog, false)
      const { suggestion } = dialog.request
      if (stage !== "correction" || suggestion === undefined) return stay(dialog, {})
      return stay(dialog, withField(dialog, stage, insert(field, suggestion)))
    }
    default:
      return stay(dialog, {})
  }
}

/** Pasted text goes into an open field whole; it never answers a call. */
export const pasteText = (dialog: ApprovalDialog, text: string): DialogOutcome =>
  dialog.stage === "choose"
    ? stay(dialog, { message: "a paste answers nothing: press n or f first to paste into a correction or a note" })
    : stay(dialog, withField(dialog, dialog.stage, insert(dialog.fields[dialog.stage], text.replace(/\r\n?/g, "\n"))))
