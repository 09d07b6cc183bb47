import * as Option from "effect/Option"
import type { Snapshots } from "../../core/FeedbackStore.ts"
import type { LessonTable } from "./LessonTable.ts"
import { operation, operationNow } from "./Operation.ts"
import type { SnapshotTable } from "./SnapshotTable.ts"

/** The adapters that belong to the lessons. */
export const snapshotsOn = (table: SnapshotTable, lessons: LessonTable): Snapshots => ({
  latestSnapshot: (modelIdentity, shape) =>
    operation("latestSnapshot", "The saved adapter could not be read", () => {
      const saved = shape === undefined ? table.newest(modelIdentity) : table.latest({ modelIdentity, shape })
      if (saved !== undefined) return Option.some(saved)
      const origin = Option.getOrUndefined(table.origin(modelIdentity, shape))
      return origin?._tag === "Imported" ? Option.some(origin.snapshot) : Option.none()
    }),
  origin: ({ modelIdentity, shape }) =>
    operation("origin", "The adapter's beginning could not be read", () => table.origin(modelIdentity, shape)),
  start: (adapter, origin) =>
    operationNow("start", "The adapter cannot start from elsewhere", (at) => lessons.start(at, adapter, origin)),
  snapshots: (adapter) =>
    operation("snapshots", "The saved adapters could not be read", () => table.lessonsWithSnapshot(adapter)),
  snapshotAfter: (lessonId) =>
    operation(
      "snapshotAfter",
      "The saved adapter could not be read",
      () => Option.fromUndefinedOr(table.after(lessonId))
    )
})
