import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { createHash } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { FeedbackStore } from "../../core/FeedbackStore.ts"
import { lesson, skipped, stepped } from "../../test/helpers/Lessons.ts"
import { ledger } from "./index.ts"
import { MIGRATIONS } from "./Migrations.ts"

const shape = "rank 16, alpha 32, on q_proj"

/** A ledger as the first version left it: five lessons, the last two snapshots, a sixth lesson that made no step. */
const writeFirstVersion = (directory: string): void => {
  const database = new DatabaseSync(join(directory, "ledger.sqlite"))
  database.exec(`PRAGMA journal_mode = WAL; ${MIGRATIONS[0]}; PRAGMA user_version = 1`)
  const addLesson = database.prepare(
    "INSERT INTO lessons (id, at, session, kind, model_identity, body) VALUES (?, ?, 's1', 'denial', 'model-a', ?)"
  )
  const addOutcome = database.prepare("INSERT INTO outcomes (lesson_id, tag, revision, body) VALUES (?, ?, ?, ?)")
  const addSnapshot = database.prepare(
    "INSERT INTO snapshots (lesson_id, model_identity, shape, revision, sha256, bytes) VALUES (?, 'model-a', ?, ?, ?, ?)"
  )
  database.exec(`INSERT INTO events (at, session, tag, body) VALUES
    (1, 's1', 'VerdictGiven', '{"_tag":"VerdictGiven","call":{"id":"call-1","tool":"write","arguments":{}},
      "verdict":{"_tag":"Deny","correction":"use edit_lines"}}')`)
  for (let i = 1; i <= 6; i++) {
    const outcome = i === 6 ? skipped : stepped(`l${i}`, i)
    addLesson.run(`l${i}`, i, JSON.stringify(lesson(`l${i}`)))
    addOutcome.run(`l${i}`, outcome._tag, i === 6 ? null : i, JSON.stringify(outcome))
    if (i !== 4 && i !== 5) continue
    const bytes = Uint8Array.from([i, 2, 3])
    addSnapshot.run(`l${i}`, shape, i, createHash("sha256").update(bytes).digest("hex"), bytes)
  }
  database.close()
}

describe("a ledger of the first version", () => {
  it.live("opens with its lessons, their adapter and its snapshots, and goes on", () =>
    Effect.gen(function*() {
      const directory = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "ledger-1-"))),
        (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
      )
      writeFirstVersion(directory)
      yield* Effect.gen(function*() {
        const store = yield* FeedbackStore
        const entries = yield* store.entries
        assert.deepStrictEqual(entries.map(({ id, shape, state }) => [id, shape, state]), [
          ["l1", shape, "active"],
          ["l2", shape, "active"],
          ["l3", shape, "active"],
          ["l4", shape, "active"],
          ["l5", shape, "active"],
          ["l6", shape, "skipped"]
        ])
        assert.deepStrictEqual(entries[0]?.lesson, lesson("l1"))
        assert.isUndefined(entries[0]?.trainedWith)
        const adapter = { modelIdentity: "model-a", shape }
        assert.deepStrictEqual(yield* store.snapshots(adapter), ["l4", "l5"])
        assert.deepStrictEqual(
          Option.getOrUndefined(yield* store.latestSnapshot("model-a", shape)),
          { ...adapter, revision: 5, bytes: Uint8Array.from([5, 2, 3]) }
        )
        assert.strictEqual((yield* store.metrics(5)).denials, 1)
        yield* store.commitLesson({
          lesson: lesson("l7"),
          outcome: stepped("l7", 6),
          snapshot: { ...adapter, revision: 6, bytes: Uint8Array.from([6, 2, 3]) }
        })
        assert.deepStrictEqual(yield* store.snapshots(adapter), ["l4", "l5", "l7"])
      }).pipe(Effect.provide(ledger(directory)))
    }))
})
