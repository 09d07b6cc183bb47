import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type { Settings } from "../../core/config/Settings.ts"
import type { HostServices, PartError } from "../../core/defineAgent.ts"
import type { Places } from "../models/Places.ts"
import { describeTrainer } from "../TrainerDescriptor.ts"
import type { PocketOptions } from "./index.ts"

const settings = [
  "model_name",
  "lora_rank",
  "lora_alpha",
  "seed",
  "engine",
  "threads",
  "lora_scope",
  "context_length",
  "quantize"
] as const

/** The settings by the pocket trainer's own names. */
export const pocketOptions = (given: Pick<Settings, typeof settings[number]>): PocketOptions => ({
  ...(given.model_name === "pocket" ? {} : { modelDirectory: given.model_name }),
  lora: { rank: given.lora_rank, alpha: given.lora_alpha },
  seed: given.seed,
  runtime: given.engine,
  ...(given.quantize === "auto"
    ? {}
    : { quantize: given.quantize === "none" ? "none" : given.quantize === "4" ? 4 : 8 }),
  ...(given.lora_scope === "auto" ? {} : { scope: given.lora_scope }),
  ...(given.context_length === undefined ? {} : { contextLength: given.context_length }),
  ...(given.threads === undefined ? {} : { threads: given.threads })
})

/** `places`: where models lie and come from, as the environment says it. */
export const pocketDescriptor = ({ places }: { readonly places: Effect.Effect<Places, PartError, HostServices> }) =>
  describeTrainer({
    name: "pocket",
    summary: "in this process, on the CPU",
    settings,
    layer: Effect.fnUntraced(function*(given) {
      const { pocket } = yield* Effect.promise(() => import("./index.ts"))
      const options = { ...pocketOptions(given), places: yield* places }
      if (options.modelDirectory === undefined) return pocket(options)
      const { resolveModel } = yield* Effect.promise(() => import("../models/sources/ResolveModel.ts"))
      const report = (message: string) => Console.error(`continualcode: ${message}`)
      const model = yield* resolveModel(options.modelDirectory, { ...options.places, report })
      return pocket({ ...options, modelDirectory: model.path })
    })
  })
