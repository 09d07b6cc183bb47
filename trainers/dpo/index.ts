import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { LoraBackend } from "../../core/LoraBackend.ts"
import { Trainer } from "../../core/Trainer.ts"
import { objectiveTrainer } from "../lesson/ObjectiveTrainer.ts"
import { limitsOf } from "../lesson/Options.ts"
import { decodeDpoOptions, type DpoInput } from "./Options.ts"
import { dpoObjective } from "./DpoLoss.ts"

export { type DpoInput, DpoOptions } from "./Options.ts"

/**
 * Direct preference optimisation (Rafailov et al. 2023): the corrected call is preferred to the denied one, against the base
 * model as reference. Options that do not decode are a defect that names the option; decode user input with `DpoOptions`
 * first.
 */
export const dpo = (input: DpoInput = {}): Layer.Layer<Trainer, never, LoraBackend> =>
  Layer.effect(
    Trainer,
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const options = yield* decodeDpoOptions(input).pipe(Effect.orDie)
      return objectiveTrainer(backend, {
        objective: "dpo",
        settings: options,
        learnsFromRetry: options.learnFromRetry,
        teacherSeesAttempt: options.teacherSeesAttempt,
        limits: limitsOf(options, false),
        build: (lesson) => dpoObjective(backend, lesson, options)
      })
    })
  )
