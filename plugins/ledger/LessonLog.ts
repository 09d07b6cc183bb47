import type { DatabaseSync } from "node:sqlite"
import type { LessonLog } from "../../core/FeedbackStore.ts"
import { sweep } from "./Forget.ts"
import type { Journal } from "./Journal.ts"
import type { LessonTable } from "./LessonTable.ts"
import { operation, operationNow } from "./Operation.ts"
import { read } from "./Rows.ts"

/** Lessons, what became of them, and changes of that past. */
export const lessonLogOn = (database: DatabaseSync, journal: Journal, table: LessonTable): LessonLog => {
  const briefsInForce = database.prepare(
    `SELECT outcome, json_set(
         json_remove(body, '$.teacherPromptIds', '$.conversation'), '$.attempt', json_extract(body, '$.attempt.text')
       ) AS brief FROM lesson_states WHERE NOT is_undone AND NOT is_forgotten ORDER BY number`
  )
  const lessonInForce = database.prepare(
    "SELECT body FROM lesson_states WHERE id = ? AND NOT is_undone AND NOT is_forgotten"
  )
  return {
    commitLesson: (entry) =>
      operationNow(
        "commitLesson",
        "The lesson could not be stored",
        (at) => table.commit(at, journal.session(), entry)
      ),
    lessons: operation(
      "lessons",
      "The lessons could not be read",
      () =>
        table.entries().flatMap(({ lesson, outcome, state }) =>
          lesson === undefined || outcome === undefined || state === "undone" ? [] : [{ lesson, outcome }]
        )
    ),
    lesson: (id) =>
      operation("lesson", "The lesson could not be read", () => {
        const row = lessonInForce.get(id)
        if (row === undefined) throw new Error(`no lesson ${id} is in force`)
        return read.lesson(row["body"])
      }),
    corrections: operation(
      "corrections",
      "The corrections could not be read",
      () => briefsInForce.all().map((row) => read.brief(row["brief"]))
    ),
    learned: operation(
      "learned",
      "The lessons could not be read",
      () =>
        briefsInForce.all().map((row) => ({ lesson: read.brief(row["brief"]), outcome: read.outcome(row["outcome"]) }))
    ),
    entries: operation("entries", "The lessons could not be read", table.entries),
    rewrite: (rewrite) =>
      operationNow("rewrite", "The ledger could not be changed", (at) => table.rewrite(at, rewrite)),
    sweep: operation(
      "sweep",
      "Copies of what was forgotten may remain in the ledger's file; try again",
      () => sweep(database)
    )
  }
}
