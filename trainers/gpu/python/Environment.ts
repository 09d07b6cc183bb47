import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Result from "effect/Result"
import * as CommandLine from "effect/process/CommandLine"
import type { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import { createHash } from "node:crypto"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { BackendError } from "../../../core/LoraBackend.ts"
import { maskText } from "../../../core/MaskSecrets.ts"
import { runOnce } from "../process/RunOnce.ts"
import { inspectPython, installCommand, needs } from "./Inspect.ts"

/** Where the worker's Python program lies. */
export const workerDirectory: string = fileURLToPath(new URL("../worker", import.meta.url))

export interface EnvironmentOptions {
  /** A Python to use and no other. */
  readonly python?: string
  /** Folder for what is made once and kept, e.g. `~/.cache/continualcode`. */
  readonly cacheDirectory: string
  /** Told what is being done, when it takes long. */
  readonly report: (message: string) => Effect.Effect<void>
  /** Makes an environment when none is found. Default true. */
  readonly provision?: boolean
  /** The system's Python. Default `python3`. */
  readonly systemPython?: string
  /** Default `uv`. */
  readonly uv?: string
  /** Folder of pyproject.toml and uv.lock. Default: the worker's. */
  readonly project?: string
}

const missing = (message: string, from?: { readonly cause: unknown }): BackendError =>
  new BackendError({ reason: "Unsupported", message, ...from })

/** Written last: an environment without it is half made. */
const COMPLETE = ".continualcode-complete"

/** Folder of the environment for these locked versions: other versions get another folder. */
const environmentFolder = Effect.fnUntraced(function*(
  { cacheDirectory, project = workerDirectory }: Pick<EnvironmentOptions, "cacheDirectory" | "project">
) {
  const files = yield* FileSystem.FileSystem
  const lock = yield* files.readFile(join(project, "uv.lock")).pipe(
    Effect.mapError((cause) => missing(`${project}/uv.lock is missing. Install continualcode again.`, { cause }))
  )
  return join(cacheDirectory, "gpu", createHash("sha256").update(lock).digest("hex").slice(0, 12))
})

const pythonIn = (folder: string): string =>
  process.platform === "win32" ? join(folder, "Scripts", "python.exe") : join(folder, "bin", "python")

/** The Python of an environment that was made to its end, or undefined. */
export const madeBefore = Effect.fnUntraced(function*(options: Pick<EnvironmentOptions, "cacheDirectory" | "project">) {
  const files = yield* FileSystem.FileSystem
  const folder = yield* environmentFolder(options)
  const whole = yield* files.exists(join(folder, COMPLETE)).pipe(Effect.orElseSucceed(() => false))
  return whole ? pythonIn(folder) : undefined
})

const usable = Effect.fnUntraced(function*(python: string) {
  const found = yield* inspectPython(python)
  return Result.isSuccess(found) && found.success.lacks.length === 0
})

const UV_HINT = "Install uv (`pip install uv`, or see https://docs.astral.sh/uv), or give a Python that has torch: "
  + "python=/path/to/python"

/** What uv says of a failure: from its error on, without the way there; its last lines when it names none. */
const failureOf = (stderr: string): string => {
  const lines = maskText(stderr).split("\n").map((line) => line.trimEnd()).filter((line) => line !== "")
  const error = lines.findLastIndex((line) => line.startsWith("error:"))
  return (error < 0 ? lines.slice(-6) : lines.slice(error, error + 6)).join("\n")
}

/** Not the list of what was installed, one a line. */
const isWorthTelling = (line: string): boolean => line.trim() !== "" && !/^ *\+ /.test(line)

/** Makes the environment with the locked versions. What was downloaded before is not downloaded again. */
const provision = Effect.fnUntraced(function*(
  options: EnvironmentOptions
): Effect.fn.Return<string, BackendError, FileSystem.FileSystem | ChildProcessSpawner> {
  const files = yield* FileSystem.FileSystem
  const uv = options.uv ?? "uv"
  const version = yield* runOnce(uv, ["--version"], { limit: Duration.seconds(20) })
  if (version.code !== 0) {
    return yield* missing(
      `No Python with torch ${needs.packages.torch} was found, and uv, which would make one, ${
        version.problem ?? "cannot be run"
      }. ${UV_HINT}`
    )
  }
  const folder = yield* environmentFolder(options)
  yield* options.report(`Making a Python environment with torch in ${folder} (once; several GB with CUDA) …`)
  const command = [
    "sync",
    "--frozen",
    "--no-dev",
    "--no-install-project",
    "--project",
    options.project ?? workerDirectory
  ]
  const ran = yield* runOnce(uv, command, {
    env: { UV_PROJECT_ENVIRONMENT: folder },
    limit: Duration.hours(2),
    onLine: (line) => isWorthTelling(line) ? options.report(line) : Effect.void
  })
  if (ran.code !== 0) {
    const how = ran.problem ?? `ended with exit code ${ran.code}`
    return yield* missing(
      `The Python environment could not be made: uv ${how}.\n${failureOf(ran.stderr)}\n`
        + `Check network and disk, then start again (it goes on where it was), or run it yourself:\n`
        + `UV_PROJECT_ENVIRONMENT=${CommandLine.display([folder])} ${CommandLine.display([uv, ...command])}`
    )
  }
  const python = pythonIn(folder)
  if (!(yield* usable(python))) {
    return yield* missing(`The Python environment in ${folder} is not whole. Delete that folder and start again.`)
  }
  yield* files.writeFileString(join(folder, COMPLETE), `${version.stdout.trim()}\n`).pipe(
    Effect.mapError((cause) =>
      missing(`${folder} cannot be written (${cause.reason._tag}). Check disk and permissions.`, { cause })
    )
  )
  return python
})

/**
 * The Python to run the worker on: the one that was asked for, the environment made before, the system's when it has what
 * is needed, else a new environment. Fails with `Unsupported`, saying what is missing and the command that brings it.
 */
export const findPython = Effect.fn("gpu.findPython")(function*(
  options: EnvironmentOptions
): Effect.fn.Return<string, BackendError, FileSystem.FileSystem | ChildProcessSpawner> {
  const { python } = options
  if (python !== undefined) {
    const found = yield* inspectPython(python)
    if (Result.isFailure(found)) return yield* missing(`python=${python} ${found.failure}. Give the path of a Python.`)
    const { lacks } = found.success
    if (lacks.length === 0) return python
    return yield* missing(`python=${python} lacks ${lacks.join(", ")}. Run: ${installCommand(python)}`)
  }
  const made = yield* madeBefore(options).pipe(Effect.orElseSucceed(() => undefined))
  if (made !== undefined && (yield* usable(made))) return made
  const system = options.systemPython ?? "python3"
  if (yield* usable(system)) return system
  if (options.provision === false) {
    return yield* missing(`No Python with torch ${needs.packages.torch} was found. ${UV_HINT}`)
  }
  return yield* provision(options)
})
