import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import { existsSync, readdirSync, readFileSync, readlinkSync, watch } from "node:fs"
import { dirname } from "node:path"
import { type RunEnding, Runner, type RunnerLimits } from "../../core/Runner.ts"
import { hasBubblewrap } from "../testing/Bubblewrap.ts"
import { bubblewrap, none } from "./index.ts"

const PATH = `${dirname(process.execPath)}:${process.env["PATH"] ?? "/usr/bin:/bin"}`

/** Runs `use` with a folder of its own in which programs may write. */
const inFolder = <A, E>(
  layer: ReturnType<typeof none> | typeof bubblewrap,
  use: (
    run: (script: string, limits?: RunnerLimits, input?: string) => ReturnType<Runner["Service"]["run"]>,
    folder: string
  ) => Effect.Effect<A, E>
) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const folder = yield* Effect.flatMap(fs.makeTempDirectoryScoped({ prefix: "continualcode-run-" }), fs.realPath)
    const runner = yield* Runner
    return yield* use((script, limits, input) =>
      runner.run(
        {
          argv: ["sh", "-c", script],
          cwd: folder,
          env: { PATH },
          permissions: { write: [folder] },
          ...(limits === undefined ? {} : { limits })
        },
        input
      ), folder)
  }).pipe(Effect.scoped, Effect.provide(layer), Effect.provide(NodeServices.layer))

/** Living processes whose folder is this one. */
const livingIn = (folder: string): ReadonlyArray<string> =>
  (existsSync("/proc/self/stat") ? readdirSync("/proc") : []).filter((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`) === folder && !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"))
    } catch {
      return false
    }
  })

/** Waits until a file is there. */
const appears = (folder: string, name: string) =>
  Effect.callback<void>((resume) => {
    const look = () => existsSync(`${folder}/${name}`) && resume(Effect.void)
    const watcher = watch(folder, look)
    look()
    return Effect.sync(() => watcher.close())
  })

const limited = (limit: keyof RunnerLimits): RunEnding => ({ _tag: "Limit", limit })

/** Grows by 10 MB at a time, up to `most` MB; then ends, or goes on for a long time. */
const hungry = (most: number, stays = true) =>
  `node -e 'const all=[];for(let n=0;n<${most};n+=10)all.push(Buffer.alloc(1e7,1));console.log("grown");setTimeout(()=>all.length,${
    stays ? 1e6 : 0
  })'`

/** Doubles itself until there are some hundreds. */
const bomb = "f() { if [ $1 -gt 0 ]; then f $(($1-1)) & f $(($1-1)) & fi; sleep 300; }; f 8"

const runners: ReadonlyArray<readonly [string, boolean, ReturnType<typeof none> | typeof bubblewrap]> = [
  ["none", true, none()],
  ["bubblewrap", hasBubblewrap, bubblewrap]
]

