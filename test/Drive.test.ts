import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { demoCopy } from "./helpers/DemoCopy.ts"
import { onNode } from "./helpers/HeadlessProgram.ts"

const script = fileURLToPath(new URL("../docs/drive.mjs", import.meta.url))

describe("the example of docs/headless.md", () => {
  it.live("denies a call with a correction, approves what comes instead, and reads what that taught", () =>
    Effect.gen(function*() {
      const directory = yield* demoCopy
      const env = { ...process.env, XDG_CONFIG_HOME: `${directory}.user` }
      const told = yield* Effect.callback<string>((resume) => {
        const child = execFile(
          process.execPath,
          [script, ...onNode],
          { cwd: directory, env },
          (error, stdout, stderr) =>
            resume(error === null ? Effect.succeed(stdout) : Effect.die(new Error(stdout + stderr)))
        )
        return Effect.sync(() => child.kill())
      })
      assert.match(told, /^denied write\napproved edit_lines\n/)
      assert.match(told, /^lesson: use edit_lines; don't overwrite$/m)
      assert.match(told, /^untold, it now makes the corrected call: yes$/m)
      assert.match(told, /^finished: \d+ approved, 1 denied, [12] learned\n$/m)
    }))
})
