import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Stream from "effect/Stream"
import type { Call } from "../../core/domain/Call.ts"
import type { Lesson } from "../../core/domain/Lesson.ts"
import { type BackendError, currentWeights, type LoraBackend } from "../../core/LoraBackend.ts"
import { parseToolCall } from "../../core/prompt/ParseToolCall.ts"

/** What the model would now do, unprompted by the correction. */
export interface GreedyRetry {
  /** The greedy turn under the correction-free prompt. */
  readonly text: string
  /** log p of the attempt's tokens under the current weights, length T. */
  readonly attemptLogProbs: ReadonlyArray<number>
}

const SHORTEST = 64

/**
 * Scores the attempt and takes the greedy turn under the lesson's correction-free prompt. Where the backend reports
 * the most likely tokens, an unchanged greedy turn is seen from the scores alone and nothing is generated.
 */
export const greedyRetry = Effect.fnUntraced(function*(
  backend: LoraBackend["Service"],
  lesson: Lesson,
  seed: number
): Effect.fn.Return<GreedyRetry, BackendError> {
  const { ids, promptIds, text } = lesson.attempt
  const { capabilities, contextLength } = backend.info
  const scores = yield* backend.score({
    promptIds,
    completionIds: ids,
    weights: currentWeights,
    ...(capabilities.topK > 0 ? { topK: 1 } : {})
  })
  const attemptLogProbs = scores.logProbs
  if (scores.topK !== undefined && scores.topK.every((row, t) => row[0]?.id === ids[t])) {
    return { text, attemptLogProbs }
  }
  // An attempt that was cut off is compared with a turn cut off at the same length.
  const ended = backend.tokenizer.stopIds.includes(ids.at(-1)!)
  const longest = ended ? Math.max(SHORTEST, 2 * ids.length) : ids.length
  const tokens = yield* Stream.runCollect(backend.sample({
    promptIds,
    maxTokens: Math.min(contextLength - promptIds.length, longest),
    temperature: 0,
    topP: 1,
    seed,
    weights: currentWeights
  }))
  return { text: backend.tokenizer.decode(tokens.map((token) => token.id)), attemptLogProbs }
})

/** Whether two turns come to the same: the same call with equal arguments, or, without a call, the same words. */
export const sameTurn = (a: string, b: string): boolean => {
  const [x, y] = [parseToolCall(a), parseToolCall(b)]
  return x._tag === "OneCall" && y._tag === "OneCall"
    ? x.tool === y.tool && Equal.equals(x.arguments, y.arguments)
    : x._tag === y._tag && a.trim() === b.trim()
}

/** Whether a turn makes exactly this call. */
export const makesCall = (text: string, call: Call): boolean => {
  const turn = parseToolCall(text)
  return turn._tag === "OneCall" && turn.tool === call.tool && Equal.equals(turn.arguments, call.arguments)
}

/** Whether a turn can be used at all: one call, or words. */
export const isUsable = (text: string): boolean => parseToolCall(text)._tag !== "Unusable"
