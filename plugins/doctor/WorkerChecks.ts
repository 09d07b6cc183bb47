import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Settings } from "../../core/config/Settings.ts"
import { askWorker, type DriverGpu, type WorkerSays } from "../../trainers/gpu/doctor/Devices.ts"
import { inUnits } from "../../trainers/models/Units.ts"
import { workerCommand } from "../../trainers/gpu/index.ts"
import type { Device, ModelNeeds } from "../../trainers/gpu/protocol/Messages.ts"
import type { Check } from "./Report.ts"

/** Share of a device's memory that may be planned with. */
export const USABLE = 0.95

const deviceText = ({ device, freeBytes, name, totalBytes }: Device): string =>
  `${device} ${name}${totalBytes === null ? "" : ` ${inUnits(totalBytes)}`}${
    freeBytes === null ? "" : ` (${inUnits(freeBytes)} free)`
  }`

const isDevice = (wanted: string) => ({ device }: Device): boolean =>
  wanted === "auto" || device === wanted || device.startsWith(`${wanted}:`)

/** What torch can compute on, and whether the chosen device is among it. */
const checkTorch = (
  says: WorkerSays,
  { device, gpus, isNeeded }: { readonly device: string; readonly gpus: number; readonly isNeeded: boolean }
): Check => {
  const name = "torch"
  const { devices, problem, torch } = says.probe
  const listed = devices.map(deviceText).join("; ")
  const unused = problem ??
    (gpus > 0 && !devices.some(isDevice("cuda")) ? "it does not find the GPU that the driver shows" : undefined)
  const why = unused === undefined ? "" : `: ${unused}`
  const fix = "mend the driver, or give a Python whose torch fits it: python=/path/to/python"
  if (!devices.some(isDevice(device))) {
    const message = `${torch} has no ${device}, only ${listed}${why}`
    return { name, status: isNeeded ? "missing" : "note", message, fix: `device=auto, or ${fix}` }
  }
  return unused === undefined || device === "cpu"
    ? { name, status: "ok", message: `${torch} on ${listed}` }
    : { name, status: "note", message: `${torch} only on ${listed}${why}`, fix }
}

/** Whether the model can be loaded at all, and whether its weights fit into the device's memory. */
const checkNeeds = (
  needs: ModelNeeds,
  device: Device,
  quantization: Settings["quantization"]
): Check => {
  const name = "memory"
  if (needs.problem !== null) return { name: "model", status: "missing", message: needs.problem }
  // Without CUDA what is not quantised is computed in float32.
  const bytesAs = (kind: Settings["quantization"]): number =>
    kind === "none" ? needs.bytes.bfloat16 * (device.device.startsWith("cuda") ? 1 : 2) : needs.bytes[kind]
  const bytes = bytesAs(quantization)
  const count = needs.parameters >= 1e9
    ? `${(needs.parameters / 1e9).toFixed(2)} billion`
    : `${(needs.parameters / 1e6).toFixed(1)} million`
  const what = `${needs.architecture}, ${count} parameters, window of ${needs.contextLength} tokens`
  const room = device.totalBytes ?? Infinity
  if (bytes <= USABLE * room) {
    const message = `${what}: weights take ${inUnits(bytes)}${device.totalBytes === null ? "" : ` of ${inUnits(room)}`}`
    return { name, status: "ok", message }
  }
  const smaller = (["int8", "int4"] as const).find((kind) => bytesAs(kind) <= 0.8 * room)
  return {
    name,
    status: "missing",
    message: `${what}: weights take ${inUnits(bytes)}, and ${device.device} has ${inUnits(room)}`,
    fix: smaller === undefined ? "a smaller model_name" : `quantization=${smaller}, or a smaller model_name`
  }
}

interface WorkerChecksInput {
  readonly python: string
  readonly settings: Settings
  /** The gpu trainer is the one that is asked about. */
  readonly isNeeded: boolean
  /** The model's folder, where it is there and seems whole. */
  readonly folder: string | undefined
  /** What the driver shows. */
  readonly gpus: ReadonlyArray<DriverGpu>
}

/** What the worker itself says: of its devices, and of the model. */
export const workerChecks = Effect.fnUntraced(
  function*({ folder, gpus, isNeeded, python, settings }: WorkerChecksInput) {
    const asked = yield* Effect.result(askWorker(workerCommand(python), isNeeded ? folder : undefined))
    if (Result.isFailure(asked)) {
      const check: Check = {
        name: "torch",
        status: isNeeded ? "missing" : "note",
        message: asked.failure,
        fix: "rm -r the environment and start again, or python=…"
      }
      return { checks: [check], devices: [] }
    }
    const says = asked.success
    const device = isNeeded ? settings.device : "auto"
    const torch = checkTorch(says, { device, gpus: gpus.length, isNeeded })
    const { devices } = says.probe
    const chosen = devices.find(isDevice(device))
    const model: ReadonlyArray<Check> = says.model === undefined || chosen === undefined
      ? []
      : [
        Result.isSuccess(says.model)
          ? checkNeeds(says.model.success, chosen, settings.quantization)
          : { name: "model", status: "missing", message: says.model.failure }
      ]
    return { checks: [torch, ...model], devices }
  }
)
