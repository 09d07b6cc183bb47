import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import { environment, findRunner, worker } from "./WorkerTests.ts"

const runner = findRunner(false)

describe("the GPU worker's own tests, on the CPU", () => {
  if ("problem" in runner) {
    it.skip(`not run: ${runner.problem}`, () => {})
  } else {
    it("pass", () => {
      const ran = spawnSync(runner.command, runner.args, { cwd: worker, env: environment, encoding: "utf8" })
      assert.strictEqual(ran.status, 0, `${ran.stdout}\n${ran.stderr}`)
    })
  }
})
