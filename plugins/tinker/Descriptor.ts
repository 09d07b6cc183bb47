import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { TrainerDescriptor } from "../../trainers/TrainerDescriptor.ts"

/**
 * The tinker trainer with what the host does for it: key and address, and the person's consent. How lessons are learned and kept
 * (`estimator`, `top_k`, `enable_training`, `save_every`) reaches it too, but does not end with it.
 */
export const tinkerDescriptor: TrainerDescriptor = {
  name: "tinker",
  summary: "on the hosted Tinker service, or a server that speaks its protocol",
  settings: [
    "model_name",
    "lora_rank",
    "lora_alpha",
    "seed",
    "context_length",
    "tokenizer",
    "tinker_consent",
    "tinker_keep_days",
    "tinker_prices"
  ],
  layer: (launch) =>
    Layer.unwrap(Effect.promise(() => import("./index.ts").then(({ tinkerTrainer }) => tinkerTrainer(launch))))
}
