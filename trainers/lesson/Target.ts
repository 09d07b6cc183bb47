import * as Effect from "effect/Effect"
import type { Lesson } from "../../core/domain/Lesson.ts"
import type { BackendError, LoraBackend } from "../../core/LoraBackend.ts"
import { currentWeights } from "../../core/Weights.ts"
import { isReadable, readTurn, type Said, sameTurn, sampleTurn, type Turn } from "../../core/Turn.ts"
import { tokenMean } from "../math/TokenMean.ts"
import { callLike } from "./CallLike.ts"
import { sayMore } from "./Goal.ts"
import { greedyTurn, longestBeside } from "./GreedyTurn.ts"
import type { NoSignal } from "./Objective.ts"
import { type TargetOptions, teacherWeightsOf } from "./Options.ts"

type Backend = LoraBackend["Service"]

/** The turn that a lesson is to make the model's own. `ids` end with the end of the turn. */
export interface Target extends Turn {
  /** Where it comes from, in words. */
  readonly source: string
}

const nothing = (noSignal: string): NoSignal => ({ noSignal, divergence: 0 })

/**
 * What a lesson teaches: an edit its edited call, a retry the approved turn, a denial what `denialTarget` says (self-teacher
 * or rejection-sampling fine-tuning). Without such a turn, why there is none.
 */
export const findTarget = Effect.fnUntraced(function*(
  backend: Backend,
  lesson: Lesson,
  options: TargetOptions & { readonly seed: number }
): Effect.fn.Return<Target | NoSignal, BackendError> {
  const attempt = readTurn(lesson.attempt)
  if (lesson.kind === "retry") return { ...attempt, source: "the approved call" }
  if (lesson.kind === "edit" && lesson.correctedCall !== undefined) {
    return { ...callLike(backend.tokenizer, attempt, lesson.correctedCall), source: "the edited call" }
  }
  if (options.denialTarget === "off") {
    return nothing("A denial alone teaches nothing under this objective; the approved retry will, so no step was made.")
  }
  const teacher = { promptIds: lesson.teacherPromptIds, weights: teacherWeightsOf(options.teacher) }
  const differs = (turn: Said) => isReadable(turn) && !sameTurn(turn, attempt)
  if (options.denialTarget === "greedy") {
    const turn = yield* greedyTurn(backend, teacher, attempt, options.seed)
    if (differs(turn)) return { ...turn, source: "the corrected teacher's greedy call" }
    return nothing(
      `Even with your correction in view the model would make ${
        isReadable(turn) ? "the same call" : "no usable call"
      }, so no step was made. ${sayMore(lesson.kind)}`
    )
  }
  for (let i = 0; i < options.rejectionSamples; i++) {
    const turn = yield* sampleTurn(backend, {
      ...teacher,
      maxTokens: longestBeside(backend, teacher.promptIds, attempt),
      temperature: 1,
      topP: 1,
      seed: options.seed + i
    })
    if (differs(turn)) return { ...turn, source: "the corrected teacher's call, by rejection sampling" }
  }
  return nothing(
    `None of ${options.rejectionSamples} calls sampled with your correction in view was usable and another one, `
      + `so no step was made. ${sayMore(lesson.kind)}`
  )
})

/**
 * How far the student is from making the target by itself: -mean_t log pi(target_t), nats per token; 0 when it is certain
 * to. What objectives without a teacher's distribution are gated and judged by.
 */
export const targetDistance = (
  backend: Backend,
  lesson: Lesson,
  target: Target
): Effect.Effect<number, BackendError> =>
  backend.score({ promptIds: lesson.attempt.promptIds, completionIds: target.ids, weights: currentWeights }).pipe(
    Effect.map(({ logProbs }) => -tokenMean(logProbs))
  )
