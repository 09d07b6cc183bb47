import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { FeedbackStore } from "../../core/FeedbackStore.ts"
import { adapterBytes } from "../../test/helpers/CommitLoop.ts"
import { ledger } from "./index.ts"

const program = fileURLToPath(new URL("../../test/helpers/CommitLoop.ts", import.meta.url))

/** Starts the committing program, kills it `delay` microseconds after its `commits`-th line, and waits for its end. */
const killedRun = (directory: string, commits: number, delay: number) =>
  Effect.callback<number>((resume) => {
    const child = spawn(process.execPath, [program, directory], { stdio: ["ignore", "pipe", "inherit"] })
    let acknowledged = 0
    child.stdout.on("data", (chunk: Buffer) => {
      acknowledged += chunk.toString().split("\n").length - 1
      if (acknowledged < commits) return
      const start = process.hrtime.bigint()
      while (process.hrtime.bigint() - start < BigInt(delay) * 1000n) { /* hits a random point of the next commit */ }
      child.kill("SIGKILL")
    })
    child.on("close", () => resume(Effect.succeed(acknowledged)))
    return Effect.sync(() => child.kill("SIGKILL"))
  })

describe("a killed process", () => {
  it.live("leaves ledger and adapter at the same step, whenever it dies", () =>
    Effect.gen(function*() {
      const directory = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "crash-"))),
        (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
      )
      let before = 0
      for (let run = 0; run < 20; run++) {
        const acknowledged = yield* killedRun(directory, 1 + run % 3, (run * 733) % 4000)
        yield* Effect.gen(function*() {
          const store = yield* FeedbackStore
          const lessons = yield* store.lessons
          const snapshot = yield* store.latestSnapshot("model-a")
          assert.isAtLeast(lessons.length, before + acknowledged)
          assert.strictEqual(Option.getOrUndefined(snapshot)?.revision, lessons.length)
          assert.deepStrictEqual(Option.getOrUndefined(snapshot)?.bytes, adapterBytes(lessons.length))
          const last = lessons.at(-1)?.outcome
          assert.strictEqual(last?._tag === "Stepped" ? last.step.revision : -1, lessons.length)
          before = lessons.length
        }).pipe(Effect.provide(Layer.fresh(ledger(directory))))
      }
    }), 60_000)
})
