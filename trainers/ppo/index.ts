import type * as Layer from "effect/Layer"
import type { LoraBackend } from "../../core/LoraBackend.ts"
import type { Trainer } from "../../core/Trainer.ts"
import { objectiveTrainer } from "../lesson/ObjectiveTrainer.ts"
import { type PpoInput, PpoOptions } from "./Options.ts"
import { ppoObjective } from "./PpoLoss.ts"

export { type PpoInput, PpoOptions } from "./Options.ts"

/**
 * Proximal policy optimisation (Schulman et al. 2017) with a value head: several turns sampled without the correction,
 * rewarded at their end by comparison with the corrected call, advantages by GAE. The value head is fitted from zero in every
 * lesson, so that an adapter stays all there is to save, restore and undo. Options that do not decode are a defect that names
 * the option; decode user input with `PpoOptions` first.
 */
export const ppo = (input: PpoInput = {}): Layer.Layer<Trainer, never, LoraBackend> =>
  objectiveTrainer("ppo", PpoOptions, input, ppoObjective)
