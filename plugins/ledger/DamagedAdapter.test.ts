import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import type { FeedbackStore } from "../../core/FeedbackStore.ts"
import { Learner } from "../../core/Learner.ts"
import { Lessons } from "../../core/Lessons.ts"
import { BackendError, LoraBackend } from "../../core/LoraBackend.ts"
import { toolCallText } from "../../core/prompt/ToolCallText.ts"
import { chainBackend, chainOf } from "../../test/helpers/ChainBackend.ts"
import { chainServices } from "../../test/helpers/CommitLoop.ts"
import { lesson } from "../../test/helpers/Lessons.ts"
import { overriding } from "../../test/helpers/OverriddenBackend.ts"
import { runScript } from "../../test/helpers/RunScript.ts"
import { ledger } from "./index.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "damaged-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** Changes the ledger's file behind its back, and gives what its tables hold afterwards. */
const behind = (directory: string, sql: string) => {
  const database = new DatabaseSync(join(directory, "ledger.sqlite"))
  database.exec(sql)
  const rows = ["lessons", "outcomes", "relearned", "undone", "snapshots", "approved_turns"].map((table) =>
    Number(database.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.["rows"])
  )
  const tags = database.prepare("SELECT tag FROM events ORDER BY id").all().map((row) => String(row["tag"]))
  database.close()
  return { rows, tags }
}
const look = (directory: string) => behind(directory, "")

/** What can become of stored adapters behind the ledger's back. */
const HARMS = {
  /** One byte in the middle is another one. */
  damaged: (which: string) => `
    UPDATE snapshots SET bytes = CAST(substr(bytes, 1, 20) || x'FF' || substr(bytes, 22) AS BLOB) WHERE ${which}`,
  missing: (which: string) => `DELETE FROM snapshots WHERE ${which}`
}
const NEWEST = "number = (SELECT max(number) FROM snapshots)"

const quiet = () => Effect.void
const say = (...said: ReadonlyArray<string>) =>
  Learner.use(({ learn }) =>
    Effect.forEach(
      said,
      (correction) => learn(lesson(`id-${correction}`, { correction }), { progress: quiet, finished: quiet })
    )
  )
const taught = LoraBackend.use(({ snapshot }) => Effect.map(snapshot, (bytes) => chainOf(bytes).taught))

/** One start on a ledger, with what the start said. */
const start = <A, E>(
  directory: string,
  use: (notice: string | undefined) => Effect.Effect<A, E, Lessons | Learner | LoraBackend | FeedbackStore>
) =>
  Learner.use(({ resume }) => resume).pipe(
    Effect.flatMap(use),
    Effect.provide(Layer.fresh(chainServices(directory)))
  )

describe.each(["damaged", "missing"] as const)("an adapter that is %s", (state) => {
  const harm = HARMS[state]
  it.live("is said; nothing is learned, imported or exported until a replay builds it anew from the lessons", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      yield* start(directory, () => say("a", "b", "c"))
      const before = behind(directory, harm(NEWEST))

      yield* start(directory, (notice) =>
        Effect.gen(function*() {
          assert.match(
            notice ?? "",
            new RegExp(
              `snapshot of revision 3 is ${state}.*continualcode lessons replay\\. Until .* nothing is learned`
            )
          )
          assert.notInclude(notice, "backup")
          const refused = yield* Effect.flip(say("d"))
          assert.strictEqual(refused._tag, "TrainerError")
          const { card, exportPeft, importLessons } = yield* Lessons
          const refusals = [
            yield* Effect.flip(importLessons([lesson("x")], "file", quiet)),
            yield* Effect.flip(exportPeft("out")),
            yield* Effect.flip(card)
          ]
          for (const error of refusals) {
            assert.match(error.message, /^Nothing was (im|ex)ported, .*continualcode lessons replay$/)
          }
        }))
      assert.deepStrictEqual(look(directory), before)

      yield* start(directory, () =>
        Effect.gen(function*() {
          const { revision } = yield* Lessons.use(({ replay }) => replay(quiet))
          assert.strictEqual(revision, 3)
          yield* say("d")
          assert.deepStrictEqual(yield* taught, ["a@1", "b@1", "c@1", "d@1"])
        }))
      yield* start(directory, (notice) =>
        Effect.gen(function*() {
          assert.isUndefined(notice)
          assert.deepStrictEqual(yield* taught, ["a@1", "b@1", "c@1", "d@1"])
        }))
    }))

  it.live("is not what an undo starts from: it goes back to an older one that is whole", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      yield* start(directory, () => say("a", "b", "c", "d"))
      // Both the adapter in force and the one an undo of c would go back to.
      behind(directory, harm("lesson_id IN ('id-b', 'id-d')"))
      const learned: Array<string> = []
      yield* start(directory, (notice) =>
        Effect.gen(function*() {
          assert.match(notice ?? "", new RegExp(state))
          yield* Lessons.use(({ undo }) =>
            undo("id-c", ({ entry }) => Effect.sync(() => void learned.push(entry.lesson.correction)))
          )
          assert.deepStrictEqual(yield* taught, ["a@1", "b@1", "d@1"])
          yield* say("e")
        }))
      assert.deepStrictEqual(learned, ["b", "d"])
      yield* start(directory, (notice) =>
        Effect.gen(function*() {
          assert.isUndefined(notice)
          assert.deepStrictEqual(yield* taught, ["a@1", "b@1", "d@1", "e@1"])
        }))
    }))

  it.live("keeps its revision on record when something is undone that was not in it", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      yield* start(directory, () => say("a", "b"))
      yield* start(directory, () => Effect.andThen(say("c"), Lessons.use(({ undo }) => undo("id-c", quiet))))
      behind(directory, harm(NEWEST))
      yield* start(directory, () =>
        Effect.gen(function*() {
          const { revision } = yield* Lessons.use(({ forget }) => forget("id-c", quiet))
          assert.strictEqual(revision, 2)
          assert.isDefined(yield* Learner.use(({ missing }) => missing))
        }))
    }))
})

