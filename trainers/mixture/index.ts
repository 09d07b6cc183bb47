import type * as Layer from "effect/Layer"
import type { LoraBackend } from "../../core/LoraBackend.ts"
import type { Trainer } from "../../core/Trainer.ts"
import { objectiveTrainer } from "../lesson/ObjectiveTrainer.ts"
import { type MixtureInput, MixtureOptions } from "./Options.ts"
import { mixtureObjective } from "./MixtureLoss.ts"

export { type MixtureInput, MixtureOptions } from "./Options.ts"

/**
 * SDPO and GRPO on the same sampled turns, A = lambda A_GRPO + (1 - lambda) A_SDPO (SDPO, arXiv 2601.20802, hybrid). Options
 * that do not decode are a defect that names the option; decode user input with `MixtureOptions` first.
 */
export const mixture = (input: MixtureInput = {}): Layer.Layer<Trainer, never, LoraBackend> =>
  objectiveTrainer("mixture", MixtureOptions, input, mixtureObjective)
