import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { briefOf } from "../../core/evidence/LessonCard.ts"
import { FeedbackStore } from "../../core/FeedbackStore.ts"
import { keptAtMost } from "../../core/lessons/KeptSnapshots.ts"
import { call, lesson, skipped, stepped } from "../../test/helpers/Lessons.ts"
import { attempt } from "./Database.ts"
import { KEPT_APPROVED_TURNS, ledger, ledgerToRead } from "./index.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "ledger-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** Runs with a freshly opened ledger in `directory`, closed again afterwards. */
const opened = <A, E>(directory: string, use: (store: FeedbackStore["Service"]) => Effect.Effect<A, E>) =>
  Effect.scoped(
    Effect.flatMap(
      Layer.build(ledger(directory)),
      (context) => Effect.flatMap(FeedbackStore, use).pipe(Effect.provideContext(context))
    )
  )

const snapshot = (revision: number, shape = "rank 16") => ({
  revision,
  modelIdentity: "model-a",
  shape,
  bytes: Uint8Array.from([revision, 2, 3])
})

describe("ledger", () => {
  it.live("keeps lessons, outcomes, snapshots and counts over a restart", () =>
    Effect.gen(function*() {
      const directory = join(yield* folder, "deep", "state")
      yield* opened(directory, (store) =>
        Effect.gen(function*() {
          yield* store.append({
            _tag: "SessionStarted",
            sessionId: "s1",
            workspace: "/w",
            model: "m",
            trainer: "t",
            objective: "o",
            training: true,
            sandbox: "none",
            revision: 0
          })
          const verdict = { call: lesson("x").call }
          yield* store.append({ _tag: "VerdictGiven", ...verdict, verdict: { _tag: "Approve" } })
          yield* store.append({ _tag: "VerdictGiven", ...verdict, verdict: { _tag: "Deny", correction: "no" } })
          yield* store.commitLesson({ lesson: lesson("a"), outcome: stepped("a", 1), snapshot: snapshot(1) })
          yield* store.commitLesson({ lesson: lesson("b"), outcome: skipped })
        }))
      yield* opened(directory, (store) =>
        Effect.gen(function*() {
          assert.deepStrictEqual(yield* store.lessons, [
            { lesson: lesson("a"), outcome: stepped("a", 1) },
            { lesson: lesson("b"), outcome: skipped }
          ])
          assert.deepStrictEqual(yield* store.latestSnapshot("model-a"), Option.some(snapshot(1)))
          assert.isTrue(Option.isNone(yield* store.latestSnapshot("model-b")))
          assert.deepStrictEqual(yield* store.metrics(1), {
            revision: 1,
            lessons: 2,
            steps: 1,
            skipped: 1,
            approvals: 1,
            denials: 1,
            edits: 0,
            lastDivergence: 0.2,
            meanStepSeconds: 0.25,
            greedyChangedShare: 1,
            recent: [{
              correction: "use edit_lines",
              attemptLogProbBefore: -0.6,
              attemptLogProbAfter: -4,
              greedyChanged: true,
              seconds: 0.25
            }]
          })
        }))
    }))

  it.live("reads what was said without the tokens it was said over, and nothing that was undone", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      const retry = lesson("b", {
        kind: "retry",
        parent: "a",
        correctedCall: call("edit_lines", { path: "a.js" }),
        conversation: [{ _tag: "User", text: "fix the test" }]
      })
      yield* opened(directory, (store) =>
        Effect.gen(function*() {
          yield* store.commitLesson({ lesson: lesson("a"), outcome: skipped, shape: "rank 16" })
          yield* store.commitLesson({ lesson: retry, outcome: skipped, shape: "rank 16" })
          yield* store.commitLesson({ lesson: lesson("c"), outcome: skipped, shape: "rank 16" })
          yield* store.rewrite({
            adapter: { modelIdentity: "model-a", shape: "rank 16" },
            undone: ["c"],
            forgotten: [],
            relearned: [],
            keptSnapshots: [],
            record: { _tag: "LessonsUndone", lessons: ["c"], relearned: [], revision: 0 }
          })
          assert.deepStrictEqual(yield* store.corrections, [briefOf(lesson("a")), briefOf(retry)])
          assert.deepStrictEqual(yield* store.learned, [
            { lesson: briefOf(lesson("a")), outcome: skipped },
            { lesson: briefOf(retry), outcome: skipped }
          ])
          assert.deepStrictEqual(yield* store.lesson("b"), retry)
          assert.match((yield* Effect.flip(store.lesson("c"))).message, /no lesson c is in force/)
        }))
    }))

  it.live("keeps adapters of different shapes apart and the newest snapshots of each", () =>
    Effect.gen(function*() {
      yield* opened(yield* folder, (store) =>
        Effect.gen(function*() {
          yield* store.commitLesson({
            lesson: lesson("r8"),
            outcome: stepped("r8", 1),
            snapshot: snapshot(1, "rank 8")
          })
          for (let i = 1; i <= 35; i++) {
            yield* store.commitLesson({ lesson: lesson(`${i}`), outcome: stepped(`${i}`, i), snapshot: snapshot(i) })
          }
          assert.deepStrictEqual(yield* store.latestSnapshot("model-a", "rank 8"), Option.some(snapshot(1, "rank 8")))
          assert.deepStrictEqual(yield* store.latestSnapshot("model-a"), Option.some(snapshot(35)))
          assert.strictEqual((yield* store.lessons).length, 36)
        }))
    }))

  it.live("stores a lesson, its outcome and its snapshot together or not at all", () =>
    Effect.gen(function*() {
      yield* opened(yield* folder, (store) =>
        Effect.gen(function*() {
          yield* store.commitLesson({ lesson: lesson("a"), outcome: stepped("a", 1), snapshot: snapshot(1) })
          const error = yield* Effect.flip(
            store.commitLesson({ lesson: lesson("a"), outcome: stepped("a", 2), snapshot: snapshot(2) })
          )
          assert.include(error.message, "could not be stored")
          assert.deepStrictEqual(yield* store.latestSnapshot("model-a"), Option.some(snapshot(1)))
          assert.strictEqual((yield* store.lessons).length, 1)
        }))
    }))

  it.live("stays bounded: two hundred steps take no more room than the snapshots that the policy keeps", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      const size = 50_000
      const total = 200
      yield* opened(directory, (store) =>
        Effect.gen(function*() {
          for (let i = 1; i <= total; i++) {
            yield* store.commitLesson({
              lesson: lesson(`l${i}`),
              outcome: stepped(`l${i}`, i),
              snapshot: { ...snapshot(i), bytes: new Uint8Array(size).fill(i) }
            })
          }
          const adapter = { modelIdentity: "model-a", shape: "rank 16" }
          assert.isAtMost((yield* store.snapshots(adapter)).length, keptAtMost(total))
        }))
      // Lessons, outcomes and events take a few kilobytes each.
      assert.isAtMost(statSync(join(directory, "ledger.sqlite")).size, (keptAtMost(total) + 2) * size + total * 4000)
    }))

  it.live("masks secrets in texts and leaves token ids alone", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      const secret = "sk-" + "abcdefghijklmnopqrstuv"
      yield* opened(directory, (store) =>
        Effect.gen(function*() {
          yield* store.append({ _tag: "UserMessage", text: `use ${secret}` })
          yield* store.commitLesson({ lesson: lesson("a", { correction: `not ${secret}` }), outcome: skipped })
          const [stored] = yield* store.lessons
          assert.strictEqual(stored?.lesson.correction, "not [secret]")
          assert.deepStrictEqual(stored?.lesson.attempt, lesson("a").attempt)
        }))
      const database = new DatabaseSync(join(directory, "ledger.sqlite"))
      const bodies = database.prepare("SELECT body FROM events UNION ALL SELECT body FROM lessons").all()
      database.close()
      assert.strictEqual(bodies.length, 2)
      assert.isFalse(JSON.stringify(bodies).includes(secret))
    }))

  it.live("keeps the newest approved turns of each model, masked", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      const turn = (number: number, modelIdentity = "model-a") => ({
        id: `turn-${modelIdentity}-${number}`,
        at: number,
        sessionId: "s1",
        task: number === 2 ? "use ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2" : "fix the test",
        call: lesson("x").call,
        attempt: lesson("x").attempt,
        modelIdentity,
        adapterRevision: 3
      })
      yield* opened(directory, (store) =>
        Effect.gen(function*() {
          yield* store.keepApproved(turn(1, "model-b"))
          yield* store.keepApproved(turn(1))
          yield* store.keepApproved(turn(2))
          assert.deepStrictEqual(yield* store.approvedTurns({ modelIdentity: "model-a", limit: 10 }), [
            { ...turn(2), task: "use [secret]" },
            turn(1)
          ])
          for (let i = 3; i <= KEPT_APPROVED_TURNS + 2; i++) yield* store.keepApproved(turn(i))
        }))
      yield* opened(directory, (store) =>
        Effect.gen(function*() {
          const kept = yield* store.approvedTurns({ modelIdentity: "model-a", limit: 10_000 })
          assert.strictEqual(kept.length, KEPT_APPROVED_TURNS)
          assert.deepStrictEqual(yield* store.approvedTurns({ modelIdentity: "model-a", limit: 1 }), kept.slice(0, 1))
          assert.deepStrictEqual(yield* store.approvedTurns({ modelIdentity: "model-b", limit: 5 }), [
            turn(1, "model-b")
          ])
        }))
    }))

  it.live("masks secrets in every table, and lets no row be changed or removed", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      const secret = "sk-" + "abcdefghijklmnopqrstuv"
      const adapter = { modelIdentity: "model-a", shape: "rank 16" }
      const trainedWith = { objective: secret, settings: { key: secret, limit: Infinity }, backend: "b", engine: "e" }
      const told = (id: string) => lesson(id, { task: secret, conversation: [{ _tag: "Note", text: secret }] })
      const outcome = { ...skipped, reason: secret, _tag: "Skipped" as const, divergence: 0 }
      yield* opened(directory, (store) =>
        Effect.gen(function*() {
          yield* store.start(adapter, { _tag: "Imported", source: secret, snapshot: snapshot(0) })
          yield* store.append({ _tag: "LearningStarted", lesson: told("a") })
          yield* store.commitLesson({ lesson: told("a"), outcome, shape: adapter.shape, trainedWith })
          yield* store.commitLesson({ lesson: told("b"), outcome: stepped("b", 1), snapshot: snapshot(1), trainedWith })
          yield* store.record({ _tag: "Exported", form: "raw", target: secret, lessons: 1, revision: 1 })
          const change = {
            adapter,
            forgotten: [],
            keptSnapshots: ["b"],
            record: { _tag: "LessonsImported", source: secret, lessons: [] }
          } as const
          yield* store.rewrite({ ...change, undone: ["a"], relearned: [{ lessonId: "a", outcome, trainedWith }] })
          const entries = yield* store.entries
          assert.deepStrictEqual(entries[1]?.trainedWith?.settings, { key: "[secret]", limit: Infinity })
          const lost = yield* Effect.flip(store.rewrite({ ...change, keptSnapshots: [], undone: [], relearned: [] }))
          assert.include(lost.message, "adapter after the last lesson is missing")
          assert.deepStrictEqual(yield* store.snapshots(adapter), ["b"])
        }))
      const database = new DatabaseSync(join(directory, "ledger.sqlite"))
      const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
        .all()
      for (const { name } of tables) {
        const rows = database.prepare(`SELECT * FROM ${String(name)}`).all()
        assert.isFalse(JSON.stringify(rows).includes(secret), String(name))
      }
      for (const table of ["events", "lessons", "outcomes", "origins", "relearned", "undone"]) {
        assert.throws(() => database.exec(`DELETE FROM ${table}`), /append-only|FOREIGN KEY/, table)
      }
      for (const table of ["events", "lessons", "outcomes", "relearned"]) {
        assert.throws(() => database.exec(`UPDATE ${table} SET body = '{"forgotten":"a"}'`), /append-only/, table)
      }
      database.close()
    }))

  it.live("notices a damaged snapshot", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      yield* opened(directory, (store) =>
        store.commitLesson({ lesson: lesson("a"), outcome: stepped("a", 1), snapshot: snapshot(1) }))
      const database = new DatabaseSync(join(directory, "ledger.sqlite"))
      database.exec("UPDATE snapshots SET bytes = x'00'")
      assert.throws(() =>
        database.exec("DELETE FROM lessons"), /append-only|FOREIGN KEY/)
      assert.throws(() => database.exec("UPDATE lessons SET body = '{}'"), /append-only/)
      database.close()
      const error = yield* opened(directory, (store) => Effect.flip(store.latestSnapshot("model-a")))
      assert.include(error.message, "damaged")
    }))

  it.live("keeps its folder out of git, unless the folder was there before and is not named as ours", () =>
    Effect.gen(function*() {
      const given = yield* folder
      mkdirSync(join(given, ".continualcode"))
      for (const directory of [given, join(given, "state"), join(given, ".continualcode")]) {
        yield* opened(directory, () => Effect.void)
      }
      assert.isFalse(existsSync(join(given, ".gitignore")))
      assert.strictEqual(readFileSync(join(given, "state", ".gitignore"), "utf8"), "*\n")
      assert.strictEqual(readFileSync(join(given, ".continualcode", ".gitignore"), "utf8"), "*\n")
    }))

  it.live("that is damaged, or has no room, says what can be done", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      writeFileSync(join(directory, "ledger.sqlite"), "this is no database, whatever its name says")
      const damaged = yield* Effect.flip(opened(directory, () => Effect.void))
      assert.match(damaged.message, /not a database\. The file is damaged: restore .* or move it away to begin anew\.$/)
      const full = yield* Effect.flip(attempt("x", () => {
        const database = new DatabaseSync(":memory:")
        database.exec("PRAGMA max_page_count = 2; CREATE TABLE t (a)")
        database.exec("INSERT INTO t VALUES (zeroblob(100000))")
      }))
      assert.match(full.message, /database or disk is full\. Make room/)
      const tooLarge = yield* Effect.flip(attempt("x", () => {
        throw Object.assign(new Error("EFBIG: file too large, write"), { code: "EFBIG" })
      }))
      assert.match(tooLarge.message, /file too large, write\. Make room/)
    }))

  it.live("tells a second user of the same folder who has it", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      const error = yield* opened(directory, () => Effect.flip(opened(directory, () => Effect.void)))
      assert.propertyVal(error, "reason", "Busy")
      assert.include(error.message, `process ${process.pid}`)
      assert.include(error.message, "state_dir=")
      yield* opened(directory, () => Effect.void)
    }))

  it.live("can be read beside whoever works with it, and is not made or changed by reading", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      const reading = <A, E>(use: Effect.Effect<A, E, FeedbackStore>) =>
        use.pipe(Effect.provide(Layer.fresh(ledgerToRead(directory))))
      const ids = FeedbackStore.use(({ entries }) => Effect.map(entries, (all) => all.map(({ id }) => id)))
      yield* opened(directory, (store) =>
        Effect.gen(function*() {
          yield* store.commitLesson({ lesson: lesson("a"), outcome: stepped("a", 1), snapshot: snapshot(1) })
          assert.deepStrictEqual(yield* reading(ids), ["a"])
          yield* store.commitLesson({ lesson: lesson("b"), outcome: skipped })
          const refused = yield* Effect.flip(
            reading(FeedbackStore.use(({ append }) => append({ _tag: "UserMessage", text: "x" })))
          )
          assert.include(refused.message, "readonly")
        }))
      assert.deepStrictEqual(yield* reading(ids), ["a", "b"])
      const database = new DatabaseSync(join(directory, "ledger.sqlite"))
      database.exec("PRAGMA user_version = 1")
      database.close()
      const older = yield* Effect.flip(reading(ids))
      assert.include(older.message, "cannot be opened")
    }))

  it.live("refuses a ledger of a newer version, naming what to do", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      const database = new DatabaseSync(join(directory, "ledger.sqlite"))
      database.exec("PRAGMA user_version = 99")
      database.close()
      const error = yield* Effect.flip(opened(directory, () => Effect.void))
      assert.include(error.message, "update continualcode")
    }))
})
