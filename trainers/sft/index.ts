import type * as Layer from "effect/Layer"
import type { LoraBackend } from "../../core/LoraBackend.ts"
import type { Trainer } from "../../core/Trainer.ts"
import { objectiveTrainer } from "../lesson/ObjectiveTrainer.ts"
import { type SftInput, SftOptions } from "./Options.ts"
import { sftObjective } from "./SftLoss.ts"

export { type SftInput, SftOptions } from "./Options.ts"

/**
 * Supervised fine-tuning: cross-entropy on the corrected call under the prompt without the correction. The call is the edited
 * one, the approved retry, or for a denial alone the one that the corrected model makes itself (self-teacher fine-tuning).
 * Options that do not decode are a defect that names the option; decode user input with `SftOptions` first.
 */
export const sft = (input: SftInput = {}): Layer.Layer<Trainer, never, LoraBackend> =>
  objectiveTrainer("sft", SftOptions, input, sftObjective)
