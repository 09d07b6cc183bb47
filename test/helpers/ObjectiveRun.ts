import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Capabilities } from "../../core/LoraBackend.ts"
import { LoraBackend } from "../../core/LoraBackend.ts"
import { Trainer } from "../../core/Trainer.ts"
import type { LessonLoss, LessonObjective, NoSignal } from "../../trainers/lesson/Objective.ts"
import { gradientOf } from "../contracts/backend/Probe.ts"
import { referenceBackend } from "./ReferenceBackend.ts"

/** Runs with a trainer over a reference backend of its own. */
export const overReference = <A, E, R>(
  trainer: Layer.Layer<Trainer, never, LoraBackend>,
  body: (trainer: Trainer["Service"], backend: LoraBackend["Service"]) => Effect.Effect<A, E, R>,
  capabilities?: Partial<Capabilities>
) =>
  Effect.gen(function*() {
    return yield* body(yield* Trainer, yield* LoraBackend)
  }).pipe(Effect.provide(trainer.pipe(Layer.provideMerge(referenceBackend(capabilities)))))

/** What has signal, or a defect that says why it has none. */
export const signal = <A extends LessonObjective | LessonLoss>(found: A | NoSignal): Effect.Effect<A> =>
  "noSignal" in found ? Effect.die(new Error(found.noSignal)) : Effect.succeed(found)

/** Gradient of -sum_t log pi(y_t) in the adapter. */
export const negativeLogProbGradient = (
  backend: LoraBackend["Service"],
  promptIds: ReadonlyArray<number>,
  completionIds: ReadonlyArray<number>
) =>
  gradientOf(backend, [{ _tag: "CrossEntropy", promptIds, completionIds, baseKl: 0 }]).pipe(
    Effect.map(({ gradient }) => gradient.map((g) => g * completionIds.length))
  )

/** sum_i c_i v_i. */
export const combine = (
  parts: ReadonlyArray<{ readonly factor: number; readonly vector: Float64Array }>
): Float64Array =>
  Float64Array.from(
    { length: parts[0]!.vector.length },
    (_, i) => parts.reduce((sum, { factor, vector }) => sum + factor * vector[i]!, 0)
  )
