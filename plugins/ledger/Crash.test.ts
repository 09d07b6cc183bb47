import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { setImmediate } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { FeedbackStore } from "../../core/FeedbackStore.ts"
import { chainOf } from "../../test/helpers/ChainBackend.ts"
import { ledger } from "./index.ts"

const program = fileURLToPath(new URL("../../test/helpers/CommitLoop.ts", import.meta.url))

/** Processes that are really killed, and how often each is caught in the act before. */
const RUNS = 6
const FREEZES = 35

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "crash-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const spin = (microseconds: number): void => {
  const start = process.hrtime.bigint()
  while (process.hrtime.bigint() - start < BigInt(Math.floor(microseconds)) * 1000n) { /* to the microsecond */ }
}

const isStopped = (pid: number): boolean => {
  const file = `/proc/${pid}/stat`
  const state = existsSync(file)
    ? readFileSync(file, "utf8").split(") ")[1]
    : execFileSync("ps", ["-o", "state=", "-p", String(pid)], { encoding: "utf8" })
  return /^\s*T/.test(state ?? "")
}

/** What is on the disk when a process stops existing here: it stands still while its files are copied. */
const corpse = (child: ChildProcess, directory: string, to: string): void => {
  child.kill("SIGSTOP")
  while (!isStopped(child.pid ?? -1)) { /* the signal is on its way */ }
  mkdirSync(to)
  for (const name of readdirSync(directory)) {
    if (name.startsWith("ledger.sqlite")) cpSync(join(directory, name), join(to, name))
  }
}

interface Remains {
  /** Operations that the ledger holds whole. */
  readonly operations: number
  readonly taught: ReadonlyArray<string>
}

/** Reads a ledger's file as it was left; adapter and lessons must agree. */
const examine = (directory: string): Remains => {
  const database = new DatabaseSync(join(directory, "ledger.sqlite"))
  const one = (sql: string) => Object.values(database.prepare(sql).get() ?? {})[0]
  const bytes = one("SELECT bytes FROM snapshots ORDER BY number DESC LIMIT 1")
  const taught = bytes instanceof Uint8Array ? chainOf(bytes).taught : []
  const active = database.prepare(
    "SELECT json_extract(body, '$.correction') AS said FROM lesson_states WHERE tag = 'Stepped' AND NOT is_undone ORDER BY number"
  ).all()
  const operations = Number(one(
    `SELECT (SELECT count(*) FROM lessons) + (SELECT count(*) FROM events
       WHERE tag IN ('LessonsUndone', 'LessonsForgotten', 'AdapterReplayed'))`
  ))
  assert.strictEqual(one("PRAGMA quick_check"), "ok")
  database.close()
  assert.deepStrictEqual(taught, active.map((row) => `${String(row["said"])}@1`))
  return { operations, taught }
}

/** The adapter that the next start takes up. */
const resumed = (directory: string) =>
  FeedbackStore.use(({ latestSnapshot }) => latestSnapshot("model-a")).pipe(
    Effect.map(Option.match({ onNone: () => [], onSome: ({ bytes }) => chainOf(bytes).taught })),
    Effect.provide(Layer.fresh(ledger(directory)))
  )

describe("a killed process", () => {
  it.live(
    "leaves ledger and adapter agreeing, and everything it acknowledged, whenever it dies",
    () =>
      Effect.gen(function*() {
        const root = yield* folder
        const directory = join(root, "state")
        let before: Remains = { operations: 0, taught: [] }
        let between = 0
        for (let run = 0; run < RUNS; run++) {
          const output = join(root, `acknowledged-${run}`)
          const lines = (): ReadonlyArray<ReadonlyArray<string>> =>
            readFileSync(output, "utf8").split("\n").slice(0, -1).map((line) => JSON.parse(line))
          const fd = openSync(output, "w")
          const child = yield* Effect.acquireRelease(
            Effect.sync(() =>
              spawn(process.execPath, [program, directory, String(run + 1)], { stdio: ["ignore", fd, "inherit"] })
            ),
            (started) => Effect.sync(() => started.kill("SIGKILL"))
          )
          closeSync(fd)
          const ended = new Promise((resolve) => child.on("close", resolve))
          const remains: Array<{ readonly found: Remains; readonly acknowledged: number }> = []
          let seen = 0
          for (let freeze = 0; freeze < FREEZES; freeze++) {
            while (lines().length === seen) {
              assert.isNull(child.exitCode)
              yield* Effect.promise(() => setImmediate())
            }
            spin((freeze * 733) % 6000)
            const copy = join(root, `copy-${run}-${freeze}`)
            corpse(child, directory, copy)
            seen = lines().length
            child.kill("SIGCONT")
            remains.push({ found: examine(copy), acknowledged: seen })
            rmSync(copy, { recursive: true })
          }
          spin(run * 997)
          child.kill("SIGKILL")
          yield* Effect.promise(() => ended)
          const all = lines()
          const next = yield* resumed(directory)
          const after = examine(directory)
          assert.deepStrictEqual(next, after.taught)
          remains.push({ found: after, acknowledged: all.length })
          for (const { acknowledged, found } of remains) {
            const whole = found.operations - before.operations
            assert.isTrue(whole === acknowledged || whole === acknowledged + 1, `${whole} of ${acknowledged} are there`)
            between += whole - acknowledged
            // What an operation left is what its acknowledgement says, also when that came after the copy was made.
            const said = whole === 0 ? before.taught : all[whole - 1]
            if (said !== undefined) assert.deepStrictEqual(found.taught, said)
          }
          before = after
        }
        // Some were caught after a commit and before its acknowledgement: the moments are as random as they should be.
        assert.isAbove(between, 0)
      })
  )
})
