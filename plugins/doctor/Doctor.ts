import * as Effect from "effect/Effect"
import { createRequire } from "node:module"
import { totalmem } from "node:os"
import type { Settings } from "../../core/config/Settings.ts"
import { fitsIn } from "../../trainers/gpu/doctor/Memory.ts"
import type { Places } from "../../trainers/models/Places.ts"
import { checkDisk, checkDriver, checkModel, checkNode, checkPython, checkRuntime, type Machine } from "./Checks.ts"
import type { Check, Report } from "./Report.ts"
import { USABLE, workerChecks } from "./WorkerChecks.ts"

const isInstalled = (name: string): boolean => {
  try {
    return createRequire(import.meta.url).resolve(name) !== ""
  } catch {
    return false
  }
}

export const thisMachine = (): Machine => ({
  node: process.versions.node,
  platform: process.platform,
  nativeRuntime: isInstalled("onnxruntime-node"),
  memoryBytes: totalmem(),
  nvidiaSmi: "nvidia-smi",
  systemPython: "python3",
  uv: "uv"
})

/** Tokens of a prompt that the table of models is worked out for. */
const PROMPT = 4096

interface DoctorInput {
  readonly settings: Settings
  readonly trainer: string
  readonly places: Places
  /** Folder of the bundled model. */
  readonly pocketModel: string
  readonly machine: Machine
}

/** Looks at everything the chosen trainer needs, and at what the gpu trainer would. Changes nothing. */
export const examine = Effect.fn("doctor.examine")(function*(input: DoctorInput) {
  const { machine, places, pocketModel, settings, trainer } = input
  const isNeeded = trainer === "gpu"
  const driver = yield* checkDriver(machine, isNeeded ? settings.device : "auto")
  const python = yield* checkPython(machine, settings, places, isNeeded)
  const model = yield* checkModel(settings.model_name, pocketModel, places, trainer)
  const worker = python.python === undefined
    ? { checks: [], devices: [] }
    : yield* workerChecks({ python: python.python, settings, isNeeded, folder: model.folder, gpus: driver.gpus })
  const [torch, ...ofModel] = worker.checks
  const checks: ReadonlyArray<Check> = [
    checkNode(machine),
    ...(trainer === "pocket" ? [checkRuntime(machine)] : []),
    driver.check,
    python.check,
    ...(torch === undefined ? [] : [torch]),
    // The worker looks into the files and is believed more.
    ...(ofModel.some(({ name }) => name === "model") ? [] : [model.check]),
    ...ofModel,
    yield* checkDisk("Python", places.cacheDirectory, 6e9),
    yield* checkDisk("models", places.hubDirectory, 20e9)
  ]
  const seen = worker.devices.find(({ device, totalBytes }) => device !== "cpu" && totalBytes !== null)
  const [gpu] = driver.gpus
  const device = seen !== undefined
    ? { device: seen.name, bytes: USABLE * (seen.totalBytes ?? 0) }
    : gpu !== undefined
    ? { device: gpu.name, bytes: USABLE * gpu.totalBytes }
    : machine.platform === "darwin"
    ? { device: "shared memory", bytes: 0.7 * machine.memoryBytes }
    : undefined
  const report: Report = {
    trainer,
    model: settings.model_name,
    ready: checks.every(({ status }) => status !== "missing"),
    checks,
    ...(device === undefined ? {} : {
      memory: {
        ...device,
        prompt: PROMPT,
        models: fitsIn(device.bytes, { rank: settings.lora_rank, prompt: PROMPT, attempt: settings.max_tokens })
      }
    })
  }
  return report
})
