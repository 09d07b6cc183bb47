import type { DatabaseSync } from "node:sqlite"
import { read } from "./Rows.ts"

/**
 * Removes what lessons said, leaving tombstones: the bodies of lesson, outcomes and of every event that holds the lesson, its
 * calls or its id, in the conversation too, become `{"forgotten": id}`. The rest of the conversation stays. Called inside a transaction, after the
 * lessons were entered as forgotten.
 */
export const contentRemover = (database: DatabaseSync) => {
  const lessonOf = database.prepare("SELECT body, session, at FROM lessons WHERE id = ?")
  const buryLesson = database.prepare("UPDATE lessons SET body = json_object('forgotten', id) WHERE id = ?")
  const buryOutcome = database.prepare(
    "UPDATE outcomes SET body = json_object('forgotten', lesson_id) WHERE lesson_id = ?"
  )
  const buryRelearned = database.prepare(
    "UPDATE relearned SET body = json_object('forgotten', lesson_id) WHERE lesson_id = ?"
  )
  const buryEvents = database.prepare(
    `UPDATE events SET body = json_object('forgotten', ?1)
     WHERE tag NOT IN ('LessonsUndone', 'LessonsForgotten', 'AdapterReplayed', 'SnapshotTaken', 'LessonsImported')
       AND (instr(body, ?1) > 0 OR (session = ?2 AND (
         json_extract(body, '$.call.id') IN (?3, ?4) OR (tag = 'Remembered' AND EXISTS (
           SELECT 1 FROM json_each(body, '$.messages') WHERE json_extract(value, '$.call.id') IN (?3, ?4))))))`
  )
  // Later turns of that session had the correction in their prompts.
  const dropTurns = database.prepare("DELETE FROM approved_turns WHERE session = ? AND at >= ?")

  return (id: string): void => {
    const row = lessonOf.get(id)
    if (row === undefined) return
    const { call, correctedCall } = read.lesson(row["body"])
    buryEvents.run(id, row["session"] ?? null, call.id, correctedCall?.id ?? call.id)
    buryLesson.run(id)
    buryOutcome.run(id)
    buryRelearned.run(id)
    dropTurns.run(row["session"] ?? null, row["at"] ?? null)
  }
}

/** Leaves no copy of removed content in free pages of the file or in the write-ahead log. */
export const sweep = (database: DatabaseSync): void => {
  database.exec("VACUUM")
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)")
}
