import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { FeedbackStore } from "../core/FeedbackStore.ts"
import { ledger } from "../plugins/ledger/index.ts"
import { demoCopy } from "./helpers/DemoCopy.ts"
import { onDeno, onNode, runProgram } from "./helpers/HeadlessProgram.ts"
import { only } from "./helpers/Moves.ts"

const deny = { _tag: "Deny", correction: "use node --test" } as const
const cancel = { _tag: "Cancel" } as const
/** Every difference is worth a step, and one update is enough to see it. */
const eager = ["gate=0", "inner_steps=1", "-p", "run the tests"]
/** A step that takes long: many updates of hardly any size. */
const endless = [...eager, "inner_steps=100", "divergence_budget=1000", "learning_rate=0.000001"]

const newest = (directory: string) =>
  FeedbackStore.use((store) =>
    Effect.gen(function*() {
      const lessons = yield* store.lessons
      const last = lessons.at(-1)
      const snapshot = last === undefined ? undefined : yield* store.latestSnapshot(last.lesson.modelIdentity)
      return { lessons, revision: snapshot === undefined ? 0 : Option.getOrThrow(snapshot).revision }
    })
  ).pipe(Effect.provide(ledger(join(directory, ".continualcode"))))

describe("the whole program", () => {
  for (const [runtime, command] of [["Node", onNode], ["Deno", onDeno]] as const) {
    it.live(`learns a denial for good on ${runtime}`, () =>
      Effect.gen(function*() {
        const directory = yield* demoCopy
        const before = readFileSync(join(directory, "src/calc.js"), "utf8")
        const first = yield* runProgram({
          command,
          directory,
          args: eager,
          answer: (_, number) => number === 0 ? deny : cancel
        })
        const [finished] = only(first.lines, "LearningFinished")
        const step = finished?.outcome._tag === "Stepped" ? finished.outcome.step : undefined
        assert.isDefined(step, first.errors)
        assert.isBelow(step?.evidence.attemptLogProbAfter ?? 0, step?.evidence.attemptLogProbBefore ?? 0)
        assert.strictEqual(only(first.lines, "CallProposed").at(-1)?.retry, true)
        assert.deepStrictEqual([first.code, only(first.lines, "Result")[0]?.steps], [3, 1])
        assert.strictEqual(readFileSync(join(directory, "src/calc.js"), "utf8"), before)

        const stored = yield* newest(directory)
        assert.deepStrictEqual([stored.lessons.length, stored.revision], [1, step?.revision ?? -1])

        const second = yield* runProgram({ command, directory, args: eager, answer: () => cancel })
        assert.strictEqual(only(second.lines, "SessionStarted")[0]?.revision, step?.revision)
        assert.match(
          first.errors,
          /First start in this project: nothing leaves this machine.*lessons where\n.*For a coder: continualcode models get/
        )
        assert.notInclude(second.errors, "First start")
      }))
  }

  it.live("killed in the middle of a step, it is as before the step at the next start", () =>
    Effect.gen(function*() {
      const directory = yield* demoCopy
      const killed = yield* runProgram({
        directory,
        args: endless,
        answer: () => deny,
        watch: (line, kill) => {
          if (line._tag === "LearningProgress") kill("SIGKILL")
        }
      })
      assert.strictEqual(killed.code, null)
      assert.deepStrictEqual(yield* newest(directory), { lessons: [], revision: 0 })
      const next = yield* runProgram({ directory, args: eager, answer: (_, number) => number === 0 ? deny : cancel })
      assert.strictEqual(only(next.lines, "SessionStarted")[0]?.revision, 0)
      assert.strictEqual(only(next.lines, "LearningFinished").length, 1)
    }))

  it.live("terminated in the middle of a step, it says so, drops the step and ends with 143", () =>
    Effect.gen(function*() {
      const directory = yield* demoCopy
      const stopped = yield* runProgram({
        directory,
        args: endless,
        answer: () => deny,
        watch: (line, kill) => {
          if (line._tag === "LearningProgress" && line.inner.index === 0) kill("SIGTERM")
        }
      })
      assert.strictEqual(stopped.code, 143, stopped.errors)
      assert.strictEqual(only(stopped.lines, "LearningFailed").length, 1)
      assert.strictEqual((yield* newest(directory)).revision, 0)
    }))

  it.live("with training off, it obeys and learns nothing", () =>
    Effect.gen(function*() {
      const directory = yield* demoCopy
      const out = yield* runProgram({
        directory,
        args: [...eager, "enable_training=false"],
        answer: (_, number) => number === 0 ? deny : cancel
      })
      assert.strictEqual(only(out.lines, "SessionStarted")[0]?.training, false)
      assert.strictEqual(only(out.lines, "CallProposed").length, 2)
      assert.deepStrictEqual(yield* newest(directory), { lessons: [], revision: 0 })
    }))

  it.live("is told who has its state folder", () =>
    Effect.gen(function*() {
      const directory = yield* demoCopy
      yield* Layer.build(ledger(join(directory, ".continualcode")))
      const refused = yield* runProgram({ directory, args: eager, answer: () => cancel })
      assert.strictEqual(refused.code, 2)
      assert.include(refused.errors, `Another continualcode (process ${process.pid})`)
      assert.include(refused.errors, "state_dir=")
    }))
})
