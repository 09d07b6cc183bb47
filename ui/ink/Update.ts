import * as Result from "effect/Result"
import { parseInput } from "../text/Commands.ts"
import {
  type ApprovalDialog,
  type DialogOutcome,
  editorClosed,
  editorFailed,
  openDialog,
  pasteText,
  pressKey
} from "./ApprovalDialog.ts"
import { complete, completionAt, filePart } from "./Completion.ts"
import type { KeyPress } from "./Keys.ts"
import type { Action, Screen, Update } from "./Screen.ts"
import { idle, showEvent } from "./ShowEvent.ts"
import { edits, emptyField, fieldOf, insert } from "./TextField.ts"

/** Width of a window that nobody measured. */
const COLUMNS = 80

const afterDialog = (screen: Screen, outcome: DialogOutcome, columns = COLUMNS): Update => {
  switch (outcome._tag) {
    case "Stay":
      return { screen: { ...screen, dialog: outcome.dialog } }
    case "OpenEditor":
      return {
        screen: { ...screen, dialog: outcome.dialog },
        command: { _tag: "OpenEditor", text: outcome.text }
      }
    case "Command": {
      const { dialog, input, text } = outcome
      if (input._tag === "Help") return { screen: { ...showEvent(screen, { _tag: "HelpShown" }, columns), dialog } }
      const message = `${text} is done once this turn is over`
      return { screen: { ...screen, queue: [...screen.queue, text], dialog: { ...dialog, message } } }
    }
    case "Answer":
      return {
        screen: {
          ...screen,
          dialog: undefined,
          lastDialog: screen.dialog,
          notice: undefined,
          approving: outcome.approves === true ? screen.dialog?.request.call.id : undefined
        },
        command: { _tag: "Answer", answer: outcome.answer }
      }
  }
}

const typing = (screen: Screen, press: KeyPress): Screen | undefined => {
  const field = screen.prompt
  switch (press.name) {
    case "char":
      return { ...screen, prompt: insert(field, press.text) }
    case "edit":
      return { ...screen, prompt: edits[press.edit](field) }
    case "home":
      return { ...screen, prompt: edits.lineStart(field) }
    case "end":
      return { ...screen, prompt: edits.lineEnd(field) }
    default:
      return undefined
  }
}

const recall = (screen: Screen, step: 1 | -1): Screen => {
  const historyAt = Math.min(Math.max(0, screen.historyAt + step), screen.history.length)
  if (historyAt === screen.historyAt) return screen
  return { ...screen, historyAt, prompt: fieldOf(screen.history[historyAt] ?? "") }
}

const send = (screen: Screen): Update => {
  const text = screen.prompt.value
  const parsed = parseInput(text)
  if (Result.isFailure(parsed)) return { screen: { ...screen, notice: parsed.failure } }
  const history = screen.history.at(-1) === text ? screen.history : [...screen.history, text]
  const sent = { ...screen, prompt: emptyField, history, historyAt: history.length, notice: undefined }
  return screen.awaiting
    ? { screen: { ...sent, awaiting: false }, command: { _tag: "Submit", input: parsed.success } }
    : { screen: { ...sent, queue: [...screen.queue, text] } }
}

/** Puts the draft away into the history, where Up finds it. */
const put = (screen: Screen): Screen => {
  const history = screen.prompt.value === "" ? screen.history : [...screen.history, screen.prompt.value]
  return { ...screen, prompt: emptyField, history, historyAt: history.length }
}

const quit = (screen: Screen): Update => ({
  screen: { ...screen, awaiting: false, notice: undefined },
  command: { _tag: "Submit", input: { _tag: "Quit" } }
})

/** Stops what runs. What was queued goes back to the prompt, so that nothing starts by itself afterwards. */
const interrupt = (screen: Screen): Update => {
  const typed = [...screen.queue, screen.prompt.value].filter((text) => text.length > 0).join("\n")
  return {
    screen: {
      ...screen,
      queue: [],
      prompt: fieldOf(typed),
      stopping: true,
      quitting: screen.stopping,
      notice: screen.stopping ? "quitting as soon as this stops" : "stopping; once more quits"
    },
    command: { _tag: "Interrupt" }
  }
}

/** Makes the call that the last answer may have meant the wanted one, or begins to name one. Nothing typed is lost. */
const instead = (screen: Screen): Update => {
  if (!screen.awaiting || screen.correctable === undefined) {
    return { screen: { ...screen, notice: "Ctrl-T corrects an answer: there is none to correct now" } }
  }
  if (screen.prompt.value !== "") {
    return { screen: { ...screen, notice: "Ctrl-T corrects the answer: send or delete what is typed first" } }
  }
  return screen.correctable.wanted === undefined
    ? {
      screen: {
        ...screen,
        prompt: fieldOf("/do "),
        notice: "name the wanted call: a command, or a tool and its arguments as JSON"
      }
    }
    : {
      screen: { ...screen, awaiting: false, correctable: undefined, notice: undefined },
      command: { _tag: "Submit", input: { _tag: "Instead" } }
    }
}

