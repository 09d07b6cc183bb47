/** `npm run test:gpu`: the worker's tests on the CPU, in an environment that uv makes when there is none. */
import { spawnSync } from "node:child_process"
import { environment, findRunner, worker } from "./WorkerTests.ts"

const runner = findRunner(true)
if ("problem" in runner) {
  process.stderr.write(`${runner.problem}\n`)
  process.exit(1)
}
const args = [...runner.args, ...process.argv.slice(2)]
process.exit(spawnSync(runner.command, args, { cwd: worker, env: environment, stdio: "inherit" }).status ?? 1)
