import type { ApprovalRequest } from "../../core/domain/ApprovalRequest.ts"
import type { AgentEvent } from "../../core/domain/Event.ts"
import type { UserInput } from "../../core/domain/UserInput.ts"
import type { ApprovalAnswer } from "../../core/domain/Verdict.ts"
import type { KeyPress } from "./Keys.ts"
import { type Action, type Command, emptyScreen, type Screen } from "./Screen.ts"
import { update } from "./Update.ts"
import { type Size, view } from "./View.ts"

interface StoreOptions {
  /** Milliseconds of a monotonic or wall clock. */
  readonly now: () => number
  readonly size: () => Size
  readonly settleMillis: number
  /** Gives the project's files to `files`, some time later. */
  readonly listFiles: () => void
  readonly canOpenEditor: () => boolean
  readonly openEditor: (text: string) => void
}

/** Deltas of a stream are drawn together. */
const COALESCE_MILLIS = 33

/**
 * The screen's owner: applies actions in order, hands answers to whoever waits for them, and tells React when to draw.
 * Knows neither React nor the terminal.
 */
export class ScreenStore {
  private screen: Screen = emptyScreen
  private readonly listeners = new Set<() => void>()
  private readonly interrupts = new Set<() => void>()
  private answering: ((answer: ApprovalAnswer) => void) | undefined
  private submitting: ((input: UserInput) => void) | undefined
  private timer: ReturnType<typeof setTimeout> | undefined
  private readonly options: StoreOptions

  constructor(options: StoreOptions) {
    this.options = options
  }

  readonly now = (): number => this.options.now()
  readonly get = (): Screen => this.screen

  readonly subscribe = (listener: () => void): () => void => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  readonly show = (event: AgentEvent): void => {
    const { columns } = this.options.size()
    this.change(
      { _tag: "Event", event, columns, at: this.options.now() },
      event._tag === "TextDelta" || event._tag === "LearningProgress"
    )
  }

  /** What one read of the terminal brought. */
  readonly keys = (presses: ReadonlyArray<KeyPress>): void => {
    for (const press of presses) this.press(press, presses.length > 1)
  }

  readonly press = (press: KeyPress, together = false): void => {
    const page = view(this.screen, this.options.size(), { at: 0, spinner: "" }).page
    this.change({
      _tag: "Pressed",
      press,
      together,
      at: this.options.now(),
      settle: this.options.settleMillis,
      options: { editor: this.options.canOpenEditor(), page }
    })
  }

  readonly paste = (text: string): void => this.change({ _tag: "Pasted", text, at: this.options.now() })
  readonly files = (files: ReadonlyArray<string>): void => this.change({ _tag: "FilesListed", files })
  readonly editorClosed = (text: string): void => this.change({ _tag: "EditorClosed", text })
  readonly editorFailed = (message: string): void => this.change({ _tag: "EditorFailed", message })

  /** Asks for a verdict; `resolve` is called exactly once unless the returned function withdraws the question first. */
  readonly approve = (request: ApprovalRequest, resolve: (answer: ApprovalAnswer) => void): () => void => {
    this.answering = resolve
    this.change({ _tag: "ApprovalOpened", request, at: this.options.now(), settle: this.options.settleMillis })
    return () => {
      if (this.answering !== resolve) return
      this.answering = undefined
      this.change({ _tag: "ApprovalClosed" })
    }
  }

  /** Asks for the next input, as `approve` does for a verdict. */
  readonly next = (resolve: (input: UserInput) => void): () => void => {
    this.submitting = resolve
    this.change({ _tag: "PromptOpened" })
    return () => {
      if (this.submitting !== resolve) return
      this.submitting = undefined
      this.change({ _tag: "PromptClosed" })
    }
  }

  readonly onInterrupt = (listener: () => void): () => void => {
    this.interrupts.add(listener)
    return () => this.interrupts.delete(listener)
  }

  readonly close = (): void => {
    clearTimeout(this.timer)
    this.listeners.clear()
    this.interrupts.clear()
  }

  private change(action: Action, coalesce = false): void {
    const { command, screen } = update(this.screen, action)
    const changed = screen !== this.screen
    this.screen = screen
    if (changed) this.notify(coalesce)
    if (command !== undefined) this.run(command)
  }

  private notify(coalesce: boolean): void {
    if (coalesce) {
      this.timer ??= setTimeout(() => this.notify(false), COALESCE_MILLIS)
      return
    }
    clearTimeout(this.timer)
    this.timer = undefined
    for (const listener of this.listeners) listener()
  }

  private run(command: Command): void {
    switch (command._tag) {
      case "Answer": {
        const resolve = this.answering
        this.answering = undefined
        return resolve?.(command.answer)
      }
      case "Submit": {
        const resolve = this.submitting
        this.submitting = undefined
        return resolve?.(command.input)
      }
      case "Interrupt":
        for (const listener of Array.from(this.interrupts)) listener()
        return
      case "ListFiles":
        return this.options.listFiles()
      case "OpenEditor":
        return this.options.openEditor(command.text)
    }
  }
}