const onPromptKey = (screen: Screen, press: KeyPress): Update => {
  const typed = typing(screen, press)
  if (typed !== undefined) {
    const next = { ...typed, notice: undefined, quitArmed: false }
    return next.files === undefined && filePart(next.prompt) !== undefined
      ? { screen: { ...next, files: [] }, command: { _tag: "ListFiles" } }
      : { screen: next }
  }
  switch (press.name) {
    case "enter":
      return send({ ...screen, quitArmed: false })
    case "tab": {
      const found = completionAt(screen.prompt, screen.files ?? [])
      return { screen: found === undefined ? screen : { ...screen, prompt: complete(screen.prompt, found) } }
    }
    case "up":
      return { screen: recall(screen, -1) }
    case "down":
      return { screen: recall(screen, 1) }
    case "ctrl-t":
      return instead(screen)
    case "ctrl-d":
      return screen.awaiting && screen.prompt.value === "" ? quit(screen) : { screen }
    case "escape":
      return screen.awaiting ? { screen: { ...screen, notice: undefined, quitArmed: false } } : interrupt(screen)
    case "ctrl-c":
      if (!screen.awaiting) return interrupt(screen)
      if (screen.quitArmed) return quit(screen)
      return { screen: { ...put(screen), quitArmed: true, notice: "press Ctrl-C again to quit" } }
    default:
      return { screen }
  }
}

const PASTED_BREAK = "the line break came together with other text, so it is part of it: Enter sends"

const YOURS = "typed text answers no call: it is kept here. Tab goes to the call"

/**
 * Whether keys are the call's: it has been seen for a moment in which nothing was typed, and no text is under way. Else a letter
 * of a text would answer a call that its writer had not seen.
 */
const takesKeys = ({ armed, lastKeyAt, openedAt, prompt }: Screen, at: number, settle: number): boolean =>
  armed || (prompt.value === "" && at - Math.max(lastKeyAt, openedAt) >= settle)

/** A key that is not the call's: text of the prompt, from where Tab goes on to the call. */
const kept = (screen: Screen, press: KeyPress): Update => ({
  screen: { ...(typing(screen, press) ?? screen), armed: false, notice: YOURS }
})

const onPressed = (before: Screen, action: Extract<Action, { readonly _tag: "Pressed" }>): Update => {
  const { at, options, press, settle, together = false } = action
  const screen = { ...before, lastKeyAt: at }
  if (screen.dialog === undefined) {
    return onPromptKey(screen, press)
  }
  const stops = press.name === "escape" || press.name === "ctrl-c"
  if (!takesKeys(before, at, settle) && !stops) {
    if (press.name === "tab") return { screen: { ...screen, armed: true, notice: undefined } }
    return kept(screen, press)
  }
  const opensCommand = press.name === "char" && press.text === "/"
  if (together && screen.dialog.stage === "choose" && !stops && !opensCommand) return kept(screen, press)
  // A line break among other text is part of a paste that the terminal does not mark, and sends nothing.
  const breaks = together && press.name === "enter" && screen.dialog.stage !== "choose" &&
    screen.dialog.stage !== "command"
  if (breaks) {
    const dialog = pressKey(screen.dialog, { name: "edit", edit: "newline" }, options)
    return afterDialog({ ...screen, armed: true, notice: PASTED_BREAK }, dialog)
  }
  const outcome = pressKey(screen.dialog, press, options)
  return afterDialog({ ...screen, armed: true, notice: undefined }, outcome)
}

const onDialog = (screen: Screen, change: (dialog: ApprovalDialog) => DialogOutcome): Update =>
  screen.dialog === undefined ? { screen } : afterDialog(screen, change(screen.dialog))

/** One change of the screen. Pure: an answer, a submitted input or an interrupt leaves as a command. */
export const update = (screen: Screen, action: Action): Update => {
  switch (action._tag) {
    case "Event":
      return { screen: showEvent(screen, action.event, action.columns ?? COLUMNS, action.at) }
    case "ApprovalOpened": {
      if (screen.quitting) return { screen, command: { _tag: "Answer", answer: { _tag: "Quit" } } }
      const { request } = action
      if (screen.approving === request.call.id && request.problem === undefined) {
        return {
          screen: { ...screen, approving: undefined },
          command: { _tag: "Answer", answer: { _tag: "Approve" } }
        }
      }
      const last = screen.lastDialog?.request
      const again = last?.call.id === request.call.id && last.edited === request.edited
      const retry = screen.proposed?.call.id === request.call.id && screen.proposed.retry
      return {
        screen: {
          ...screen,
          activity: idle,
          dialog: openDialog(request, retry, screen.lastDialog),
          armed: again,
          openedAt: action.at
        }
      }
    }
    case "ApprovalClosed":
      return { screen: { ...screen, dialog: undefined, lastDialog: screen.dialog ?? screen.lastDialog } }
    case "PromptOpened": {
      if (screen.quitting) return quit(screen)
      const open = { ...screen, awaiting: true, activity: idle, stopping: false, notice: undefined }
      const [text, ...queue] = screen.queue
      if (text === undefined) return { screen: open }
      const sent = send({ ...open, queue, prompt: fieldOf(text) })
      return { ...sent, screen: { ...sent.screen, prompt: screen.prompt } }
    }
    case "PromptClosed":
      return { screen: { ...screen, awaiting: false } }
    case "Pressed":
      return onPressed(screen, action)
    case "Pasted": {
      const pressed = { ...screen, lastKeyAt: action.at }
      return pressed.dialog === undefined || (!screen.armed && screen.prompt.value !== "")
        ? { screen: { ...pressed, prompt: insert(pressed.prompt, action.text.replace(/\r\n?/g, "\n")) } }
        : afterDialog(pressed, pasteText(pressed.dialog, action.text))
    }
    case "FilesListed":
      return { screen: { ...screen, files: action.files } }
    case "EditorClosed":
      return onDialog(screen, (dialog) => editorClosed(dialog, action.text))
    case "EditorFailed":
      return onDialog(screen, (dialog) => editorFailed(dialog, action.message))
  }
}
