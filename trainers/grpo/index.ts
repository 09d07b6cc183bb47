import type * as Layer from "effect/Layer"
import type { LoraBackend } from "../../core/LoraBackend.ts"
import type { Trainer } from "../../core/Trainer.ts"
import { objectiveTrainer } from "../lesson/ObjectiveTrainer.ts"
import { type GrpoInput, GrpoOptions } from "./Options.ts"
import { grpoObjective } from "./GrpoLoss.ts"

export { type GrpoInput, GrpoOptions } from "./Options.ts"

/**
 * Group relative policy optimisation (Shao et al. 2024; Dr. GRPO, Liu et al. 2025): several turns sampled without the
 * correction, rewarded by comparison with the corrected call. Options that do not decode are a defect that names the option;
 * decode user input with `GrpoOptions` first.
 */
export const grpo = (input: GrpoInput = {}): Layer.Layer<Trainer, never, LoraBackend> =>
  objectiveTrainer("grpo", GrpoOptions, input, grpoObjective)
