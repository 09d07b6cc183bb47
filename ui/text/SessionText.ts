import type { AgentEvent } from "../../core/domain/Event.ts"
import type { Message } from "../../core/domain/Message.ts"
import type { SessionSummary } from "../../core/domain/SessionSummary.ts"
import { shortId } from "../../core/lessons/FindLesson.ts"
import { said } from "../../core/Turn.ts"
import { callTitle } from "./CallText.ts"
import { timeText } from "./LessonText.ts"
import { capped, indented, type Line, line, span } from "./Line.ts"
import { count } from "./Numbers.ts"
import { outputLines, visible, visibleLines } from "./Visible.ts"

type Resumed = Extract<AgentEvent, { readonly _tag: "SessionResumed" }>

/** Messages of an earlier conversation that are shown again, and lines of each tool output among them. */
const SHOWN = 40
const OUTPUT_LINES = 3

const oneLine = (text: string): string => visible(text.trim().replace(/\s*\n\s*/g, " ⏎ "))

/** A task as it was given. */
export const taskLines = (text: string): ReadonlyArray<Line> =>
  visibleLines(text).map((one, index) => line(`${index === 0 ? ">" : " "} ${one}`, { bold: true }))

const messageLines = (message: Message): ReadonlyArray<Line> => {
  switch (message._tag) {
    case "User":
      return taskLines(message.text)
    case "Note":
      return [[span("note", { color: "blue" }), span(`  ${oneLine(message.text)}`)]]
    case "Correction":
      return [[span("corrected", { color: "red" }), span(`  ${oneLine(message.text)}`)]]
    case "Assistant": {
      const { parsed } = said(message.text)
      return parsed._tag === "Words" ? visibleLines(parsed.text).map((text) => line(text)) : []
    }
    case "ToolResult":
      return [
        [span("* "), ...callTitle(message.call), ...(message.success ? [] : [span("  failed", { color: "red" })])],
        ...indented(capped(outputLines(message.output.trim()).map((text) => line(text, { dim: true })), OUTPUT_LINES))
      ]
    case "Denied":
      return [
        [span("* "), ...callTitle(message.call)],
        [span("  denied", { color: "red", bold: true }), span(`  ${oneLine(message.correction)}`)]
      ]
    case "Reask":
      return []
  }
}

/** Whether the model had the last word. */
const isOver = (conversation: ReadonlyArray<Message>): boolean => {
  const last = conversation.at(-1)
  return last === undefined || last._tag === "Note"
    || (last._tag === "Assistant" && said(last.text).parsed._tag === "Words")
}

/** The conversation that a session goes on from, its beginning left out when it is long. */
export const resumedLines = ({ conversation, forked, from }: Resumed): ReadonlyArray<Line> => {
  const left = Math.max(0, conversation.length - SHOWN)
  const what = forked ? `a new session that begins as ${shortId(from)}` : `session ${shortId(from)} goes on`
  return [
    line(`${what}: ${count(conversation.length, "message")}${left > 0 ? `, the last ${SHOWN} shown` : ""}`, {
      dim: true
    }),
    ...conversation.slice(left).flatMap(messageLines),
    ...(isOver(conversation) ? [] : [line("The last turn had not ended. Say how to go on.", { color: "yellow" })])
  ]
}

const sessionLine = (session: SessionSummary, current?: string): string =>
  [
    shortId(session.id),
    timeText(session.lastAt),
    count(session.tasks, "task"),
    session.task === undefined ? "" : `"${oneLine(session.task).slice(0, 60)}"`,
    session.forkedFrom === undefined ? "" : `from ${shortId(session.forkedFrom)}`,
    session.id === current ? "(this one)" : ""
  ].filter((part) => part !== "").join("  ")

/** All sessions, one a line. */
export const sessionsText = (sessions: ReadonlyArray<SessionSummary>, current?: string): string =>
  sessions.length === 0
    ? "Nothing was said here yet."
    : [
      ...sessions.map((session) => sessionLine(session, current)),
      "Go on with one: continualcode --resume ID, or --continue for the newest; --fork begins a new one with it."
    ].join("\n")
