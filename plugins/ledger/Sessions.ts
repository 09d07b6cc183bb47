import type { DatabaseSync } from "node:sqlite"
import type { Call } from "../../core/domain/Call.ts"
import type { Message } from "../../core/domain/Message.ts"
import type { SessionLog } from "../../core/FeedbackStore.ts"
import { operation } from "./Operation.ts"
import { read, type Row } from "./Rows.ts"

const isForgotten = (row: Row): boolean => row["forgotten"] !== null

const messagesOf = (row: Row): ReadonlyArray<Message> => {
  const record = read.record(row["body"])
  return record._tag === "Remembered" ? record.messages : []
}

const conversationIn = (rows: ReadonlyArray<Row>): ReadonlyArray<Message> => {
  const start = rows.findLastIndex(({ tag }) => tag === "Cleared") + 1
  return rows.slice(start).flatMap((row) => row["tag"] === "Remembered" && !isForgotten(row) ? messagesOf(row) : [])
}

const startedLast = (rows: ReadonlyArray<Row>): Call | undefined => {
  const last = rows.at(-1)
  if (last?.["tag"] !== "ToolStarted" || isForgotten(last)) return undefined
  const event = read.event(last["body"])
  return event._tag === "ToolStarted" ? event.call : undefined
}

/**
 * Conversations out of the append-only stream. A fork holds only what was said in it: the beginning is read from the session it
 * came from, as far as that had got, so that a lesson is forgotten in one place.
 */
export const sessionsOn = (database: DatabaseSync): SessionLog => {
  const all = database.prepare(
    `SELECT session, min(at) AS started, max(at) AS last, sum(tag = 'UserMessage') AS tasks FROM events
       WHERE tag IN ('Remembered', 'UserMessage') GROUP BY session HAVING sum(tag = 'Remembered') > 0 ORDER BY max(id) DESC`
  )
  const firstTask = database.prepare(
    `SELECT json_extract(body, '$.text') AS text FROM events
       WHERE session = ? AND tag = 'UserMessage' AND json_extract(body, '$.forgotten') IS NULL ORDER BY id LIMIT 1`
  )
  const parent = database.prepare(
    "SELECT json_extract(body, '$.session') AS session, id FROM events WHERE session = ? AND tag = 'SessionForked' LIMIT 1"
  )
  const own = database.prepare(
    `SELECT tag, body, json_extract(body, '$.forgotten') AS forgotten FROM events
       WHERE session = ? AND id < ? AND tag IN
         ('Remembered', 'Cleared', 'UserMessage', 'CallProposed', 'ToolStarted', 'ToolFinished', 'TurnFinished', 'TurnCancelled')
       ORDER BY id`
  )
  const rowsOf = (id: string, before: number): ReadonlyArray<Row> => {
    const fork = parent.get(id)
    const earlier = fork === undefined ? [] : rowsOf(String(fork["session"]), Math.min(before, Number(fork["id"])))
    return [...earlier, ...own.all(id, before)]
  }

  return {
    sessions: operation("sessions", "The sessions could not be read", () =>
      all.all().map((row) => {
        const id = String(row["session"])
        const task = firstTask.get(id)?.["text"]
        const fork = parent.get(id)
        return {
          id,
          startedAt: Number(row["started"]),
          lastAt: Number(row["last"]),
          tasks: Number(row["tasks"]),
          ...(typeof task === "string" ? { task } : {}),
          ...(fork === undefined ? {} : { forkedFrom: String(fork["session"]) })
        }
      })),
    session: (id) =>
      operation("session", "The session could not be read", () => {
        const rows = rowsOf(id, Number.MAX_SAFE_INTEGER)
        const unfinished = startedLast(rows)
        return {
          conversation: conversationIn(rows),
          // Every call is in some row, so none has a larger number.
          nextCall: rows.length + 1,
          ...(unfinished === undefined ? {} : { unfinished })
        }
      })
  }
}
