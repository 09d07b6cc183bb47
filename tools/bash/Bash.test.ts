import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import * as ConfigProvider from "effect/ConfigProvider"
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync, watch } from "node:fs"
import { join } from "node:path"
import type { CallArguments } from "../../core/domain/Call.ts"
import { ToolSandbox } from "../../core/ToolSandbox.ts"
import { Workspace } from "../../core/Workspace.ts"
import { MAX_LINES, MAX_OUTPUT_BYTES } from "../common/Limits.ts"
import { callTool, callWithMeta, inProject } from "../testing/TempProject.ts"
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
        /\n\(\d+ bytes left out; all of it is in [^\n]*\)\n/
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
          root,
          Duration.millis(500)
        ))
        // However long the processes take to start, the limit comes after that.
        yield* appears(root, "child.pid")
        yield* appears(root, "own.pid")
        yield* TestClock.adjust("500 millis")
        const passing = Effect.forever(Effect.andThen(TestClock.adjust("10 millis"), Effect.yieldNow))
        const { meta, ...result } = yield* Effect.raceFirst(Fiber.join(running), passing)
        assert.strictEqual(meta.timedOut, true)
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

  const escapes = {
    "in the background": "sleep 300 &",
    "in a session of its own": "setsid sleep 300 &",
    "behind a time limit": "timeout 600 sh -c 'sleep 300; echo no' &",
    "forked twice": "(setsid sh -c 'sleep 300 & exec sleep 301' &)",
    "with an environment of its own": "env -i setsid sleep 300 >/dev/null 2>&1 </dev/null &",
    "deaf to the first request": "setsid sh -c 'trap \"\" TERM HUP INT; while :; do sleep 300; done' >/dev/null 2>&1 &"
  }
  /** Processes with a command line of ours that live now. */
  const sleepers = (root: string) =>
    Effect.sync(() =>
      readdirSync("/proc").filter((pid) => {
        try {
          return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`) === root && alive(pid)
        } catch {
          return false
        }
      })
    )

  for (const [how, command] of Object.entries(escapes)) {
    it.live.skipIf(!existsSync("/proc/self/stat"))(`ends what is left running ${how}, and says so`, () =>
      inProject(
        {},
        Effect.gen(function*() {
          const { root } = yield* Workspace
          const { meta, output, success } = yield* callWithMeta("bash", { command: `${command}\necho done` })
          assert.isTrue(success)
          assert.match(output, /^done\n\(ended \d process(es)? left running: .*sleep 30\d/)
          assert.isAtLeast(meta?.leftovers?.length ?? 0, 1)
          assert.deepStrictEqual(yield* sleepers(root), [])
        })
      ))

    it.live.skipIf(!existsSync("/proc/self/stat"))(`an interruption ends what runs ${how}`, () =>
      inProject(
        {},
        Effect.gen(function*() {
          const { root } = yield* Workspace
          const fiber = yield* Effect.forkChild(
            callTool("bash", { command: `${command}\necho $$ > own.pid; sleep 302; echo no` })
          )
          yield* appears(root, "own.pid")
          assert.isAtLeast((yield* sleepers(root)).length, 2)
          yield* Fiber.interrupt(fiber)
          assert.deepStrictEqual(yield* sleepers(root), [])
        })
      ))
  }

  it.live("lets what finishes by itself finish", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* run("sh -c 'sleep 0.05; echo late' & echo early"), {
        output: "early\nlate",
        success: true
      })
    }))

  it.live("passes on where things are, and no secrets", () =>
    inProject(
      {},
      Effect.gen(function*() {
        const { output } = yield* callTool("bash", { command: "env" })
        assert.match(output, /^PATH=\/bin-of-the-test:/m)
        assert.notMatch(output, /hunter2|TINKER_API_KEY|HF_TOKEN|AWS_/)
        assert.match(output, /^CONTINUALCODE_CALL=[0-9a-f-]{36}$/m)
      }).pipe(
        Effect.provide(ConfigProvider.layer(ConfigProvider.fromUnknown({
          PATH: `/bin-of-the-test:${process.env["PATH"]}`,
          HOME: "/home/of/the/test",
          TINKER_API_KEY: "hunter2",
          HF_TOKEN: "hunter2",
          AWS_SECRET_ACCESS_KEY: "hunter2",
          GITHUB_TOKEN: "hunter2"
        })))
      )
    ))

  it.live("keeps the whole of a long output in a file of the user's own", () =>
    inProject(
      {},
      Effect.gen(function*() {
        const { meta, output } = yield* callWithMeta("bash", { command: "seq 1 300000; exit 3" })
        const file = meta?.spilled ?? ""
        assert.include(output, `bytes left out; all of it is in ${file})`)
        assert.strictEqual(readFileSync(file, "utf8"), Array.from({ length: 300_000 }, (_, i) => `${i + 1}\n`).join(""))
        assert.strictEqual(statSync(file).mode & 0o777, 0o600)
        assert.deepStrictEqual([meta?.truncated, meta?.exitCode], [true, 3])
        const short = yield* callWithMeta("bash", { command: "seq 1 3" })
        assert.deepStrictEqual([short.meta?.truncated, short.meta?.spilled], [undefined, undefined])
      })
    ))

  it.live("stops at the limit of the call, which is at most ten minutes", () =>
    inProject(
      {},
      Effect.gen(function*() {
        const { output } = yield* callTool("bash", { command: "echo a; sleep 300", timeout: 1 })
        assert.strictEqual(output, "a\n(stopped after 1 s)")
        const { output: wrong } = yield* callTool("bash", { command: "true", timeout: 601 })
        assert.strictEqual(wrong, "timeout of bash is 601, but must be an integer of at least 1 and at most 600.")
      })
    ))

  it.live("runs in a folder of the project", () =>
    inProject(
      { "src/a.txt": "here\n" },
      Effect.gen(function*() {
        assert.strictEqual((yield* callTool("bash", { command: "cat a.txt", workdir: "src" })).output, "here")
        assert.strictEqual(
          (yield* callTool("bash", { command: "ls", workdir: ".." })).output,
          ".. is outside the project; only files in the project can be used, or what the user allows with /permissions allow read PATH"
        )
        assert.strictEqual(
          (yield* callTool("bash", { command: "ls", workdir: "src/a.txt" })).output,
          "src/a.txt is no folder; give a folder of the project as workdir"
        )
      })
    ))

  it.live("showing a file with cat counts as reading it", () =>
    inProject(
      { "a.txt": "one\n", "b.txt": "two\n" },
      Effect.gen(function*() {
        yield* callTool("bash", { command: "cat a.txt" })
        yield* callTool("bash", { command: "cat b.txt | head -c1" })
        assert.isTrue((yield* callTool("write", { path: "a.txt", content: "1\n" })).success)
        assert.isFalse((yield* callTool("write", { path: "b.txt", content: "2\n" })).success)
      })
    ))

  it.effect("the preview is the command", () =>
    inProject(
      {},
      Effect.gen(function*() {
        const sandbox = yield* ToolSandbox
        const preview = (parameters: CallArguments) => sandbox.preview({ id: "1", tool: "bash", arguments: parameters })
        const plain = yield* preview({ command: "ls | wc" })
        assert.deepStrictEqual(plain._tag === "WouldRun" ? plain.preview : undefined, { _tag: "Text", text: "ls | wc" })
        const more = yield* preview({ command: "ls", workdir: ".", timeout: 5, background: true })
        assert.deepStrictEqual(more._tag === "WouldRun" ? more.preview?.notes : undefined, [
          "In ..",
          "For at most 5 seconds.",
          "In the background, until it ends, is stopped, or the session ends."
        ])
      })
    ))
})
