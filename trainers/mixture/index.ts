import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { LoraBackend } from "../../core/LoraBackend.ts"
import { Trainer } from "../../core/Trainer.ts"
import { objectiveTrainer } from "../lesson/ObjectiveTrainer.ts"
import { limitsOf } from "../lesson/Options.ts"
import { decodeMixtureOptions, type MixtureInput } from "./Options.ts"
import { mixtureObjective } from "./MixtureLoss.ts"

export { type MixtureInput, MixtureOptions } from "./Options.ts"

/**
 * SDPO and GRPO on the same sampled turns, A = lambda A_GRPO + (1 - lambda) A_SDPO (SDPO, arXiv 2601.20802, hybrid). Options
 * that do not decode are a defect that names the option; decode user input with `MixtureOptions` first.
 */
export const mixture = (input: MixtureInput = {}): Layer.Layer<Trainer, never, LoraBackend> =>
  Layer.effect(
    Trainer,
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const options = yield* decodeMixtureOptions(input).pipe(Effect.orDie)
      return objectiveTrainer(backend, {
        objective: "mixture",
        settings: options,
        learnsFromRetry: options.learnFromRetry,
        teacherSeesAttempt: options.teacherSeesAttempt,
        limits: limitsOf(options, false),
        build: (lesson) => mixtureObjective(backend, lesson, options)
      })
    })
  )
