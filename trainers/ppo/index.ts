import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { LoraBackend } from "../../core/LoraBackend.ts"
import { Trainer } from "../../core/Trainer.ts"
import { objectiveTrainer } from "../lesson/ObjectiveTrainer.ts"
import { limitsOf } from "../lesson/Options.ts"
import { decodePpoOptions, type PpoInput } from "./Options.ts"
import { ppoObjective } from "./PpoLoss.ts"

export { type PpoInput, PpoOptions } from "./Options.ts"

/**
 * Proximal policy optimisation (Schulman et al. 2017) with a value head: several turns sampled without the correction,
 * rewarded at their end by comparison with the corrected call, advantages by GAE. The value head is fitted from zero in every
 * lesson, so that an adapter stays all there is to save, restore and undo. Options that do not decode are a defect that names
 * the option; decode user input with `PpoOptions` first.
 */
export const ppo = (input: PpoInput = {}): Layer.Layer<Trainer, never, LoraBackend> =>
  Layer.effect(
    Trainer,
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const options = yield* decodePpoOptions(input).pipe(Effect.orDie)
      return objectiveTrainer(backend, {
        objective: "ppo",
        settings: options,
        learnsFromRetry: options.learnFromRetry,
        teacherSeesAttempt: options.teacherSeesAttempt,
        limits: limitsOf(options, false),
        build: (lesson) => ppoObjective(backend, lesson, options)
      })
    })
  )
