import * as Context from "effect/Context"
import type { LessonLog } from "./ledger/LessonLog.ts"
import type { Records } from "./ledger/Records.ts"
import type { SessionLog } from "./ledger/SessionLog.ts"
import type { Snapshots } from "./ledger/Snapshots.ts"

export { FeedbackStoreError } from "./ledger/FeedbackStoreError.ts"
export type { LessonLog, Relearned, Rewrite } from "./ledger/LessonLog.ts"
export type { Records } from "./ledger/Records.ts"
export type { SessionLog, StoredSession } from "./ledger/SessionLog.ts"
export type { AdapterOrigin, Snapshots, StoredSnapshot } from "./ledger/Snapshots.ts"

/**
 * The ledger: an append-only record of sessions, verdicts, lessons and steps, and the adapter snapshots that belong to it. Who
 * needs a part of it asks for that part.
 */
export class FeedbackStore extends Context.Service<FeedbackStore, Records & SessionLog & LessonLog & Snapshots>()(
  "continualcode/FeedbackStore"
) {}
