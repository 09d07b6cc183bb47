import type { DatabaseSync } from "node:sqlite"

/** The append-only stream of what happened, under the session that is running. */
export interface Journal {
  readonly begin: (session: string) => void
  readonly session: () => string
  /** Appends an event or a record; gives its number. */
  readonly append: (at: number, tag: string, body: string) => number | bigint
}

export const journalOn = (database: DatabaseSync): Journal => {
  const add = database.prepare("INSERT INTO events (at, session, tag, body) VALUES (?, ?, ?, ?)")
  let session = "none"
  return {
    begin: (id) => {
      session = id
    },
    session: () => session,
    append: (at, tag, body) => add.run(at, session, tag, body).lastInsertRowid
  }
}
