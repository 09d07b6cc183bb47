/** The second half of `npm run test:gpu`: the TypeScript tests on the real worker, none of them skipped. */
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../..", import.meta.url))
const vitest = fileURLToPath(new URL("../../node_modules/vitest/vitest.mjs", import.meta.url))
const args = [vitest, "run", "test/gpu", "test/contracts/GpuBackend.test.ts", ...process.argv.slice(2)]
const env = { ...process.env, CONTINUALCODE_GPU_TESTS: "required" }
process.exit(spawnSync(process.execPath, args, { cwd: root, env, stdio: "inherit" }).status ?? 1)
