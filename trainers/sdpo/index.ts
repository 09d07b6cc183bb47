import type * as Layer from "effect/Layer"
import type { LoraBackend } from "../../core/LoraBackend.ts"
import type { Trainer } from "../../core/Trainer.ts"
import { objectiveTrainer } from "../lesson/ObjectiveTrainer.ts"
import { type SdpoInput, SdpoOptions } from "./Options.ts"
import { sdpoObjective } from "./SdpoLoss.ts"

export { literalOptions, type SdpoInput, SdpoOptions } from "./Options.ts"

/**
 * Self-distillation policy optimisation (SDPO, arXiv 2601.20802) on single corrections: the same model, shown the
 * correction, is the teacher of its own attempt's tokens, and the student is the model without it. Options that do not
 * decode are a defect that names the option; decode user input with `SdpoOptions` first.
 */
export const sdpo = (input: SdpoInput = {}): Layer.Layer<Trainer, never, LoraBackend> =>
  objectiveTrainer("sdpo", SdpoOptions, input, sdpoObjective, ({ editTeachesCall, learnOn, onPolicy }) => ({
    onPolicy: onPolicy && learnOn === "attempt",
    teachesCall: editTeachesCall !== "off"
  }))
