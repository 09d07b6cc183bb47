import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Result from "effect/Result"
import { statfs } from "node:fs/promises"
import { dirname, resolve } from "node:path"
import type { Settings } from "../../core/config/Settings.ts"
import type { Places } from "../../trainers/models/Places.ts"
import { nvidiaGpus } from "../../trainers/gpu/doctor/Devices.ts"
import { inUnits } from "../../trainers/models/Units.ts"
import { readModelHead } from "../../trainers/models/OpenModel.ts"
import { resolveModel } from "../../trainers/models/sources/ResolveModel.ts"
import { parseHubModel } from "../../trainers/models/hub/HubModel.ts"
import { loadTokenizerFiles } from "../../trainers/models/folder/TokenizerFiles.ts"
import { runOnce } from "../../trainers/gpu/process/RunOnce.ts"
import { madeBefore } from "../../trainers/gpu/python/Environment.ts"
import { inspectPython, installCommand, needs } from "../../trainers/gpu/python/Inspect.ts"
import type { Check } from "./Report.ts"

/** The machine as a doctor sees it; tests give another one. */
export interface Machine {
  readonly node: string
  readonly platform: string
  /** Whether ONNX Runtime's native library is installed, for the pocket trainer. */
  readonly nativeRuntime: boolean
  readonly memoryBytes: number
  readonly nvidiaSmi: string
  readonly systemPython: string
  readonly uv: string
}

const OLDEST_NODE = [22, 19] as const

export const checkNode = ({ node }: Machine): Check => {
  const [major = 0, minor = 0] = node.split(".").map(Number)
  const fine = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])
  return fine
    ? { name: "Node", status: "ok", message: node }
    : {
      name: "Node",
      status: "missing",
      message: `${node} is too old`,
      fix: `install Node ${OLDEST_NODE.join(".")} or newer`
    }
}

/** The pocket trainer runs without it, on WebAssembly. */
export const checkRuntime = ({ nativeRuntime }: Machine): Check =>
  nativeRuntime
    ? { name: "onnxruntime", status: "ok", message: "native library installed" }
    : {
      name: "onnxruntime",
      status: "note",
      message: "WebAssembly; a learning step takes four times as long as with the native library",
      fix:
        "ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node@1.30.0, beside continualcode (-g where it is global)"
    }

export const checkDriver = Effect.fnUntraced(function*(machine: Machine, device: string) {
  const name = "GPU driver"
  if (machine.platform === "darwin") {
    const check: Check = { name, status: "ok", message: `Metal, memory shared: ${inUnits(machine.memoryBytes)}` }
    return { check, gpus: [] }
  }
  const { gpus, problem } = yield* nvidiaGpus(machine.nvidiaSmi)
  if (gpus.length > 0) {
    const message = gpus.map((gpu) =>
      `${gpu.name}, ${inUnits(gpu.totalBytes)} (${inUnits(gpu.freeBytes)} free), driver ${gpu.driver}`
    ).join("; ")
    return { check: { name, status: "ok", message } satisfies Check, gpus }
  }
  const check: Check = {
    name,
    status: device.startsWith("cuda") ? "missing" : "note",
    message: `no NVIDIA GPU: ${problem ?? "the driver lists none"}`,
    fix: "install NVIDIA's driver, or use device=cpu (slow) or trainer=pocket"
  }
  return { check, gpus }
})

