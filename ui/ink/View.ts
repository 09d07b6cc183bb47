import { type ApprovalRequest, shownCall } from "../../core/domain/ApprovalRequest.ts"
import type { ContextUse } from "../../core/domain/Event.ts"
import { callBody, callTitle } from "../text/CallText.ts"
import { progressText } from "../text/Evidence.ts"
import { graphemes, type Line, line, span, truncateLine, width, wrapLines, wrapWords } from "../text/Line.ts"
import { visible, visibleLines } from "../text/Visible.ts"
import type { ApprovalDialog } from "./ApprovalDialog.ts"
import { completionAt } from "./Completion.ts"
import { keysAt } from "./Keys.ts"
import type { Screen } from "./Screen.ts"
import type { TextField } from "./TextField.ts"

export interface Size {
  readonly rows: number
  readonly columns: number
}

export interface View {
  /** At most `rows - 1` lines of at most `columns` cells. */
  readonly lines: ReadonlyArray<Line>
  readonly cursor: { readonly x: number; readonly y: number } | undefined
  /** Rows of the proposed call's body: visible and in all. */
  readonly page: { readonly rows: number; readonly total: number }
}

/** What of the view moves by itself: milliseconds of the clock that events have, and how the spinner stands. */
export interface Moment {
  readonly at: number
  readonly spinner: string
}

/** A part of the view that may hold the cursor, counted from the part's first line. */
interface Part {
  readonly lines: ReadonlyArray<Line>
  readonly cursor?: { readonly x: number; readonly y: number }
}

const FIELD_ROWS = 6
const NOTICE_ROWS = 3
const none: Part = { lines: [] }

/** A text field wrapped to the window; when it is too tall the rows around the cursor are shown. */
const fieldPart = (label: string, field: TextField, columns: number, limit: number): Part => {
  const room = Math.max(1, columns - 1)
  const rows: Array<string> = []
  let cursor = { x: 0, y: 0 }
  let row = label
  let at = 0
  const mark = () => {
    if (at === field.cursor) cursor = { x: width(row), y: rows.length }
  }
  for (const unit of graphemes(field.value)) {
    const shown = unit === "\n" ? "" : visible(unit)
    if (unit !== "\n" && width(row) + width(shown) > room && row.length > 0) {
      rows.push(row)
      row = ""
    }
    mark()
    if (unit === "\n") {
      rows.push(row)
      row = " ".repeat(Math.min(width(label), room))
    }
    row += shown
    at += unit.length
  }
  if (width(row) >= room) {
    rows.push(row)
    row = ""
  }
  mark()
  rows.push(row)
  const start = Math.max(0, Math.min(cursor.y - limit + 1, rows.length - limit))
  const from = Math.min(start, cursor.y)
  return {
    lines: rows.slice(from, from + limit).map((text) => truncateLine(line(text), columns)),
    cursor: { x: Math.min(cursor.x, room), y: cursor.y - from }
  }
}

const bodies = new WeakMap<object, { readonly columns: number; readonly rows: ReadonlyArray<Line> }>()

/** The wrapped body of a call, kept per request: a large diff is wrapped once, not at each key. */
const wrappedBody = (dialog: Pick<ApprovalDialog, "request">, columns: number): ReadonlyArray<Line> => {
  const { request } = dialog
  const kept = bodies.get(request)
  if (kept?.columns === columns) return kept.rows
  const rows = wrapLines(callBody(shownCall(request), request.preview), columns)
  bodies.set(request, { columns, rows })
  return rows
}

const BETWEEN_KEYS = "   "

/** The keys that do something at a request, none of them split. */
const keyLines = (request: ApprovalRequest, columns: number): ReadonlyArray<Line> => {
  const rows: Array<Line> = []
  let room = 0
  for (const { key, label } of keysAt(request)) {
    const spans = [span(key, { bold: true, color: "cyan" }), span(` ${label}`)]
    const needed = BETWEEN_KEYS.length + width(`${key} ${label}`)
    const last = rows.at(-1)
    if (last === undefined || needed > room) {
      rows.push(spans)
      room = columns - needed + BETWEEN_KEYS.length
    } else {
      rows[rows.length - 1] = [...last, span(BETWEEN_KEYS), ...spans]
      room -= needed
    }
  }
  return rows
}

