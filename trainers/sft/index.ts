import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { LoraBackend } from "../../core/LoraBackend.ts"
import { Trainer } from "../../core/Trainer.ts"
import { objectiveTrainer } from "../lesson/ObjectiveTrainer.ts"
import { limitsOf } from "../lesson/Options.ts"
import { decodeSftOptions, type SftInput } from "./Options.ts"
import { sftObjective } from "./SftLoss.ts"

export { type SftInput, SftOptions } from "./Options.ts"

/**
 * Supervised fine-tuning: cross-entropy on the corrected call under the prompt without the correction. The call is the edited
 * one, the approved retry, or for a denial alone the one that the corrected model makes itself (self-teacher fine-tuning).
 * Options that do not decode are a defect that names the option; decode user input with `SftOptions` first.
 */
export const sft = (input: SftInput = {}): Layer.Layer<Trainer, never, LoraBackend> =>
  Layer.effect(
    Trainer,
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const options = yield* decodeSftOptions(input).pipe(Effect.orDie)
      return objectiveTrainer(backend, {
        objective: "sft",
        settings: options,
        learnsFromRetry: options.learnFromRetry,
        teacherSeesAttempt: options.teacherSeesAttempt,
        limits: limitsOf(options, false),
        build: (lesson) => sftObjective(backend, lesson, options)
      })
    })
  )
