import { spawnSync } from "node:child_process"
import { homedir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

/** How to run the worker's tests, or why they cannot be run. */
export type Runner = { readonly command: string; readonly args: ReadonlyArray<string> } | { readonly problem: string }

export const worker: string = fileURLToPath(new URL("..", import.meta.url))

/** The tests' own environment: the worker's locked packages and those that tests need. */
export const environment = {
  ...process.env,
  UV_PROJECT_ENVIRONMENT: process.env["UV_PROJECT_ENVIRONMENT"] ??
    join(homedir(), ".cache", "continualcode", "gpu-tests"),
  OMP_NUM_THREADS: process.env["OMP_NUM_THREADS"] ?? "1"
}

const answers = (command: string, args: ReadonlyArray<string>): boolean =>
  spawnSync(command, args, { cwd: worker, encoding: "utf8", timeout: 120_000 }).status === 0

const NEEDED = "import importlib.util as u, sys; "
  + "sys.exit(0 if sys.version_info >= (3, 11) and all(map(u.find_spec, ['torch', 'numpy', 'pytest', 'safetensors'])) else 1)"

const ADVICE =
  "Install uv (`pip install uv`) and run `npm run test:gpu`, which makes an environment with the locked versions."

/** The Python that has what is needed already; with `provision` uv makes an environment where there is none. */
export const findRunner = (provision: boolean): Runner => {
  const made = join(environment.UV_PROJECT_ENVIRONMENT, "bin", "python")
  for (const python of [made, "python3"]) {
    if (answers(python, ["-c", NEEDED])) return { command: python, args: ["-m", "pytest"] }
  }
  if (!provision) return { problem: `No Python with torch and pytest was found. ${ADVICE}` }
  if (!answers("uv", ["--version"])) return { problem: `uv was not found. ${ADVICE}` }
  return { command: "uv", args: ["run", "--frozen", "python", "-m", "pytest"] }
}
