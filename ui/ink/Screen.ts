import * as Result from "effect/Result"
import type { Call } from "../../core/domain/Call.ts"
import type { AgentEvent, ApprovalRequest, UserInput } from "../../core/domain/Event.ts"
import type { InnerStep } from "../../core/domain/Step.ts"
import type { Preview } from "../../core/domain/ToolResult.ts"
import type { ApprovalAnswer } from "../../core/domain/Verdict.ts"
import { callBody } from "../text/CallText.ts"
import { parseInput } from "../text/Commands.ts"
import type { Line } from "../text/Line.ts"
import { transcript, verdictBlock } from "../text/Transcript.ts"
import {
  type ApprovalDialog,
  type DialogOptions,
  type DialogOutcome,
  editorClosed,
  editorFailed,
  openDialog,
  pasteText,
  pressKey
} from "./ApprovalDialog.ts"
import { helpLines } from "./Help.ts"
import type { KeyPress } from "./Keys.ts"
import { edits, emptyField, fieldOf, insert, type TextField } from "./TextField.ts"

type SessionStarted = Extract<AgentEvent, { readonly _tag: "SessionStarted" }>

export type Activity =
  | { readonly _tag: "Idle" }
  | { readonly _tag: "Thinking" }
  | { readonly _tag: "Running"; readonly call: Call }
  | { readonly _tag: "Learning"; readonly first: number; readonly inner: InnerStep | undefined }

/** Lines that are printed once and then belong to the terminal's scrollback. */
export interface Block {
  readonly id: number
  readonly lines: ReadonlyArray<Line>
}

/** All that the terminal shows, and what has been typed. */
export interface Screen {
  readonly session: SessionStarted | undefined
  readonly revision: number
  readonly blocks: ReadonlyArray<Block>
  readonly stream: string
  readonly activity: Activity
  readonly proposed: { readonly call: Call; readonly preview: Preview | undefined; readonly retry: boolean } | undefined
  readonly dialog: ApprovalDialog | undefined
  /** False while keys may still be meant for the prompt, just after a call appeared: they go there. */
  readonly armed: boolean
  readonly lastDialog: ApprovalDialog | undefined
  /** The loop waits for the next input. */
  readonly awaiting: boolean
  readonly prompt: TextField
  /** Sent while the agent was busy; taken one by one when the loop asks. */
  readonly queue: ReadonlyArray<string>
  readonly history: ReadonlyArray<string>
  readonly historyAt: number
  readonly notice: string | undefined
  /** Ctrl-C was pressed at the prompt: the next one quits. */
  readonly quitArmed: boolean
  /** The human asked twice to stop: every request is answered with Quit. */
  readonly quitting: boolean
  readonly stopping: boolean
  readonly lastKeyAt: number
}

export const emptyScreen: Screen = {
  session: undefined,
  revision: 0,
  blocks: [],
  stream: "",
  activity: { _tag: "Idle" },
  proposed: undefined,
  dialog: undefined,
  armed: true,
  lastDialog: undefined,
  awaiting: false,
  prompt: emptyField,
  queue: [],
  history: [],
  historyAt: 0,
  notice: undefined,
  quitArmed: false,
  quitting: false,
  stopping: false,
  lastKeyAt: -Infinity
}

/** Times are milliseconds of one clock; `settle` is how long the keyboard must rest before a new call takes keys. */
export type Action =
  | { readonly _tag: "Event"; readonly event: AgentEvent }
  | { readonly _tag: "ApprovalOpened"; readonly request: ApprovalRequest; readonly at: number; readonly settle: number }
  | { readonly _tag: "ApprovalClosed" }
  | { readonly _tag: "PromptOpened" }
  | { readonly _tag: "PromptClosed" }
  | {
    readonly _tag: "Pressed"
    readonly press: KeyPress
    readonly at: number
    readonly settle: number
    readonly options: DialogOptions
  }
  | { readonly _tag: "Pasted"; readonly text: string; readonly at: number }
  | { readonly _tag: "EditorClosed"; readonly text: string }
  | { readonly _tag: "EditorFailed"; readonly message: string }

/** What the screen asks its owner to do. */
export type Command =
  | { readonly _tag: "Answer"; readonly answer: ApprovalAnswer }
  | { readonly _tag: "Submit"; readonly input: UserInput }
  | { readonly _tag: "Interrupt" }
  | { readonly _tag: "OpenEditor"; readonly text: string }

export interface Update {
  readonly screen: Screen
  readonly command?: Command
}

/** Characters of a running answer kept for the live region; the whole answer is printed when it is finished. */
const STREAM_TAIL = 20_000

const append = (screen: Screen, lines: ReadonlyArray<Line>): Screen =>
  lines.length === 0 ? screen : { ...screen, blocks: [...screen.blocks, { id: screen.blocks.length, lines }] }

