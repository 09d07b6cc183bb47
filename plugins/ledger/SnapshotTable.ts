import type { DatabaseSync } from "node:sqlite"
import type { AdapterKey } from "../../core/domain/LessonEntry.ts"
import type { AdapterOrigin, StoredSnapshot } from "../../core/FeedbackStore.ts"
import { staysKept } from "../../core/lessons/KeptSnapshots.ts"
import { maskText } from "../../core/MaskSecrets.ts"
import { asOrigin, asSnapshot, sha256 } from "./Rows.ts"

/** The adapters' bytes: what each started from and what it was after some of its lessons. Called inside transactions. */
export const snapshotTable = (database: DatabaseSync) => {
  const insert = database.prepare(
    "INSERT INTO snapshots (lesson_id, model_identity, shape, revision, sha256, bytes) VALUES (?, ?, ?, ?, ?, ?)"
  )
  const remove = database.prepare("DELETE FROM snapshots WHERE number = ?")
  const ofAdapter = database.prepare(
    "SELECT number, lesson_id FROM snapshots WHERE model_identity = ? AND shape = ? ORDER BY number"
  )
  const ofLesson = database.prepare("SELECT number, lesson_id FROM snapshots WHERE lesson_id = ?")
  const bytesAfter = database.prepare("SELECT * FROM snapshots WHERE lesson_id = ? ORDER BY number DESC LIMIT 1")
  const newest = database.prepare("SELECT * FROM snapshots WHERE model_identity = ? ORDER BY number DESC LIMIT 1")
  const steps = database.prepare(
    `SELECT id, revision FROM lesson_states WHERE model_identity = ? AND shape = ? AND tag = 'Stepped' AND NOT is_undone
     ORDER BY number`
  )
  const insertOrigin = database.prepare(
    `INSERT INTO origins (at, model_identity, shape, tag, seed, source, revision, sha256, bytes)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
  )
  const newestOrigin = database.prepare(
    "SELECT * FROM origins WHERE model_identity = ?1 AND (?2 IS NULL OR shape = ?2) ORDER BY number DESC LIMIT 1"
  )

  const anyOrigin = database.prepare("SELECT 1 FROM origins WHERE model_identity = ? AND shape = ? LIMIT 1")

  const activeSteps = ({ modelIdentity, shape }: AdapterKey): ReadonlyArray<string> =>
    steps.all(modelIdentity, shape).map((row) => String(row["id"]))
  const after = (lessonId: string): StoredSnapshot | undefined => {
    const row = bytesAfter.get(lessonId)
    return row === undefined ? undefined : asSnapshot(row)
  }
  const kept = ({ modelIdentity, shape }: AdapterKey) => ofAdapter.all(modelIdentity, shape)

  return {
    activeSteps,
    origin: (modelIdentity: string, shape?: string) => asOrigin(newestOrigin.get(modelIdentity, shape ?? null)),
    hasOrigin: ({ modelIdentity, shape }: AdapterKey): boolean => anyOrigin.get(modelIdentity, shape) !== undefined,
    addOrigin: (at: number, { modelIdentity, shape }: AdapterKey, origin: AdapterOrigin): void => {
      if (origin._tag === "Fresh") {
        insertOrigin.run(at, modelIdentity, shape, "Fresh", origin.seed, null, 0, null, null)
        return
      }
      const { bytes, revision } = origin.snapshot
      insertOrigin.run(
        at,
        modelIdentity,
        shape,
        "Imported",
        null,
        maskText(origin.source),
        revision,
        sha256(bytes),
        bytes
      )
    },
    /** The newest of any shape. */
    newest: (modelIdentity: string): StoredSnapshot | undefined => {
      const row = newest.get(modelIdentity)
      return row === undefined ? undefined : asSnapshot(row)
    },
    /** The adapter as its last step left it; undefined when it has none. */
    latest: ({ modelIdentity, shape }: AdapterKey): StoredSnapshot | undefined => {
      const last = steps.all(modelIdentity, shape).at(-1)
      if (last === undefined) return undefined
      const saved = after(String(last["id"]))
      if (saved === undefined) throw new Error(`the snapshot of revision ${String(last["revision"])} is missing`)
      return saved
    },
    lessonsWithSnapshot: (adapter: AdapterKey) => kept(adapter).map((row) => String(row["lesson_id"])),
    after,
    add: (lessonId: string, { bytes, modelIdentity, revision, shape }: StoredSnapshot): string => {
      const hash = sha256(bytes)
      insert.run(lessonId, modelIdentity, shape, revision, hash, bytes)
      return hash
    },
    /** Drops the snapshots after these lessons, and those of this adapter after lessons other than `stay`. */
    drop: (adapter: AdapterKey, lessons: ReadonlyArray<string>, stay: ReadonlySet<string>): void => {
      for (const row of [...kept(adapter), ...lessons.flatMap((id) => ofLesson.all(id))]) {
        if (!stay.has(String(row["lesson_id"]))) remove.run(row["number"] ?? null)
      }
    },
    /** Whether the newest active step has its snapshot, or there is no step. */
    isWhole: (adapter: AdapterKey): boolean => {
      const last = activeSteps(adapter).at(-1)
      return last === undefined || ofLesson.get(last) !== undefined
    },
    /** Drops what the policy does not keep. */
    prune: (adapter: AdapterKey): void => {
      const active = activeSteps(adapter)
      const position = new Map(active.map((id, index) => [id, index + 1]))
      for (const row of kept(adapter)) {
        const place = position.get(String(row["lesson_id"]))
        if (place === undefined || !staysKept(place, active.length)) remove.run(row["number"] ?? null)
      }
    }
  }
}
export type SnapshotTable = ReturnType<typeof snapshotTable>