/** The Python that the gpu trainer would take, if there is one. */
export const checkPython = Effect.fnUntraced(
  function*(machine: Machine, settings: Settings, places: Places, isNeeded: boolean) {
    const name = "Python"
    const made = yield* madeBefore(places).pipe(Effect.orElseSucceed(() => undefined))
    const candidates = settings.python === undefined
      ? [...(made === undefined ? [] : [made]), machine.systemPython]
      : [settings.python]
    for (const python of candidates) {
      const found = yield* inspectPython(python)
      if (Result.isSuccess(found) && found.success.lacks.length === 0) {
        const { torch, version } = found.success
        return {
          check: { name, status: "ok", message: `${python}: Python ${version}, torch ${torch}` } satisfies Check,
          python
        }
      }
      if (settings.python !== undefined) {
        const check: Check = {
          name,
          status: isNeeded ? "missing" : "note",
          message: Result.isSuccess(found)
            ? `${python} lacks ${found.success.lacks.join(", ")}`
            : `python=${python} ${found.failure}`,
          fix: Result.isSuccess(found) ? installCommand(python) : "give the path of a Python, or leave python= out"
        }
        return { check, python: undefined }
      }
    }
    const uv = yield* runOnce(machine.uv, ["--version"], { limit: Duration.seconds(20) })
    const check: Check = uv.code === 0
      ? {
        name,
        status: "note",
        message:
          `none with torch ${needs.packages.torch} yet; the first start with trainer=gpu makes one with ${uv.stdout.trim()}`
      }
      : {
        name,
        status: isNeeded ? "missing" : "note",
        message: `none with torch ${needs.packages.torch}, and uv, which would make one, ${
          uv.problem ?? "cannot be run"
        }`,
        fix: "pip install uv, or python=/path/to/python with torch"
      }
    return { check, python: undefined }
  }
)

/** Whether the model is here, whole, with a tokenizer that fits; its folder where it is. */
export const checkModel = Effect.fnUntraced(
  function*(model: string, pocketModel: string, places: Places, trainer: string) {
    const name = "model"
    const missing = (message: string, fix: string) => ({
      check: { name, status: "missing", message, fix } satisfies Check,
      folder: undefined
    })
    const place = { ...places, offline: true, report: () => Effect.void }
    const local = yield* Effect.result(resolveModel(model === "pocket" ? pocketModel : model, place))
    if (Result.isFailure(local)) {
      const files = yield* FileSystem.FileSystem
      const isHere = yield* files.exists(resolve(model)).pipe(Effect.orElseSucceed(() => false))
      if (isHere || parseHubModel(model) === undefined) {
        return missing(local.failure.message, "model_name=pocket, a folder, a GGUF file, ollama:NAME or owner/name")
      }
      if (places.offline) return missing(`${model} is not whole in ${places.hubDirectory}`, "unset HF_HUB_OFFLINE once")
      const message = `${model} is downloaded to ${places.hubDirectory} at the first start`
      return { check: { name, status: "note", message } satisfies Check, folder: undefined }
    }
    const { kind, path: found } = local.success
    const there = { name, status: "ok", message: `${model}: ${found}` } satisfies Check
    if (kind === "gguf" && trainer !== "pocket") {
      return missing(`${found} is a GGUF file`, "trainer=pocket, or a folder or hub name")
    }
    if (trainer === "pocket") {
      const head = yield* Effect.result(readModelHead(found, "pocket"))
      if (Result.isFailure(head)) return missing(head.failure.message, "choose another model")
    }
    if (kind === "gguf") return { check: there, folder: undefined }
    const tokenizer = yield* Effect.result(loadTokenizerFiles(found))
    if (Result.isFailure(tokenizer)) return missing(tokenizer.failure.message, "choose another model")
    return { check: there, folder: found }
  }
)

/** Free space where the environment and models go: the nearest folder that exists. */
export const checkDisk = Effect.fnUntraced(function*(label: string, folder: string, wanted: number) {
  const freeIn = (path: string): Effect.Effect<number | undefined> =>
    Effect.tryPromise(() => statfs(path)).pipe(
      Effect.map(({ bavail, bsize }): number | undefined => bavail * bsize),
      Effect.catch(() => dirname(path) === path ? Effect.succeed(undefined) : freeIn(dirname(path)))
    )
  const free = yield* freeIn(resolve(folder))
  const name = `disk for ${label}`
  if (free === undefined)
    return { name, status: "note", message: `${folder}: its free space is not known` } satisfies Check
  return free >= wanted
    ? { name, status: "ok", message: `${folder}: ${inUnits(free)} free` } satisfies Check
    : {
      name,
      status: "note",
      message: `${folder}: only ${inUnits(free)} free`,
      fix: label === "models" ? "make room, or HF_HOME=/other/disk" : "make room, or XDG_CACHE_HOME=/other/disk"
    } satisfies Check
})
