import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { chmodSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { FeedbackStore } from "../../core/FeedbackStore.ts"
import { ledger } from "../../plugins/ledger/index.ts"
import { demoCopy } from "../helpers/DemoCopy.ts"
import { gpuPython, withoutGpuPython } from "../helpers/GpuEnvironment.ts"
import { runProgram } from "../helpers/HeadlessProgram.ts"
import { only } from "../helpers/Moves.ts"

const deny = { _tag: "Deny", correction: "use node --test" } as const
const cancel = { _tag: "Cancel" } as const
const task = { _tag: "Task", text: "run the tests" } as const
/** Of the doomed step twelve updates are still to come when its worker is killed. */
const UPDATES = 13

const stored = (directory: string) =>
  FeedbackStore.use((store) =>
    Effect.gen(function*() {
      const lessons = yield* store.lessons
      const last = lessons.at(-1)
      const snapshot = last === undefined ? Option.none() : yield* store.latestSnapshot(last.lesson.modelIdentity)
      return [lessons.length, Option.getOrUndefined(snapshot)?.revision]
    })
  ).pipe(Effect.provide(ledger(join(directory, ".continualcode"))))

if (gpuPython === undefined) {
  describe("a session on the gpu trainer", () => it.skip(withoutGpuPython, () => {}))
} else {
  const real = gpuPython
  describe("a session on the gpu trainer", () => {
    it.live(
      "goes on when its worker is killed while a call waits, and again in the middle of a step",
      () =>
        Effect.gen(function*() {
          const directory = yield* demoCopy
          const log = join(directory, ".continualcode.pids")
          const python = join(directory, ".continualcode.python")
          writeFileSync(python, `#!/bin/sh\n[ "$1" = -m ] && echo $$ >> '${log}'\nexec '${real}' "$@"\n`)
          chmodSync(python, 0o755)
          const workers = () => readFileSync(log, "utf8").trim().split("\n").map(Number)
          const killWorker = () => process.kill(workers().at(-1) ?? 0, "SIGKILL")
          const run = yield* runProgram({
            directory,
            args: [
              "trainer=gpu",
              "device=cpu",
              "threads=1",
              `python=${python}`,
              "gate=0",
              `inner_steps=${UPDATES}`,
              "divergence_budget=1000",
              "learning_rate=0.000001"
            ],
            answer: (_, number) => {
              if (number === 0) return deny
              if (number !== 2) return cancel
              killWorker()
              return undefined
            },
            watch: (line, _, say) => {
              if (line._tag === "SessionStarted") say(task)
              if (line._tag === "TurnCancelled") {
                if (workers().length > 1) return say({ _tag: "Quit" })
                say({ _tag: "Clear" })
                say(task)
              }
              if (line._tag === "Notice" && line.message.includes("was killed")) say(deny)
              if (line._tag === "LearningProgress" && workers().length === 2 && line.inner.index === 0) killWorker()
            }
          })
          const [learned, ...more] = only(run.lines, "LearningFinished")
          assert.strictEqual(learned?.outcome._tag, "Stepped", run.errors)
          assert.lengthOf(more, 0)
          assert.match(
            only(run.lines, "Notice").map(({ message }) => message).join("\n"),
            new RegExp(
              `was killed .SIGKILL[^]*The adapter is as it was .revision ${UPDATES}.; the worker is started again`
            )
          )
          const [failed] = only(run.lines, "LearningFailed")
          assert.match(failed?.message ?? "", /worker was killed|goes back to its last saved state/)
          // In both turns the call is denied and asked for anew: the second time by the third worker.
          assert.deepStrictEqual(only(run.lines, "CallProposed").map(({ retry }) => retry), [
            false,
            true,
            false,
            true
          ])
          assert.strictEqual(workers().length, 3)
          assert.strictEqual(only(run.lines, "Failure").length, 0)
          assert.notInclude(run.errors, "was killed")
          assert.strictEqual(run.code, 3)
          assert.deepStrictEqual(yield* stored(directory), [1, UPDATES])
        })
    )
  })
}
