import type * as Layer from "effect/Layer"
import type { LoraBackend } from "../../core/LoraBackend.ts"
import type { Trainer } from "../../core/Trainer.ts"
import { objectiveTrainer } from "../lesson/ObjectiveTrainer.ts"
import { type DpoInput, DpoOptions } from "./Options.ts"
import { dpoObjective } from "./DpoLoss.ts"

export { type DpoInput, DpoOptions } from "./Options.ts"

/**
 * Direct preference optimisation (Rafailov et al. 2023): the corrected call is preferred to the denied one, against the base
 * model as reference. Options that do not decode are a defect that names the option; decode user input with `DpoOptions`
 * first.
 */
export const dpo = (input: DpoInput = {}): Layer.Layer<Trainer, never, LoraBackend> =>
  objectiveTrainer("dpo", DpoOptions, input, dpoObjective)
