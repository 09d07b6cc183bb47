import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { bundledModel } from "../../trainers/pocket/index.ts"
import type { FakeTinkerOptions } from "../../trainers/tinker-sdk/testing/index.ts"
import { demoCopy } from "../helpers/DemoCopy.ts"
import { runProgram } from "../helpers/HeadlessProgram.ts"
import { only } from "../helpers/Moves.ts"

const script = fileURLToPath(new URL("../helpers/TinkerServer.ts", import.meta.url))

/** A server's process on a port, 0 for any; resolves when it listens. */
const startServer = (port: number, folder: string, behaviour: FakeTinkerOptions) => {
  const child = spawn(process.execPath, [script, String(port), folder, JSON.stringify(behaviour)], {
    stdio: ["ignore", "pipe", "inherit"]
  })
  return new Promise<{ readonly child: ChildProcess; readonly port: number }>((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", (line) => resolve({ child, port: Number(line) }))
    child.once("exit", (code) => reject(new Error(`the server ended with ${code} before it listened`)))
  })
}

/** A server that is killed and started again on the same port, with what it had saved. */
const killableServer = (behaviour: FakeTinkerOptions) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const folder = mkdtempSync(join(tmpdir(), "continualcode-tinker-"))
      let running = await startServer(0, folder, behaviour)
      const { port } = running
      return {
        port,
        kill: () => running.child.kill("SIGKILL"),
        startAgain: async () => {
          running = await startServer(port, folder, behaviour)
        },
        end: () => {
          running.child.kill("SIGKILL")
          rmSync(folder, { recursive: true, force: true })
        }
      }
    }),
    ({ end }) => Effect.sync(end)
  )

describe("the whole program on a service that is killed", () => {
  it.live("in the middle of a lesson goes on with it when the service is back, and says what happened", () =>
    Effect.gen(function*() {
      const server = yield* killableServer({ topkLimit: 0, scaling: "length", farewells: false, maxModels: 1 })
      const directory = yield* demoCopy
      let updates = 0
      let starts = 0
      const program = (answer: "deny" | "cancel") =>
        runProgram({
          directory,
          env: { TINKER_BASE_URL: `http://127.0.0.1:${server.port}`, TINKER_API_KEY: "tml-fake" },
          args: [
            "trainer=tinker",
            "tinker_consent=true",
            "model_name=continualcode/pocket",
            `tokenizer=${bundledModel}`,
            "learning_rate=0.002",
            "gate=0",
            "inner_steps=3",
            "-p",
            "run the tests"
          ],
          answer: (_, number) =>
            answer === "deny" && number === 0 ? { _tag: "Deny", correction: "use node --test" } : { _tag: "Cancel" },
          watch: (line) => {
            if (line._tag === "LearningProgress" && updates++ === 0) server.kill()
            const isAway = line._tag === "Notice" && line.message.includes("does not answer since")
            if (isAway && starts++ === 0) void server.startAgain()
          }
        })

      const { errors, lines } = yield* program("deny")
      assert.strictEqual(starts, 1, errors)
      assert.isAbove(updates, 1)
      const [finished] = only(lines, "LearningFinished")
      assert.strictEqual(finished?.outcome._tag, "Stepped", `${errors} ${JSON.stringify(lines.slice(-6))}`)
      const notices = only(lines, "Notice").map(({ message }) => message).join("\n")
      assert.match(notices, /127\.0\.0\.1:\d+ does not answer since \d\d:\d\d:\d\d/)
      assert.match(notices, /answers again, after/)
      assert.match(notices, /lost the model; it was made anew/)

      // What was learned across the two is what the next session starts from.
      const next = yield* program("cancel")
      const step = finished?.outcome._tag === "Stepped" ? finished.outcome.step : undefined
      assert.strictEqual(only(next.lines, "SessionStarted")[0]?.revision, step?.revision, next.errors)
      assert.notMatch(only(next.lines, "Notice").map(({ message }) => message).join(), /could not be loaded/)
    }))
})
