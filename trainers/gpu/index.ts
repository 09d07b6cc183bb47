import type * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import type { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import { type BackendError, LoraBackend } from "../../core/LoraBackend.ts"
import { backendOf } from "./Backend.ts"
import type { HubOptions } from "../models/hub/FetchModel.ts"
import { inUnits } from "../models/Units.ts"
import { resolveFolder } from "../models/sources/ResolveModel.ts"
import { loadTokenizerFiles } from "../models/folder/TokenizerFiles.ts"
import { defaultPlaces, type Places } from "../models/Places.ts"
import type { WorkerCommand } from "./process/Connection.ts"
import { supervise } from "./process/Supervisor.ts"
import type { OpenInput, Progress } from "./protocol/Messages.ts"
import { findPython, workerDirectory } from "./python/Environment.ts"

export { defaultPlaces, type Places } from "../models/Places.ts"

export interface GpuOptions {
  /** A folder in the Hugging Face layout, or a name on the hub: `Qwen/Qwen3-8B`, `owner/name@revision`. */
  readonly model: string
  /** How it is called. Default: its folder's or hub name. */
  readonly name?: string
  /** Default: rank 16, alpha 32, on the attention projections. */
  readonly lora?: Partial<OpenInput["lora"]>
  /** Draws the first adapter. Default 0. */
  readonly seed?: number
  /** `auto` (CUDA, then MPS, then the CPU), `cuda`, `cuda:1`, `mps`, `cpu`. Default `auto`. */
  readonly device?: string
  /** Default `auto`: bfloat16 on CUDA, else float32. */
  readonly dtype?: "auto" | "bfloat16" | "float32"
  /** Of the frozen base. Default `none`. */
  readonly quantization?: "none" | "int8" | "int4"
  /** A smaller window than the model's own, tokens. */
  readonly contextLength?: number
  /** Stay below this on the device. */
  readonly memoryLimitBytes?: number
  /** Default `auto`: by free memory. */
  readonly checkpointing?: "auto" | "always" | "never"
  /** `frozen` takes the prompt's keys and values as constants in the backward pass. Default `exact`. */
  readonly promptGradient?: "exact" | "frozen"
  /** CPU threads inside one operation. */
  readonly threads?: number
  /** A Python to run the worker on. Default: one that is found, or made with uv. */
  readonly python?: string
  /** Makes a Python environment when none is found. Default true. */
  readonly provision?: boolean
  readonly places?: Partial<Places>
  /**
   * Longest silence of the worker in seconds before it counts as hung: until it greets, while it loads and makes ready, and in
   * an operation beside the time that its tokens may take on a slow device. Defaults: 60, 600, 120.
   */
  readonly deadlines?: { readonly greeting?: number; readonly loading?: number; readonly operation?: number }
  /** Restarts without a success in between before it gives up. Default 3. */
  readonly restarts?: number
  /**
   * What a crash may take back. `commit`: updates since the last snapshot asked for, which a session takes at every step.
   * `update`: nothing; a snapshot is fetched after each change, which costs time. Default `commit`.
   */
  readonly keep?: "commit" | "update"
  /**
   * Told what takes long, and what goes wrong while nobody listens to the backend's notices, as a session does. Default: lines
   * on standard error.
   */
  readonly report?: (message: string) => Effect.Effect<void>
}

/** How the worker is started on a Python. */
export const workerCommand = (python: string): WorkerCommand => ({
  command: python,
  args: ["-m", "continualcode_worker"],
  env: { PYTHONPATH: workerDirectory }
})

const stages: Readonly<Record<Progress["stage"], string>> = { import: "Starting", load: "Loading" }

/** Says each stage once, and big ones every quarter. */
const makeTeller = (report: (message: string) => Effect.Effect<void>) => {
  let told = ""
  return ({ done, message, stage, total }: Progress): Effect.Effect<void> => {
    const isLarge = stage === "load" && total > 2e9
    const quarter = isLarge ? Math.floor(4 * done / total) : 0
    const key = `${stage} ${quarter}`
    if (key === told) return Effect.void
    told = key
    const share = isLarge ? ` ${inUnits(done)} of ${inUnits(total)}` : ""
    return report(`${stages[stage]}${message === "" ? "" : ` ${message}`}${share} …`)
  }
}

const make = Effect.fn("gpu.make")(function*(options: GpuOptions) {
  const { deadlines = {}, report = (message: string) => Console.error(`continualcode: ${message}`) } = options
  const places: Places = { ...defaultPlaces(), ...options.places }
  const hub: HubOptions = {
    ...places,
    report
  }
  const python = yield* findPython({
    cacheDirectory: places.cacheDirectory,
    report,
    provision: (options.provision ?? true) && !places.offline,
    ...(options.python === undefined ? {} : { python: options.python })
  })
  const model = yield* resolveFolder(options.model, hub)
  const { tokenizer } = yield* loadTokenizerFiles(model.path)
  const given = <Key extends keyof GpuOptions & keyof OpenInput>(key: Key) =>
    options[key] === undefined ? {} : { [key]: options[key] }
  const open: OpenInput = {
    modelDirectory: model.path,
    modelName: options.name ?? model.name,
    lora: { rank: 16, alpha: 32, targets: ["q_proj", "k_proj", "v_proj", "o_proj"], ...options.lora },
    stopIds: tokenizer.stopIds,
    ...given("seed"),
    ...given("device"),
    ...given("dtype"),
    ...given("quantization"),
    ...given("contextLength"),
    ...given("memoryLimitBytes"),
    ...given("checkpointing"),
    ...given("promptGradient"),
    ...given("threads")
  }
  let listener: Queue.Queue<string, Cause.Done> | undefined
  const notices = Stream.callback<string>((queue) =>
    Effect.acquireRelease(
      Effect.sync(() => void (listener = queue)),
      () => Effect.sync(() => void (listener = undefined))
    )
  )
  const supervisor = yield* supervise({
    worker: workerCommand(python),
    open,
    deadlines: {
      greeting: Duration.seconds(deadlines.greeting ?? 60),
      loading: Duration.seconds(deadlines.loading ?? 600),
      operation: Duration.seconds(deadlines.operation ?? 120)
    },
    restarts: options.restarts ?? 3,
    keep: options.keep ?? "commit",
    progress: makeTeller(report),
    notify: (message) =>
      Effect.suspend(() => listener === undefined ? report(message) : Effect.asVoid(Queue.offer(listener, message)))
  })
  // Kernels and graphs are made ready while the person types.
  yield* Effect.forkScoped(Effect.ignore(supervisor.call("prepare", {})))
  return backendOf(supervisor, tokenizer, notices)
})

/**
 * The GPU backend: a Qwen3, Qwen2.5 or Llama-3-style model with LoRA in a Python process of its own, on CUDA, MPS or the
 * CPU. Python environment and model are found, or made and downloaded; the process is kept running. Fails with the piece
 * that is missing and what brings it.
 */
export const gpu = (
  options: GpuOptions
): Layer.Layer<LoraBackend, BackendError, FileSystem.FileSystem | ChildProcessSpawner> =>
  Layer.effect(LoraBackend, make(options))
