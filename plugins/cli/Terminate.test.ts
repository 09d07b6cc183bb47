import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawn, spawnSync } from "node:child_process"

const module = new URL("./Terminate.ts", import.meta.url).href

/** A program that does not end by itself when it is told to; gives what ended it and what it wrote. */
const stubborn = (grace: number, told: NodeJS.Signals = "SIGTERM") =>
  Effect.callback<{ readonly signal: string | null; readonly out: string }>((resume) => {
    const script = `
      import { endOnTerminate } from ${JSON.stringify(module)}
      const wasTold = endOnTerminate(process, ${grace})
      process.on("SIGTERM", () => console.log("told", wasTold()))
      setInterval(() => {}, 1000)
      console.log("ready", wasTold())`
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"]
    })
    let out = ""
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString()
      if (out === "ready false\n") child.kill(told)
    })
    child.on("close", (_, signal) => resume(Effect.succeed({ signal, out })))
    return Effect.sync(() => child.kill("SIGKILL"))
  })

/** What reading a terminal fails with once another program has it. */
const terminalTaken = `
  import { endOnTerminate } from ${JSON.stringify(module)}
  process.on("SIGTERM", () => console.log("told"))
  endOnTerminate(process)
  process.stdin.emit("error", Object.assign(new Error("read EIO"), { code: "EIO" }))
  setInterval(() => {}, 1000)
  process.on("SIGTERM", () => process.exit(7))`

describe("SIGTERM", () => {
  it.live("is what a terminal that goes away asks for as well", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* stubborn(20, "SIGHUP"), { signal: "SIGTERM", out: "ready false\ntold true\n" })
    }))

  it("is what a terminal that another program has taken asks for as well", () => {
    const { status, stderr, stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", terminalTaken], {
      encoding: "utf8"
    })
    assert.deepStrictEqual([stdout, stderr, status], ["told\n", "", 7])
  })

  it.live("ends a program that does not end by itself", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* stubborn(20), { signal: "SIGTERM", out: "ready false\ntold true\n" })
    }))
})
