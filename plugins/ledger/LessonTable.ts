import type { DatabaseSync } from "node:sqlite"
import type { LedgerRecord } from "../../core/domain/LedgerRecord.ts"
import type { AdapterKey, LessonEntry } from "../../core/domain/LessonEntry.ts"
import type { LearnOutcome } from "../../core/domain/Step.ts"
import type { AdapterOrigin, LessonLog, Rewrite, StoredSnapshot } from "../../core/FeedbackStore.ts"
import { contentRemover } from "./Forget.ts"
import type { Journal } from "./Journal.ts"
import { asEntry, text } from "./Rows.ts"
import type { SnapshotTable } from "./SnapshotTable.ts"
import { inTransaction } from "./Database.ts"

const revisionOf = (outcome: LearnOutcome): number | null => outcome._tag === "Stepped" ? outcome.step.revision : null

type Commit = Parameters<LessonLog["commitLesson"]>[0]

/** Lessons and what became of them. Every function is one transaction. */
export const lessonTable = (
  database: DatabaseSync,
  snapshots: SnapshotTable,
  append: Journal["append"]
) => {
  const addLesson = database.prepare(
    "INSERT INTO lessons (id, at, session, kind, model_identity, body) VALUES (?, ?, ?, ?, ?, ?)"
  )
  const addOutcome = database.prepare(
    "INSERT INTO outcomes (lesson_id, tag, revision, body, shape, trained_with) VALUES (?, ?, ?, ?, ?, ?)"
  )
  const addRelearned = database.prepare(
    `INSERT INTO relearned (event, lesson_id, tag, revision, shape, trained_with, body) VALUES (?, ?, ?, ?, ?, ?, ?)`
  )
  const addUndone = database.prepare("INSERT OR IGNORE INTO undone (lesson_id, event) VALUES (?, ?)")
  const addForgotten = database.prepare("INSERT INTO forgotten (lesson_id, event) VALUES (?, ?)")
  const states = database.prepare("SELECT * FROM lesson_states ORDER BY number")
  const removeContent = contentRemover(database)
  const record = (at: number, entry: LedgerRecord) => append(at, entry._tag, text.record(entry))

  const keepSnapshot = (at: number, lessonId: string, snapshot: StoredSnapshot): void => {
    const hash = snapshots.add(lessonId, snapshot)
    record(at, {
      _tag: "SnapshotTaken",
      lessonId,
      revision: snapshot.revision,
      shape: snapshot.shape,
      sha256: hash,
      bytes: snapshot.bytes.length
    })
  }

  return {
    entries: (): ReadonlyArray<LessonEntry> => states.all().map(asEntry),

    commit: (at: number, session: string, entry: Commit): void =>
      inTransaction(database, () => {
        const { lesson, outcome, snapshot, trainedWith } = entry
        const { modelIdentity } = lesson
        const shape = entry.shape ?? snapshot?.shape
        addLesson.run(lesson.id, lesson.at, session, lesson.kind, modelIdentity, text.lesson(lesson))
        addOutcome.run(
          lesson.id,
          outcome._tag,
          revisionOf(outcome),
          text.outcome(outcome),
          shape ?? null,
          trainedWith === undefined ? null : text.trainedWith(trainedWith)
        )
        if (shape !== undefined && entry.origin !== undefined && !snapshots.hasOrigin({ modelIdentity, shape })) {
          snapshots.addOrigin(at, { modelIdentity, shape }, entry.origin)
        }
        if (snapshot === undefined) return
        keepSnapshot(at, lesson.id, snapshot)
        snapshots.prune({ modelIdentity: snapshot.modelIdentity, shape: snapshot.shape })
      }),

    start: (at: number, adapter: AdapterKey, origin: AdapterOrigin): void =>
      inTransaction(database, () => {
        if (snapshots.activeSteps(adapter).length > 0) {
          throw new Error("it has lessons already; create another one for it: continualcode adapters create NAME")
        }
        snapshots.addOrigin(at, adapter, origin)
        record(at, {
          _tag: "AdapterStarted",
          source: origin._tag === "Fresh" ? `seed ${origin.seed}` : origin.source,
          shape: adapter.shape,
          revision: origin._tag === "Fresh" ? 0 : origin.snapshot.revision
        })
      }),

    rewrite: (at: number, rewrite: Rewrite): void =>
      inTransaction(database, () => {
        const { adapter, forgotten, relearned, undone } = rewrite
        const wasWhole = snapshots.isWhole(adapter)
        const event = record(at, rewrite.record)
        for (const id of undone) addUndone.run(id, event)
        snapshots.drop(adapter, relearned.map(({ lessonId }) => lessonId), new Set(rewrite.keptSnapshots))
        for (const { lessonId, outcome, snapshot, trainedWith } of relearned) {
          addRelearned.run(
            event,
            lessonId,
            outcome._tag,
            revisionOf(outcome),
            adapter.shape,
            text.trainedWith(trainedWith),
            text.outcome(outcome)
          )
          if (snapshot !== undefined) keepSnapshot(at, lessonId, snapshot)
        }
        for (const id of forgotten) addForgotten.run(id, event)
        for (const id of forgotten) removeContent(id)
        snapshots.prune(adapter)
        if (wasWhole && !snapshots.isWhole(adapter)) {
          throw new Error("the adapter after the last lesson is missing, so nothing was changed")
        }
      })
  }
}
export type LessonTable = ReturnType<typeof lessonTable>
