import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { existsSync, readdirSync, readFileSync, watch } from "node:fs"
import { join } from "node:path"
import { hasBubblewrap } from "../tools/testing/Bubblewrap.ts"
import { demoCopy } from "./helpers/DemoCopy.ts"
import { runProgram } from "./helpers/HeadlessProgram.ts"
import { only } from "./helpers/Moves.ts"

/** Processes with this in their command line. */
const processesWith = (mark: string): number =>
  (existsSync("/proc/self/stat") ? readdirSync("/proc") : []).filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(mark)
    } catch {
      return false
    }
  }).length

/** Whatever the model wants to do, this command is what runs. */
const instead = (command: string) => (_: unknown, number: number) =>
  number === 0 ? { _tag: "Edit", arguments: { command } } as const : { _tag: "Cancel" } as const

const asked = ["enable_training=false", "-p", "run the tests"]

describe("the program and its sandbox", () => {
  it.live.skipIf(!hasBubblewrap)(
    "tells what bubblewrap refused as that, and never as the user's denial",
    () =>
      Effect.gen(function*() {
        const directory = yield* demoCopy
        const command = "echo more > README.md && echo x > /usr/continualcode-test"
        const { lines, errors } = yield* runProgram({
          directory,
          args: ["sandbox=bubblewrap", ...asked],
          answer: instead(command)
        })
        assert.strictEqual(only(lines, "SessionStarted")[0]?.sandbox, "bubblewrap", errors)
        const { call, result } = only(lines, "ToolFinished")[0] ?? {}
        assert.deepStrictEqual([call?.tool, call?.arguments["command"]], ["bash", command])
        assert.isFalse(result?.success)
        assert.match(
          result?.output ?? "",
          /\(exit code \d+\)\n\(the sandbox \(bubblewrap\) did not let it write outside/
        )
        assert.match(result?.feedback ?? "", /^the sandbox \(bubblewrap\) did not let it/)
        assert.deepStrictEqual(only(lines, "VerdictGiven").map(({ verdict }) => verdict._tag), ["Edit"])
        assert.strictEqual(readFileSync(join(directory, "README.md"), "utf8"), "more\n", "the project can be written")
        assert.isFalse(existsSync("/usr/continualcode-test"))
      })
  )

  it.live.skipIf(!hasBubblewrap)(
    "leaves no process when it is killed in the middle of a command",
    () =>
      Effect.gen(function*() {
        const directory = yield* demoCopy
        const mark = `mark-${process.pid}-${Date.now()}`
        const killed = yield* runProgram({
          directory,
          args: ["sandbox=bubblewrap", ...asked],
          answer: instead(
            `setsid sh -c ': ${mark}; sleep 1000' & nohup sh -c ': ${mark}; sleep 1000' & trap '' TERM HUP; echo up > up.txt; : ${mark}; wait`
          ),
          watch: (line, kill) => {
            if (line._tag !== "ToolStarted") return
            const watcher = watch(directory, () => {
              if (!existsSync(join(directory, "up.txt"))) return
              watcher.close()
              assert.isAbove(processesWith(mark), 1)
              kill("SIGKILL")
            })
          }
        })
        assert.strictEqual(killed.code, null)
        yield* Effect.sync(() => processesWith(mark)).pipe(Effect.repeat({ until: (count) => count === 0 }))
      })
  )

  for (const signal of ["SIGHUP", "SIGTERM"] as const) {
    it.live.skipIf(!existsSync("/proc/self/stat"))(
      `without a sandbox, a command and what it left in other sessions end when the program gets ${signal}`,
      () =>
        Effect.gen(function*() {
          const directory = yield* demoCopy
          const mark = `mark-${signal}-${process.pid}-${Date.now()}`
          const ended = yield* runProgram({
            directory,
            args: ["sandbox=none", ...asked],
            answer: instead(`setsid sh -c ': ${mark}; sleep 1000' & echo up > up.txt; : ${mark}; wait`),
            watch: (line, kill) => {
              if (line._tag !== "ToolStarted") return
              const watcher = watch(directory, () => {
                if (!existsSync(join(directory, "up.txt"))) return
                watcher.close()
                kill(signal)
              })
            }
          })
          assert.strictEqual(ended.code, 143, ended.errors)
          assert.strictEqual(processesWith(mark), 0)
        })
    )
  }

  it.live("says where there is none, with what can be done; one that is asked for by name ends the start", () =>
    Effect.gen(function*() {
      const directory = yield* demoCopy
      const env = { PATH: "/nowhere" }
      const without = yield* runProgram({ directory, env, args: asked, answer: () => ({ _tag: "Cancel" }) })
      assert.strictEqual(only(without.lines, "SessionStarted")[0]?.sandbox, "none", without.errors)
      const named = yield* runProgram({
        directory,
        env,
        args: ["sandbox=bubblewrap", ...asked],
        answer: () => ({ _tag: "Cancel" })
      })
      assert.strictEqual(named.code, 2)
      assert.match(
        named.errors,
        process.platform === "linux" ? /bubblewrap is not installed\. Install it/ : /bubblewrap/
      )
    }))
})