const fieldLabels = { command: "", correction: "instead: ", edit: "edit: ", note: "comment: " } as const
const fieldHelp = {
  command: "Enter takes the command   Esc back",
  correction: "Enter denies and learns   Esc back",
  edit: "Enter shows what it would do   Esc back",
  note: "Enter runs it with this comment   Tab only adds it   Esc back"
} as const

const rule = (columns: number, note: string): Line => {
  const text = note === "" ? "" : ` ${note} `
  return line(`──${text}`.padEnd(Math.min(columns, 72), "─").slice(0, Math.max(1, columns)), { dim: true })
}

const dialogParts = (dialog: ApprovalDialog, columns: number, height: number) => {
  const { request, stage } = dialog
  const title = truncateLine([
    span(request.edited !== undefined ? "edited  " : dialog.retry ? "retry " : "call  ", {
      bold: true,
      color: "yellow"
    }),
    ...callTitle(shownCall(request))
  ], columns)
  const warning = dialog.message === undefined
    ? []
    : wrapWords(visible(dialog.message), columns).slice(0, 3).map((text) => line(text, { color: "yellow" }))
  const why = (request.reasons ?? []).flatMap((reason) =>
    wrapWords(`asked: ${visible(reason)}`, columns).slice(0, 2).map((text) => line(text, { color: "yellow" }))
  ).slice(0, 4)
  const grant = stage !== "choose" || request.grant === undefined
    ? []
    : wrapWords(`a: always ${visible(request.grant)}`, columns).map((text) => line(text, { dim: true }))
  const offer = stage === "correction" && request.suggestion !== undefined
    ? [truncateLine([
      span("Tab: ", { dim: true }),
      span(visible(request.suggestion.replace(/\n/g, " ")), { dim: true })
    ], columns)]
    : []
  const field = stage === "choose"
    ? none
    : fieldPart(fieldLabels[stage], dialog.fields[stage], columns, Math.min(FIELD_ROWS, Math.max(1, height - 4)))
  const keys = stage === "choose"
    ? keyLines(request, columns).map((keys) => truncateLine(keys, columns))
    : [truncateLine(line(fieldHelp[stage], { dim: true }), columns)]
  const rows = wrappedBody(dialog, columns)
  const chrome = 1 + 2 + why.length + grant.length + warning.length + offer.length + field.lines.length + keys.length
  const room = Math.max(1, Math.min(rows.length, height - chrome))
  const start = Math.min(dialog.scroll, Math.max(0, rows.length - room))
  const more = rows.length > room ? `${start + 1}-${start + room} of ${rows.length}, Up Down PgUp PgDn` : ""
  const parts: ReadonlyArray<Part> = [
    { lines: [title, rule(columns, "")] },
    { lines: rows.slice(start, start + room) },
    { lines: [rule(columns, more), ...why, ...grant, ...warning, ...offer] },
    field,
    { lines: keys }
  ]
  return { parts, page: { rows: room, total: rows.length } }
}

const activityText = (screen: Screen, at: number): string | undefined => {
  const { activity } = screen
  switch (activity._tag) {
    case "Thinking":
      return "thinking"
    case "Running":
      return `running ${visible(activity.call.tool)}`
    case "Learning":
      return progressText(activity, (at - activity.since) / 1000)
    case "Idle":
      return screen.awaiting || screen.session === undefined ? undefined : "working"
  }
}

/** True while something runs, so that a spinner turns; nothing moves otherwise. */
export const isBusy = (screen: Screen): boolean => screen.dialog === undefined && activityText(screen, 0) !== undefined

/** How full the context is: `  context 16%`, and what is left out of it. */
const contextText = (context: ContextUse | undefined): string => {
  if (context === undefined) return ""
  const { dropped, of, shortened, tokens } = context
  const left = dropped > 0 ? ", old turns left out" : shortened > 0 ? ", old outputs left out" : ""
  return `  context ${Math.round(100 * tokens / of)}%${left}`
}

/** What matters most comes first: a narrow window cuts the rest. */
const footer = (screen: Screen, columns: number): Line => {
  const { session } = screen
  if (session === undefined) return line("starting", { dim: true })
  // The bundled model is called as the trainer that it comes with: once says it.
  const trainer = session.trainer === session.model ? "" : `${visible(session.trainer)} `
  return truncateLine([
    span(`${visible(session.model)}  training `, { dim: true }),
    session.training ? span("on", { color: "green" }) : span("off", { color: "yellow" }),
    span(
      `${contextText(screen.context)}  sandbox ${visible(session.sandbox)}  ${trainer}${visible(session.objective)}`
        + `  revision ${screen.revision}`,
      { dim: true }
    )
  ], columns)
}

