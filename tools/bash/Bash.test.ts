import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { existsSync, readFileSync, watch } from "node:fs"
import { join } from "node:path"
import { Workspace } from "../../core/Workspace.ts"
import { MAX_LINES, MAX_OUTPUT_BYTES } from "../common/Limits.ts"
import { callTool, inProject } from "../testing/TempProject.ts"
import { bash } from "./Bash.ts"
import { runCommand } from "./RunCommand.ts"

const run = (command: string) => inProject({}, callTool("bash", { command }))

/** Waits until a file with content appears in a folder. */
const appears = (folder: string, name: string) =>
  Effect.callback<string>((resume) => {
    const look = () => {
      const path = join(folder, name)
      const text = existsSync(path) ? readFileSync(path, "utf8") : ""
      if (text.endsWith("\n")) resume(Effect.succeed(text.trim()))
    }
    const watcher = watch(folder, look)
    look()
    return Effect.sync(() => watcher.close())
  })

/** Whether a process is there and is more than an entry that nobody has collected. */
const alive = (pid: string): boolean => {
  try {
    process.kill(Number(pid), 0)
  } catch {
    return false
  }
  const status = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, "utf8") : ""
  return !/\) [ZX] /.test(status)
}

describe("bash", () => {
  it.live("gives output and errors in the order in which they were written", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* run("echo a; echo b >&2; echo c; echo d >&2"), {
        output: "a\nb\nc\nd",
        success: true
      })
    }))

  it.live("runs in the project's folder, with bash", () =>
    inProject({ "a.txt": "one\n" }, callTool("bash", { command: "[[ -f a.txt ]] && cat < <(cat a.txt)" })).pipe(
      Effect.map((result) => assert.deepStrictEqual(result, { output: "one", success: true }))
    ))

  it.live("keeps the output of a failing command and says its exit code", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* run("echo half; exit 3"), {
        output: "half\n(exit code 3)",
        success: false,
        feedback: "the command failed with exit code 3; its output says why"
      })
      assert.strictEqual((yield* run("false")).output, "(no output)\n(exit code 1)")
      assert.match((yield* run("no-such-program")).output, /no-such-program: command not found\n\(exit code 127\)$/)
    }))

  it.live("says when there is no output", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* run("true"), { output: "(no output)", success: true })
    }))

  it.live("says which signal ended a command", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* run("echo a; kill -SEGV $$"), {
        output: "a\n(killed by SIGSEGV)",
        success: false,
        feedback: "the command was killed by SIGSEGV; run a smaller one"
      })
    }))

  it.live("has no input, no pager, no prompt", () =>
    Effect.gen(function*() {
      const { output } = yield* run(
        "cat; echo $TERM,$PAGER,$GIT_PAGER,$GIT_TERMINAL_PROMPT,$CONTINUALCODE; test -t 0 || echo pipe"
      )
      assert.strictEqual(output, "dumb,cat,cat,0,1\npipe")
    }))

  it.live("takes terminal codes out and of a redrawn line keeps the last state", () =>
    Effect.gen(function*() {
      const { output } = yield* run("printf '\\033[31mred\\033[0m\\r\\n10%%\\r100%%\\nbell\\a\\n'")
      assert.strictEqual(output, "red\n100%\nbell")
    }))

  it.live("refuses an empty command", () =>
    Effect.gen(function*() {
      const reason = "the command is empty; give a shell command"
      assert.deepStrictEqual(yield* run("  \n"), { output: reason, success: false, feedback: reason })
    }))

  it.live("keeps beginning and end of long output, and says how much is missing", () =>
    Effect.gen(function*() {
      const { output } = yield* run("seq 1 300000")
      assert.isBelow(Buffer.byteLength(output), MAX_OUTPUT_BYTES + 200)
      assert.isAtMost(output.split("\n").length, MAX_LINES + 1)
      const [before = "", after = ""] = output.split(
        /\n\(\d+ bytes left out; send the output to a file to see all of it\)\n/
      )
      assert.isTrue(before.startsWith("1\n2\n3\n"))
      assert.isTrue(after.endsWith("\n299999\n300000"))
      const left = Number(/\((\d+) bytes left out/.exec(output)?.[1])
      assert.strictEqual(left, 1_988_895 - Buffer.byteLength(before) - 1 - Buffer.byteLength(after) - 1)
    }))

  it.effect("stops at the time limit, the whole tree, and keeps what was said until then", () =>
    inProject(
      {},
      Effect.gen(function*() {
        const { root } = yield* Workspace
        const running = yield* Effect.forkChild(runCommand(
          "sh -c 'echo $$ > child.pid; sleep 300' & echo started; echo $$ > own.pid; wait",
          Duration.millis(500)
        ))
        // However long the processes take to start, the limit comes after that.
        yield* appears(root, "child.pid")
        yield* appears(root, "own.pid")
        yield* TestClock.adjust("500 millis")
        const result = yield* Fiber.join(running)
        assert.deepStrictEqual(result, {
          output: "started\n(stopped after 0.5 s)",
          success: false,
          feedback: "the command ran longer than 0.5 s and was stopped; run one that ends sooner"
        })
        assert.isFalse(alive(readFileSync(join(root, "child.pid"), "utf8").trim()))
      })
    ))

  it.live("an interruption takes the whole tree along, even what ignores the first request", () =>
    inProject(
      {},
      Effect.gen(function*() {
        const { root } = yield* Workspace
        const fiber = yield* Effect.forkChild(
          callTool("bash", {
            command:
              "trap '' TERM; sh -c 'trap \"\" TERM; echo $$ > child.pid; while :; do sleep 1; done' & echo $$ > own.pid; wait"
          })
        )
        const child = yield* appears(root, "child.pid")
        const own = yield* appears(root, "own.pid")
        assert.isTrue(alive(child) && alive(own))
        yield* Fiber.interrupt(fiber)
        assert.isFalse(alive(child))
        assert.isFalse(alive(own))
      })
    ))

  it.live("does not wait for what a command leaves behind, and stops it", () =>
    inProject(
      {},
      Effect.gen(function*() {
        const { root } = yield* Workspace
        const { output } = yield* callTool("bash", {
          command: "sleep 300 >/dev/null 2>&1 & echo $! > left.pid; echo done"
        })
        assert.strictEqual(output, "done")
        assert.isFalse(alive(readFileSync(join(root, "left.pid"), "utf8").trim()))
      })
    ))

  it.effect("the preview is the command", () =>
    inProject(
      {},
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* bash.preview!({ command: "ls | wc" }), {
          _tag: "WouldRun",
          preview: { _tag: "Text", text: "ls | wc" }
        })
      })
    ))
})