for (const [name, here, layer] of runners) {
  describe(`a program run with ${name}`, () => {
    const live = it.live.skipIf(!here)

    live(
      "gives its exit code, what it wrote, and reads its input",
      () =>
        inFolder(layer, (run) =>
          Effect.gen(function*() {
            const { seconds, ...outcome } = yield* run(
              "read a; echo \"got $a\"; echo bad >&2; exit 3",
              {},
              "one\ntwo\n"
            )
            assert.deepStrictEqual(outcome, { ending: { _tag: "Exit", code: 3 }, stdout: "got one\n", stderr: "bad\n" })
            assert.isAbove(seconds, 0)
            assert.strictEqual((yield* run("cat; echo end")).stdout, "end\n")
            assert.strictEqual((yield* run("echo \"$HOME$TINKER_API_KEY\"")).stdout, "\n")
            assert.deepStrictEqual((yield* run("kill -SEGV $$")).ending._tag, name === "none" ? "Signal" : "Exit")
          }))
    )

    live(
      "ends one that goes on for ever, and what it started",
      () =>
        inFolder(layer, (run, folder) =>
          Effect.gen(function*() {
            const outcome = yield* run("trap '' TERM; setsid sleep 300 & echo on; while :; do :; done", { seconds: 1 })
            assert.deepStrictEqual([outcome.ending, outcome.stdout], [limited("seconds"), "on\n"])
            assert.isBelow(outcome.seconds, 10)
            assert.deepStrictEqual(livingIn(folder), [])
          }))
    )

    live(
      "ends one that writes for ever, and keeps what is within the limit",
      () =>
        inFolder(layer, (run, folder) =>
          Effect.gen(function*() {
            const outcome = yield* run("yes & yes no >&2", { output: 100_000 })
            assert.deepStrictEqual(outcome.ending, limited("output"))
            assert.strictEqual(outcome.stdout.length + outcome.stderr.length, 100_000)
            assert.deepStrictEqual(livingIn(folder), [])
            assert.deepStrictEqual((yield* run("yes")).ending, limited("output"), "there is always a limit")
          }))
    )

    live(
      "does not let one process take more memory, nor many together",
      () =>
        inFolder(layer, (run, folder) =>
          Effect.gen(function*() {
            const memory = 300_000_000
            assert.strictEqual((yield* run(hungry(100, false), { memory, seconds: 20 })).stdout, "grown\n")
            const one = yield* run(hungry(2000), { memory, seconds: 20 })
            assert.deepStrictEqual([one.ending, one.stdout], [limited("memory"), ""])
            // What it only asks for, the system refuses beyond some measure.
            const asking = yield* run(`node -e 'new Uint8Array(6e9)'`, { memory, seconds: 20 })
            assert.notDeepEqual(asking.ending, { _tag: "Exit", code: 0 })
            const many = yield* run(Array.from({ length: 6 }, () => `${hungry(150)} &`).join(" ") + " wait", {
              memory,
              seconds: 20
            })
            assert.deepStrictEqual(many.ending, limited("memory"))
            assert.deepStrictEqual(livingIn(folder), [])
          }))
    )

    live("does not let one become many", () =>
      inFolder(layer, (run, folder) =>
        Effect.gen(function*() {
          const few = yield* run("sleep 0.1 & sleep 0.1 & wait; echo few", { processes: 20 })
          assert.strictEqual(few.stdout, "few\n")
          const many = yield* run(bomb, { processes: 20, seconds: 20 })
          assert.deepStrictEqual(many.ending, limited("processes"))
          assert.deepStrictEqual(livingIn(folder), [])
        })))

    live(
      "leaves nothing behind when it ends, nor when it is given up",
      () =>
        inFolder(layer, (run, folder) =>
          Effect.gen(function*() {
            const left = yield* run(
              "setsid sleep 300 >/dev/null 2>&1 </dev/null & nohup sleep 301 >/dev/null 2>&1 & echo done"
            )
            assert.deepStrictEqual([left.ending, left.stdout], [{ _tag: "Exit", code: 0 }, "done\n"])
            assert.deepStrictEqual(livingIn(folder), [])
            const fiber = yield* Effect.forkChild(run("setsid sleep 300 & touch on; sleep 301"))
            yield* appears(folder, "on")
            yield* Fiber.interrupt(fiber)
            assert.deepStrictEqual(livingIn(folder), [])
          }))
    )
  })
}

describe("a program that cannot be run", () => {
  it.live("is an error that says what to do", () =>
    Effect.gen(function*() {
      const runner = yield* Runner
      const error = yield* Effect.flip(
        runner.run({ argv: ["no-such-program"], cwd: "/", env: { PATH: "/usr/bin:/bin" }, permissions: {} })
      )
      assert.strictEqual(error.reason, "Command")
      assert.match(error.message, /^no-such-program could not be started \(NotFound\)\. Install it/)
    }).pipe(Effect.provide(none()), Effect.provide(NodeServices.layer)))
})

describe.skipIf(!hasBubblewrap)("bubblewrap", () => {
  it.live("counts files in memory as memory", () =>
    inFolder(bubblewrap, (run) =>
      Effect.gen(function*() {
        const full = yield* run("head -c 300000000 /dev/zero > /dev/shm/f", { memory: 200_000_000, seconds: 20 })
        assert.notDeepEqual(full.ending, { _tag: "Exit", code: 0 })
        assert.match(full.stderr, /No space left/)
      })))

  it.live("says what it refused a program", () =>
    inFolder(bubblewrap, (run) =>
      Effect.gen(function*() {
        const { ending, refusal } = yield* run("echo x > /usr/x")
        assert.notDeepEqual(ending, { _tag: "Exit", code: 0 })
        assert.match(refusal ?? "", /^the sandbox \(bubblewrap\) did not let it write/)
      })))
})