/** What Tab would complete to, first, and what else it could be. */
const hintsPart = (screen: Screen, columns: number, room: number): Part => {
  const found = completionAt(screen.prompt, screen.files ?? [])
  if (found === undefined) return none
  const shown = found.choices.slice(0, room)
  const left = Math.max(0, ...shown.map(({ text }) => width(visible(text))))
  return {
    lines: shown.map(({ about, text }, index) =>
      truncateLine([
        span(index === 0 ? "Tab " : "    ", { dim: true }),
        span(visible(text).padEnd(about === "" ? 0 : left), { color: "cyan" }),
        span(about === "" ? "" : `  ${about}`, { dim: true })
      ], columns)
    )
  }
}

const assemble = (parts: ReadonlyArray<Part>, limit: number): Pick<View, "lines" | "cursor"> => {
  const lines: Array<Line> = []
  let cursor: View["cursor"]
  for (const part of parts) {
    if (part.cursor !== undefined) cursor = { x: part.cursor.x, y: lines.length + part.cursor.y }
    lines.push(...part.lines)
  }
  const dropped = Math.max(0, lines.length - limit)
  const at = cursor === undefined || cursor.y < dropped ? undefined : { x: cursor.x, y: cursor.y - dropped }
  return { lines: lines.slice(dropped), cursor: at }
}

/**
 * The live region for a window: always shorter than the window, so that the terminal is never cleared. When room is
 * short the body of a call shrinks first; keys, field and status stay.
 */
export const view = (screen: Screen, size: Size, { at, spinner }: Moment): View => {
  const columns = Math.max(1, size.columns)
  const limit = Math.max(1, size.rows - 1)
  const status: Part = { lines: [footer(screen, columns)] }
  const notice: Part = screen.notice === undefined
    ? none
    : {
      lines: wrapWords(visible(screen.notice), columns).slice(0, NOTICE_ROWS).map((text) =>
        line(text, { color: "yellow" })
      )
    }
  if (screen.dialog !== undefined) {
    const draft = screen.armed || screen.prompt.value === ""
      ? none
      : fieldPart("> ", screen.prompt, columns, Math.min(FIELD_ROWS, Math.max(1, limit - 6)))
    const { page, parts } = dialogParts(
      screen.dialog,
      columns,
      limit - 1 - notice.lines.length - draft.lines.length
    )
    return { ...assemble([...parts, draft, notice, status], limit), page }
  }
  const prompt = fieldPart("> ", screen.prompt, columns, Math.min(FIELD_ROWS, Math.max(1, limit - 2)))
  const doing = activityText(screen, at)
  const activity: Part = doing === undefined
    ? none
    : { lines: [truncateLine([span(spinner, { color: "cyan" }), span(` ${doing}   Esc stops`)], columns)] }
  const queued: Part = {
    lines: screen.queue.slice(0, 3).map((text) =>
      truncateLine(line(`queued: ${visible(text.replace(/\n/g, "⏎"))}`, { dim: true }), columns)
    )
  }
  const hints = hintsPart(screen, columns, Math.max(0, limit - 3 - prompt.lines.length - notice.lines.length))
  const chrome = [activity, queued, prompt, hints, notice, status].reduce((sum, part) => sum + part.lines.length, 0)
  const room = Math.max(0, limit - chrome)
  const stream: Part = screen.stream.trim() === "" || room === 0
    ? none
    : {
      lines: visibleLines(screen.stream.trim()).flatMap((text) => wrapWords(text, columns)).slice(-room).map((text) =>
        line(text)
      )
    }
  const proposed: Part = screen.proposed === undefined || room === 0
    ? none
    : {
      lines: [
        truncateLine([span("call  ", { bold: true, color: "yellow" }), ...callTitle(screen.proposed.call)], columns)
      ]
    }
  const body = stream.lines.length > 0 ? stream : proposed
  return { ...assemble([body, activity, queued, prompt, hints, notice, status], limit), page: { rows: 1, total: 1 } }
}
