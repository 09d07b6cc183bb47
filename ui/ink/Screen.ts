import type { Call } from "../../core/domain/Call.ts"
import type { ApprovalRequest } from "../../core/domain/ApprovalRequest.ts"
import type { AgentEvent, ContextUse } from "../../core/domain/Event.ts"
import type { UserInput } from "../../core/domain/UserInput.ts"
import type { LearnStage } from "../../core/domain/Step.ts"
import type { Preview } from "../../core/domain/ToolResult.ts"
import type { ApprovalAnswer } from "../../core/domain/Verdict.ts"
import type { Line } from "../text/Line.ts"
import type { ApprovalDialog, DialogOptions } from "./ApprovalDialog.ts"
import type { KeyPress } from "./Keys.ts"
import { emptyField, type TextField } from "./TextField.ts"

type SessionStarted = Extract<AgentEvent, { readonly _tag: "SessionStarted" }>

export type Activity =
  | { readonly _tag: "Idle" }
  | { readonly _tag: "Thinking" }
  | { readonly _tag: "Running"; readonly call: Call }
  | {
    readonly _tag: "Learning"
    /** Of the clock, milliseconds. */
    readonly since: number
    readonly stage: LearnStage | undefined
    /** Updates made. */
    readonly made: number
  }

/** Lines that are printed once and then belong to the terminal's scrollback. */
export interface Block {
  readonly id: number
  readonly lines: ReadonlyArray<Line>
}

/** All that the terminal shows, and what has been typed. */
export interface Screen {
  readonly session: SessionStarted | undefined
  readonly revision: number
  /** Of the last prompt. */
  readonly context: ContextUse | undefined
  readonly blocks: ReadonlyArray<Block>
  readonly stream: string
  readonly activity: Activity
  readonly proposed: { readonly call: Call; readonly preview: Preview | undefined; readonly retry: boolean } | undefined
  readonly dialog: ApprovalDialog | undefined
  /** False while keys may still be meant for the prompt, as when a call appeared while somebody typed: they go there. */
  readonly armed: boolean
  /** When the waiting call appeared. */
  readonly openedAt: number
  /** The call that a comment approved: it runs when it is asked about again. */
  readonly approving: string | undefined
  readonly lastDialog: ApprovalDialog | undefined
  /** The loop waits for the next input. */
  readonly awaiting: boolean
  readonly prompt: TextField
  /** The last answer can be corrected; `wanted` is the call that it may have meant. */
  readonly correctable: Extract<AgentEvent, { readonly _tag: "Correctable" }> | undefined
  /** Sent while the agent was busy; taken one by one when the loop asks. */
  readonly queue: ReadonlyArray<string>
  /** The project's files, for completion; undefined until somebody types an `@`. */
  readonly files: ReadonlyArray<string> | undefined
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
  context: undefined,
  blocks: [],
  stream: "",
  activity: { _tag: "Idle" },
  proposed: undefined,
  dialog: undefined,
  armed: true,
  openedAt: -Infinity,
  approving: undefined,
  lastDialog: undefined,
  awaiting: false,
  correctable: undefined,
  prompt: emptyField,
  queue: [],
  files: undefined,
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
  /** `columns` is the window's width, for what is laid out once; `at` when it happened. */
  | { readonly _tag: "Event"; readonly event: AgentEvent; readonly columns?: number; readonly at?: number }
  | { readonly _tag: "ApprovalOpened"; readonly request: ApprovalRequest; readonly at: number; readonly settle: number }
  | { readonly _tag: "ApprovalClosed" }
  | { readonly _tag: "PromptOpened" }
  | { readonly _tag: "PromptClosed" }
  | {
    readonly _tag: "Pressed"
    readonly press: KeyPress
    /** It came together with others, as a paste comes from a terminal that does not mark pastes. */
    readonly together?: boolean
    readonly at: number
    readonly settle: number
    readonly options: DialogOptions
  }
  | { readonly _tag: "Pasted"; readonly text: string; readonly at: number }
  | { readonly _tag: "FilesListed"; readonly files: ReadonlyArray<string> }
  | { readonly _tag: "EditorClosed"; readonly text: string }
  | { readonly _tag: "EditorFailed"; readonly message: string }

/** What the screen asks its owner to do. */
export type Command =
  | { readonly _tag: "Answer"; readonly answer: ApprovalAnswer }
  | { readonly _tag: "Submit"; readonly input: UserInput }
  | { readonly _tag: "Interrupt" }
  | { readonly _tag: "ListFiles" }
  | { readonly _tag: "OpenEditor"; readonly text: string }

export interface Update {
  readonly screen: Screen
  readonly command?: Command
}
