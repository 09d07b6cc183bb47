import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { LoraBackend } from "../../core/LoraBackend.ts"
import { Trainer } from "../../core/Trainer.ts"
import { asTrainerError } from "../lesson/Failure.ts"
import { learnLesson } from "../lesson/LearnLesson.ts"
import { limitsOf } from "../lesson/Options.ts"
import { decodeSdpoOptions, type SdpoInput } from "./Options.ts"
import { sdpoObjective } from "./SdpoLoss.ts"

export { literalOptions, type SdpoInput, SdpoOptions } from "./Options.ts"

/**
 * Self-distillation policy optimisation (SDPO, arXiv 2601.20802) on single corrections: the same model, shown the
 * correction, is the teacher of its own attempt's tokens, and the student is the model without it. Options that do not
 * decode are a defect that names the option; decode user input with `SdpoOptions` first.
 */
export const sdpo = (input: SdpoInput = {}): Layer.Layer<Trainer, never, LoraBackend> =>
  Layer.effect(
    Trainer,
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const options = yield* decodeSdpoOptions(input).pipe(Effect.orDie)
      return Trainer.of({
        objective: "sdpo",
        settings: options,
        learnsFromRetry: options.learnFromRetry,
        teacherSeesAttempt: options.teacherSeesAttempt,
        learn: (lesson, progress, kept) =>
          sdpoObjective(backend, lesson, options).pipe(
            Effect.mapError(asTrainerError),
            Effect.flatMap((objective) =>
              learnLesson(backend, {
                lesson,
                objective,
                limits: limitsOf(options, options.onPolicy),
                teachesCall: options.editTeachesCall !== "off",
                progress,
                kept: kept ?? []
              })
            )
          )
      })
    })
  )
