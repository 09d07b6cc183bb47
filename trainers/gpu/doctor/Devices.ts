import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import { connect, type WorkerCommand } from "../process/Connection.ts"
import { runOnce } from "../process/RunOnce.ts"
import type { ModelNeeds, Value } from "../protocol/Messages.ts"

/** A GPU as its driver describes it. */
export interface DriverGpu {
  readonly name: string
  readonly totalBytes: number
  readonly freeBytes: number
  readonly driver: string
}

const MIB = 2 ** 20

/** Reads the lines of `nvidia-smi --query-gpu=name,memory.total,memory.free,driver_version --format=csv,noheader,nounits`. */
export const readNvidiaSmi = (text: string): ReadonlyArray<DriverGpu> =>
  text.split("\n").flatMap((line) => {
    const cells = line.split(",").map((cell) => cell.trim())
    const [name = "", total = "", free = "", driver = ""] = cells
    return cells.length === 4 && Number(total) > 0
      ? [{ name, totalBytes: Number(total) * MIB, freeBytes: Number(free) * MIB, driver }]
      : []
  })

/** What NVIDIA's driver says: its GPUs, or why it says nothing. */
export const nvidiaGpus = Effect.fnUntraced(function*(command: string = "nvidia-smi") {
  const ran = yield* runOnce(
    command,
    ["--query-gpu=name,memory.total,memory.free,driver_version", "--format=csv,noheader,nounits"],
    { limit: Duration.seconds(20) }
  )
  if (ran.code === 0) return { gpus: readNvidiaSmi(ran.stdout), problem: undefined }
  const said = (ran.stdout + ran.stderr).trim().split("\n")[0] ?? ""
  const problem = ran.problem ?? `ended with exit code ${ran.code}${said === "" ? "" : ` (${said})`}`
  return { gpus: [], problem: `${command} ${problem}` }
})

/** What a worker that loads nothing says. */
export interface WorkerSays {
  /** What torch can compute on. */
  readonly probe: Value<"probe">
  /** What a model would need, or why it cannot be loaded; absent where none was asked for. */
  readonly model: Result.Result<ModelNeeds, string> | undefined
}

/** Asks a worker for its devices, and about the model in a folder. Fails with a phrase. */
export const askWorker = (
  worker: WorkerCommand,
  folder: string | undefined,
  silence: Duration.Duration = Duration.minutes(3)
): Effect.Effect<WorkerSays, string, ChildProcessSpawner> =>
  Effect.gen(function*() {
    const connection = yield* connect(worker, silence)
    const { value: probe } = yield* connection.ask({ operation: "probe", input: {}, silence })
    if (folder === undefined) return { probe, model: undefined }
    const model = yield* connection.ask({ operation: "inspect", input: { modelDirectory: folder }, silence }).pipe(
      Effect.map(({ value }) => Result.succeed(value)),
      Effect.catchTag("WorkerRefused", ({ message }) => Effect.succeed(Result.fail(message)))
    )
    return { probe, model }
  }).pipe(
    Effect.scoped,
    Effect.mapError((error) => error._tag === "WorkerGone" ? `the worker ${error.cause}` : error.message)
  )
