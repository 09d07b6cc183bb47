import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { ToolSandbox } from "../../core/ToolSandbox.ts"
import { Workspace } from "../../core/Workspace.ts"
import { callTool, inProject } from "../testing/TempProject.ts"

const start = (command: string) => callTool("bash", { command, background: true })
const jobs = (action: string, job?: string) => callTool("jobs", job === undefined ? { action } : { action, job })

/** Asks until it is so. */
const until = <E, R>(look: Effect.Effect<boolean, E, R>) =>
  Effect.flatMap(look, (so) => so ? Effect.void : Effect.fail("not yet" as const)).pipe(
    Effect.eventually
  )

describe("jobs", () => {
  it.live("a command goes on in the background and can be looked at", () =>
    inProject(
      {},
      Effect.gen(function*() {
        assert.strictEqual((yield* jobs("list")).output, "There are no background jobs.")
        assert.deepStrictEqual(yield* start("echo up; cat fifo; echo down; exit 4"), {
          output: "Started job-1 in the background: echo up; cat fifo; echo down; exit 4\n"
            + "Look at it with jobs; it ends with the session.",
          success: true
        })
        yield* until(
          Effect.map(jobs("read", "job-1"), ({ output }) => output.includes("exit code 4\n") || output.includes("down"))
        )
        yield* until(Effect.map(jobs("list"), ({ output }) => output.includes("ended")))
        const { output } = yield* jobs("read", "job-1")
        assert.match(output, /^up\ncat: fifo: .*\ndown\n\(job-1 {2}ended with exit code 4 {2}echo up; .*\)$/)
      })
    ))

  it.live("stopping one ends all its processes", () =>
    inProject(
      {},
      Effect.gen(function*() {
        const { root } = yield* Workspace
        yield* start("setsid sh -c 'echo $$ > a.pid; exec sleep 300' & echo $$ > b.pid; wait")
        yield* start("sleep 300")
        const there = (name: string) =>
          existsSync(join(root, name)) && readFileSync(join(root, name), "utf8").endsWith("\n")
        yield* until(Effect.sync(() => there("a.pid") && there("b.pid")))
        const { output } = yield* jobs("stop", "job-1")
        assert.match(output, /^\(no output\)\n\(job-1 {2}stopped {2}setsid /)
        for (const name of ["a.pid", "b.pid"]) {
          assert.isFalse(existsSync(`/proc/${readFileSync(join(root, name), "utf8").trim()}/exe`))
        }
        assert.match((yield* jobs("list")).output, /^job-1 {2}stopped {2}.*\njob-2 {2}running {2}sleep 300$/)
        const { end } = yield* ToolSandbox
        assert.deepStrictEqual(yield* end ?? Effect.succeed([]), ["job-2 was still running and was ended: sleep 300"])
        assert.deepStrictEqual(yield* end ?? Effect.succeed([]), [])
      })
    ))

  it.live("the session's end ends them", () =>
    Effect.gen(function*() {
      const pid = yield* inProject(
        {},
        Effect.gen(function*() {
          const { root } = yield* Workspace
          yield* start("echo $$ > own.pid; exec sleep 300")
          yield* until(Effect.sync(() =>
            existsSync(join(root, "own.pid")) && readFileSync(join(root, "own.pid"), "utf8").endsWith("\n")
          ))
          return readFileSync(join(root, "own.pid"), "utf8").trim()
        })
      )
      assert.isFalse(existsSync(`/proc/${pid}/exe`))
    }))

  it.live("says which jobs there are when another is asked for", () =>
    inProject(
      {},
      Effect.gen(function*() {
        assert.strictEqual((yield* jobs("read")).output, "read needs job; there are none")
        yield* start("sleep 300")
        assert.strictEqual((yield* jobs("stop", "job-7")).output, "there is no job job-7; there are job-1")
      })
    ))
})