const idle: Activity = { _tag: "Idle" }

const onEvent = (before: Screen, event: AgentEvent): Screen => {
  switch (event._tag) {
    case "SessionStarted":
      return { ...append(before, transcript(event)), session: event, revision: event.revision }
    case "ThinkingStarted":
      return { ...before, activity: { _tag: "Thinking" }, stream: "" }
    case "TextDelta":
      return { ...before, stream: (before.stream + event.text).slice(-STREAM_TAIL) }
    case "CallProposed":
      return {
        ...before,
        stream: "",
        activity: idle,
        proposed: { call: event.call, preview: event.preview, retry: event.retry }
      }
    case "VerdictGiven": {
      const body = callBody(event.call, before.proposed?.preview)
      const shown = event.verdict._tag === "Edit" || body.length <= 1 ? [] : body
      return { ...append(before, verdictBlock(event, shown)), proposed: undefined }
    }
    case "ToolStarted":
      return { ...before, activity: { _tag: "Running", call: event.call } }
    case "LearningStarted":
      return { ...before, activity: { _tag: "Learning", first: Number.NaN, inner: undefined } }
    case "LearningProgress": {
      const first = before.activity._tag === "Learning" && before.activity.inner !== undefined
        ? before.activity.first
        : event.inner.divergence
      return { ...before, activity: { _tag: "Learning", first, inner: event.inner } }
    }
    case "LearningFinished":
      return {
        ...append(before, transcript(event)),
        activity: idle,
        revision: event.outcome._tag === "Stepped" ? event.outcome.step.revision : before.revision
      }
    case "MetricsShown":
      return { ...append(before, transcript(event)), revision: event.metrics.revision }
    case "HelpShown":
      return append(before, helpLines)
    case "AssistantMessage":
    case "ToolFinished":
    case "LearningFailed":
    case "Reasked":
      return { ...append(before, transcript(event)), activity: idle, stream: "" }
    case "TurnFinished":
    case "TurnCancelled":
    case "SessionEnded":
      return { ...append(before, transcript(event)), activity: idle, stream: "", proposed: undefined, stopping: false }
    default:
      return append(before, transcript(event))
  }
}

const afterDialog = (screen: Screen, outcome: DialogOutcome): Update => {
  switch (outcome._tag) {
    case "Stay":
      return { screen: { ...screen, dialog: outcome.dialog } }
    case "OpenEditor":
      return {
        screen: { ...screen, dialog: outcome.dialog },
        command: { _tag: "OpenEditor", text: outcome.text }
      }
    case "Answer":
      return {
        screen: { ...screen, dialog: undefined, lastDialog: screen.dialog, notice: undefined },
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

const onPromptKey = (screen: Screen, press: KeyPress): Update => {
  const typed = typing(screen, press)
  if (typed !== undefined) return { screen: { ...typed, notice: undefined, quitArmed: false } }
  switch (press.name) {
    case "enter":
      return send({ ...screen, quitArmed: false })
    case "up":
      return { screen: recall(screen, -1) }
    case "down":
      return { screen: recall(screen, 1) }
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

const onPressed = (before: Screen, action: Extract<Action, { readonly _tag: "Pressed" }>): Update => {
  const { at, options, press, settle } = action
  const rested = at - before.lastKeyAt >= settle
  const screen = { ...before, lastKeyAt: at }
  if (screen.dialog === undefined) return onPromptKey(screen, press)
  const stops = press.name === "escape" || press.name === "ctrl-c"
  if (!screen.armed && !rested && !stops) {
    return {
      screen: { ...(typing(screen, press) ?? screen), notice: "a call appeared while you typed: pause, then press its key" }
    }
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
      return { screen: onEvent(screen, action.event) }
    case "ApprovalOpened": {
      if (screen.quitting) return { screen, command: { _tag: "Answer", answer: { _tag: "Quit" } } }
      const { request } = action
      const again = screen.lastDialog?.request.call.id === request.call.id
      const retry = screen.proposed?.call.id === request.call.id && screen.proposed.retry
      return {
        screen: {
          ...screen,
          activity: idle,
          dialog: openDialog(request, retry, screen.lastDialog),
          armed: again || action.at - screen.lastKeyAt >= action.settle
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
      return pressed.dialog === undefined
        ? { screen: { ...pressed, prompt: insert(pressed.prompt, action.text.replace(/\r\n?/g, "\n")) } }
        : afterDialog(pressed, pasteText(pressed.dialog, action.text))
    }
    case "EditorClosed":
      return onDialog(screen, (dialog) => editorClosed(dialog, action.text))
    case "EditorFailed":
      return onDialog(screen, (dialog) => editorFailed(dialog, action.message))
  }
}
