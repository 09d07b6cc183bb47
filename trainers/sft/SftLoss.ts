import * as Effect from "effect/Effect"
import type { Lesson } from "../../core/domain/Lesson.ts"
import type { BackendError, LoraBackend } from "../../core/LoraBackend.ts"
import type { LessonObjective, NoSignal } from "../lesson/Objective.ts"
import { findTarget, targetDistance } from "../lesson/Target.ts"
import { tokenMean } from "../math/TokenMean.ts"
import type { SftOptions } from "./Options.ts"

/** SFT's view of one lesson: -mean_t log pi(y+_t | x, y+_<t) under the correction-free prompt x. */
export const sftObjective = Effect.fnUntraced(function*(
  backend: LoraBackend["Service"],
  lesson: Lesson,
  options: SftOptions
): Effect.fn.Return<LessonObjective | NoSignal, BackendError> {
  const target = yield* findTarget(backend, lesson, options)
  if ("noSignal" in target) return target
  return {
    name: "sft",
    estimator: `cross-entropy on ${target.source}`,
    gateScale: 1,
    taught: target,
    loss: () =>
      Effect.succeed({
        items: [{
          _tag: "CrossEntropy",
          promptIds: lesson.attempt.promptIds,
          completionIds: target.ids,
          baseKl: options.klCoefficient
        }],
        divergence: (report) => -tokenMean(report.items[0]!.logProbs)
      }),
    distance: targetDistance(backend, lesson, target),
    afterUpdate: Effect.void
  }
})
