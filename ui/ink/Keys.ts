import type { ApprovalRequest } from "../../core/domain/ApprovalRequest.ts"
import type { Edit } from "./TextField.ts"

/** One key press: `char` is printable text of one or more characters, all others are named. */
export type KeyPress =
  | { readonly name: "char"; readonly text: string }
  | {
    readonly name:
      | "enter"
      | "escape"
      | "tab"
      | "up"
      | "down"
      | "pageUp"
      | "pageDown"
      | "home"
      | "end"
      | "ctrl-c"
      | "ctrl-d"
      | "ctrl-t"
      | "unknown"
  }
  | { readonly name: "edit"; readonly edit: Edit }

/** Keys at a proposed call. Help text, keys line, dialog and tests read this table. */
export const proposalKeys = [
  { key: "y", action: "approve", label: "approve", edited: "run as edited", help: "run the call" },
  { key: "a", action: "always", label: "always", help: "run it, and such calls from now on in this session" },
  {
    key: "A",
    action: "save",
    label: "in project",
    help: "the same in this project, also later; /permissions takes it back"
  },
  { key: "n", action: "correct", label: "deny", help: "deny it and say what to do instead: this trains" },
  {
    key: "e",
    action: "edit",
    label: "edit",
    edited: "edit again",
    help: "change its arguments; what that would do is shown, and y runs it: this trains"
  },
  { key: "f", action: "note", label: "comment", help: "approve it with a comment; Tab only adds the comment" },
  { key: "q", action: "quit", label: "quit", help: "end the session" },
  {
    key: "Esc",
    action: "cancel",
    label: "cancel",
    edited: "drop the edit",
    help: "drop the edit that is shown, else the turn (so does Ctrl-C always): no denial, no training"
  }
] as const
/** The keys that do something at a request, as they are called there: those that make a rule only where there is one to make. */
export const keysAt = (
  { edited, grant }: Pick<ApprovalRequest, "edited" | "grant">
): ReadonlyArray<{ readonly key: string; readonly label: string }> =>
  proposalKeys.filter(({ action }) => grant !== undefined || (action !== "always" && action !== "save")).map((one) => ({
    key: one.key,
    label: edited !== undefined && "edited" in one ? one.edited : one.label
  }))
export type ProposalAction = (typeof proposalKeys)[number]["action"]

/** Keys everywhere else, for the help text. */
export const otherKeys: ReadonlyArray<readonly [string, string]> = [
  ["Enter", "send; Alt-Enter starts a new line"],
  ["Esc, Ctrl-C", "stop what is running; in a text field Esc goes back, text kept"],
  ["Ctrl-C Ctrl-C", "at the prompt: quit"],
  ["Up, Down", "at the prompt: earlier tasks; at a call: scroll it, also PgUp PgDn Home End"],
  ["/", "at a call: type a command; none of its letters answers the call"],
  ["Tab", "complete a /command or, after @, a file; at a call: to the call, or take the suggestion"],
  [
    "Ctrl-T",
    "after an answer: the call it may have meant is what was wanted, and runs; or /do, to name one: this trains"
  ],
  ["Ctrl-A E U K W", "line start, line end, delete to start, to end, word"]
]

/** Scrolling of a proposed call by key name: lines, or whole pages, or an end. */
export const scrollKeys = {
  up: { lines: -1 },
  down: { lines: 1 },
  pageUp: { pages: -1 },
  pageDown: { pages: 1 },
  home: { pages: -Infinity },
  end: { pages: Infinity }
} as const

const ctrlEdits: Readonly<Record<string, Edit>> = {
  a: "lineStart",
  e: "lineEnd",
  b: "left",
  f: "right",
  h: "backspace",
  k: "deleteToEnd",
  u: "deleteToStart",
  w: "deleteWord"
}

/** The part of Ink's key description that we read. */
interface InkKey {
  readonly [name: string]: boolean | string | undefined
}

const named: ReadonlyArray<readonly [string, KeyPress]> = [
  ["return", { name: "enter" }],
  ["escape", { name: "escape" }],
  ["tab", { name: "tab" }],
  ["upArrow", { name: "up" }],
  ["downArrow", { name: "down" }],
  ["leftArrow", { name: "edit", edit: "left" }],
  ["rightArrow", { name: "edit", edit: "right" }],
  ["pageUp", { name: "pageUp" }],
  ["pageDown", { name: "pageDown" }],
  ["home", { name: "home" }],
  ["end", { name: "end" }],
  ["backspace", { name: "edit", edit: "backspace" }],
  ["delete", { name: "edit", edit: "delete" }]
]

const controlByte = (character: string): KeyPress => {
  switch (character) {
    case "\r":
    case "\n":
      return { name: "enter" }
    case "\t":
      return { name: "tab" }
    case "\u0003":
      return { name: "ctrl-c" }
    case "\u0004":
      return { name: "ctrl-d" }
    case "\u0014":
      return { name: "ctrl-t" }
    case "\b":
    case "\u007f":
      return { name: "edit", edit: "backspace" }
    default: {
      const edit = ctrlEdits[String.fromCharCode(character.charCodeAt(0) + 96)]
      return edit === undefined ? { name: "unknown" } : { name: "edit", edit }
    }
  }
}

/**
 * Ink's input event as key presses. Terminals may deliver several keys in one read (fast typing, a slow machine), so text
 * is taken apart at control characters; the rest is one press per character, so that no stage swallows another's keys.
 */
export const keyPresses = (input: string, key: InkKey): ReadonlyArray<KeyPress> => {
  if (key["eventType"] === "release") return []
  if (key["ctrl"] === true && input.length === 1) {
    if (input === "c") return [{ name: "ctrl-c" }]
    if (input === "d") return [{ name: "ctrl-d" }]
    if (input === "t") return [{ name: "ctrl-t" }]
    const edit = ctrlEdits[input]
    return [edit === undefined ? { name: "unknown" } : { name: "edit", edit }]
  }
  if (input.length <= 1) {
    if (key["return"] === true && key["meta"] === true) return [{ name: "edit", edit: "newline" }]
    for (const [name, press] of named) {
      if (key[name] === true) return [press]
    }
  }
  if (key["meta"] === true || key["ctrl"] === true || input.length === 0) return [{ name: "unknown" }]
  return Array.from(
    input,
    (character) => /[\u0000-\u001f\u007f]/.test(character) ? controlByte(character) : { name: "char", text: character }
  )
}
