import * as Effect from "effect/Effect"
import type { Settings } from "../../core/config/Settings.ts"
import type { HostServices, PartError } from "../../core/defineAgent.ts"
import { describeTrainer } from "../TrainerDescriptor.ts"
import type { GpuOptions } from "./index.ts"
import type { Places } from "../models/Places.ts"

const settings = [
  "model_name",
  "lora_rank",
  "lora_alpha",
  "seed",
  "device",
  "quantization",
  "prompt_gradient",
  "context_length",
  "python",
  "threads"
] as const

/** The settings by the gpu trainer's own names; `pocketModel` is the bundled model's folder. */
export const gpuOptions = (given: Pick<Settings, typeof settings[number]>, pocketModel: string): GpuOptions => ({
  ...(given.model_name === "pocket" ? { model: pocketModel, name: "pocket" } : { model: given.model_name }),
  lora: { rank: given.lora_rank, alpha: given.lora_alpha },
  seed: given.seed,
  device: given.device,
  quantization: given.quantization,
  promptGradient: given.prompt_gradient,
  ...(given.context_length === undefined ? {} : { contextLength: given.context_length }),
  ...(given.python === undefined ? {} : { python: given.python }),
  ...(given.threads === undefined ? {} : { threads: given.threads })
})

/** What only the host knows: the environment's places for models and Python, and where the bundled model lies. */
interface GpuHost {
  readonly places: Effect.Effect<Places, PartError, HostServices>
  readonly pocketModel: string
}

export const gpuDescriptor = ({ places, pocketModel }: GpuHost) =>
  describeTrainer({
    name: "gpu",
    summary: "in a Python process on this machine, on CUDA, MPS or the CPU, with models of the Hugging Face layout",
    settings,
    layer: Effect.fnUntraced(function*(given) {
      const found = yield* places
      const { gpu } = yield* Effect.promise(() => import("./index.ts"))
      return gpu({ ...gpuOptions(given, pocketModel), places: found })
    })
  })