describe("an adapter", () => {
  it.live("that the backend cannot load counts as missing as well, though its bytes are what was written", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      yield* start(directory, () => say("a"))
      const message = "this file is of another kind."
      const refusing = overriding(chainBackend(), () => ({
        restore: () => Effect.fail(new BackendError({ reason: "ModelFiles", message }))
      }))
      yield* Effect.gen(function*() {
        const { missing, resume } = yield* Learner
        const notice = yield* resume
        assert.match(
          notice ?? "",
          /revision 1\) could not be loaded: this file .*continualcode lessons replay\. Until/
        )
        assert.strictEqual(yield* missing, notice)
        assert.strictEqual((yield* Effect.flip(say("b")))._tag, "TrainerError")
      }).pipe(Effect.provide(Layer.fresh(chainServices(directory, refusing))))
      yield* start(directory, () => Effect.map(taught, (now) => assert.deepStrictEqual(now, ["a@1"])))
    }))
})

describe.each(["damaged", "missing"] as const)("a session on an adapter that is %s", (state) => {
  const task = { _tag: "Task", text: "fix the test" } as const
  const deny = { _tag: "Deny", correction: "use edit_lines" } as const
  const approve = { _tag: "Approve" } as const
  const write = toolCallText("write", { path: "a.js" })
  const edit = toolCallText("edit_lines", { path: "a.js" })

  it.live("says so and goes on without learning; /learn on is refused; an undo that rebuilds it turns learning on", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      const run = (script: Parameters<typeof runScript>[0]) => runScript(script, Layer.fresh(ledger(directory)))
      yield* run({ inputs: [task, task], script: [write, "Done.", write], answers: [deny, deny] })
      const before = behind(directory, HARMS[state](NEWEST))
      assert.strictEqual(before.rows[0], 2)

      const out = yield* run({
        inputs: [task, { _tag: "Learn", on: true }],
        script: [write, edit, "Done."],
        answers: [deny, approve]
      })
      const [started, notice] = out.events
      assert.isTrue(started?._tag === "SessionStarted" && !started.training)
      assert.match(
        notice?._tag === "Notice" ? notice.message : "",
        new RegExp(`${state}.*continualcode lessons replay\\.`)
      )
      assert.deepStrictEqual(out.runs.map(({ tool }) => tool), ["edit_lines"])
      assert.deepStrictEqual([out.lessons, out.switched, out.revision], [[], [], 0])
      assert.include(out.tags, "Failure")
      assert.notInclude(out.tags, "LearningStarted")
      assert.deepStrictEqual(look(directory).rows, before.rows)

      const again = yield* run({
        inputs: [{ _tag: "UndoLesson" }, task],
        script: [write],
        answers: [deny]
      })
      assert.deepStrictEqual(again.events.flatMap((event) => event._tag === "LearningSwitched" ? [event.on] : []), [
        true
      ])
      assert.include(again.tags, "LearningFinished")
      assert.strictEqual(again.revision, 2)
      const last = yield* run({ inputs: [], script: [] })
      assert.deepStrictEqual([last.tags, last.revision], [["SessionStarted", "SessionEnded"], 2])
    }))
})
