import * as Effect from "effect/Effect"
import type { Settings } from "../../core/config/Settings.ts"
import { describeTrainer } from "../TrainerDescriptor.ts"
import type { PocketOptions } from "./index.ts"

const settings = ["model_name", "lora_rank", "lora_alpha", "seed", "engine", "threads"] as const

/** The settings by the pocket trainer's own names. */
export const pocketOptions = (given: Pick<Settings, typeof settings[number]>): PocketOptions => ({
  ...(given.model_name === "pocket" ? {} : { modelDirectory: given.model_name }),
  lora: { rank: given.lora_rank, alpha: given.lora_alpha },
  seed: given.seed,
  runtime: given.engine,
  ...(given.threads === undefined ? {} : { threads: given.threads })
})

export const pocketDescriptor = describeTrainer({
  name: "pocket",
  summary: "in this process, on the CPU",
  settings,
  layer: (given) => Effect.promise(() => import("./index.ts").then(({ pocket }) => pocket(pocketOptions(given))))
})
