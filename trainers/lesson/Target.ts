import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Call } from "../../core/domain/Call.ts"
import type { Lesson } from "../../core/domain/Lesson.ts"
import { type BackendError, currentWeights, type LoraBackend } from "../../core/LoraBackend.ts"
import { toolCallText } from "../../core/prompt/ToolCallText.ts"
import { turnIds } from "../../core/prompt/TurnIds.ts"
import { tokenMean } from "../math/TokenMean.ts"
import { SAY_MORE } from "./Goal.ts"
import { sameTurn } from "../../core/evidence/SameTurn.ts"
import { greedyTurn, isUsable, type Speaker } from "./GreedyTurn.ts"
import type { NoSignal } from "./Objective.ts"
import { type TargetOptions, teacherWeightsOf } from "./Options.ts"

type Backend = LoraBackend["Service"]

/** The turn that a lesson is to make the model's own. `ids` end with the end of the turn. */
export interface Target {
  readonly ids: ReadonlyArray<number>
  readonly text: string
  /** Where it comes from, in words. */
  readonly source: string
}

/** A call as the model would have written it, end of turn included. */
export const callIds = ({ tokenizer }: Backend, call: Call): ReadonlyArray<number> =>
  turnIds(tokenizer, toolCallText(call.tool, call.arguments))

const nothing = (noSignal: string): NoSignal => ({ noSignal, divergence: 0 })

/** Turns drawn from the teacher, as long as greedy ones may be. */
const drawn = Effect.fnUntraced(function*(backend: Backend, teacher: Speaker, lesson: Lesson, seed: number) {
  const room = backend.info.contextLength - teacher.promptIds.length
  const tokens = yield* Stream.runCollect(backend.sample({
    ...teacher,
    maxTokens: Math.min(room, Math.max(64, 2 * lesson.attempt.ids.length)),
    temperature: 1,
    topP: 1,
    seed
  }))
  const ids = tokens.map((token) => token.id)
  return { ids, text: backend.tokenizer.decode(ids) }
})

/**
 * What a lesson teaches: an edit its edited call, a retry the approved turn, a denial what `denialTarget` says (self-teacher
 * or rejection-sampling fine-tuning). Without such a turn, why there is none.
 */
export const findTarget = Effect.fnUntraced(function*(
  backend: Backend,
  lesson: Lesson,
  options: TargetOptions & { readonly seed: number }
): Effect.fn.Return<Target | NoSignal, BackendError> {
  if (lesson.kind === "retry") {
    return { ids: lesson.attempt.ids, text: lesson.attempt.text, source: "the approved call" }
  }
  if (lesson.kind === "edit" && lesson.correctedCall !== undefined) {
    const { correctedCall } = lesson
    return {
      ids: callIds(backend, correctedCall),
      text: toolCallText(correctedCall.tool, correctedCall.arguments),
      source: "the edited call"
    }
  }
  if (options.denialTarget === "off") {
    return nothing("A denial alone teaches nothing under this objective; the approved retry will, so no step was made.")
  }
  const teacher = { promptIds: lesson.teacherPromptIds, weights: teacherWeightsOf(options.teacher) }
  const differs = (text: string) => isUsable(text) && !sameTurn(text, lesson.attempt.text)
  if (options.denialTarget === "greedy") {
    const { ids, text } = yield* greedyTurn(backend, teacher, lesson.attempt, options.seed)
    if (differs(text)) return { ids, text, source: "the corrected teacher's greedy call" }
    return nothing(
      `Even with your correction in view the model would make ${
        isUsable(text) ? "the same call" : "no usable call"
      }, so no step was made. ${SAY_MORE}`
    )
  }
  for (let i = 0; i < options.rejectionSamples; i++) {
    const { ids, text } = yield* drawn(backend, teacher, lesson, options.seed + i)
    if (differs(text)) return { ids, text, source: "the corrected teacher's call, by rejection sampling" }
  }
  return nothing(
    `None of ${options.rejectionSamples} calls sampled with your correction in view was usable and another one, `
      + `so no step was made. ${SAY_MORE}`
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
