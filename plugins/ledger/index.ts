import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { DatabaseSync } from "node:sqlite"
import { FeedbackStore, type FeedbackStoreError } from "../../core/FeedbackStore.ts"
import { openDatabase, openToRead } from "./Database.ts"
import { journalOn } from "./Journal.ts"
import { lessonLogOn } from "./LessonLog.ts"
import { lessonTable } from "./LessonTable.ts"
import { recordsOn } from "./Records.ts"
import { sessionsOn } from "./Sessions.ts"
import { snapshotsOn } from "./Snapshots.ts"
import { snapshotTable } from "./SnapshotTable.ts"

export { KEPT_APPROVED_TURNS } from "./Records.ts"

/** The ledger's service on an open database. */
const storeOn = (database: DatabaseSync) =>
  Effect.sync(() => {
    const journal = journalOn(database)
    const snapshots = snapshotTable(database)
    const lessons = lessonTable(database, snapshots, journal.append)
    return FeedbackStore.of({
      ...recordsOn(database, journal),
      ...sessionsOn(database),
      ...lessonLogOn(database, journal, lessons),
      ...snapshotsOn(snapshots, lessons)
    })
  })

/**
 * The ledger on SQLite, in `directory` (absolute; made when missing). One process at a time: a second one fails with
 * reason `Busy`. Secrets in texts are masked before they are stored; token ids, which training needs, are stored as they are.
 * Which snapshots stay is said in `core/lessons/KeptSnapshots.ts`.
 */
export const ledger = (directory: string): Layer.Layer<FeedbackStore, FeedbackStoreError> =>
  Layer.effect(FeedbackStore, Effect.flatMap(openDatabase(directory), storeOn))

/**
 * The same, only to be read: another process may work with it, and nothing is made or changed. Falls back to `ledger` when
 * there is none yet or it is of an earlier version.
 */
export const ledgerToRead = (directory: string): Layer.Layer<FeedbackStore, FeedbackStoreError> =>
  Layer.effect(
    FeedbackStore,
    Effect.flatMap(
      openToRead(directory),
      Option.match({ onNone: () => Effect.flatMap(openDatabase(directory), storeOn), onSome: storeOn })
    )
  )
