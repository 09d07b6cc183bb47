import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Attempt } from "../../core/domain/Call.ts"
import type { BackendError, LoraBackend, Scores, Weights } from "../../core/LoraBackend.ts"
import { sameIds } from "../../core/evidence/SameTurn.ts"
import { parseToolCall } from "../../core/prompt/ParseToolCall.ts"
import { together } from "./Together.ts"

/** What the model does greedily after a prompt, next to how it rates the attempt there. */
export interface GreedyTurn {
  readonly text: string
  readonly ids: ReadonlyArray<number>
  /** log p of `ids`; absent where knowing them would have been another wait. */
  readonly logProbs?: ReadonlyArray<number>
  /** log p of the attempt's tokens, length T. */
  readonly attemptLogProbs: ReadonlyArray<number>
  /** The most likely tokens at each of the attempt's positions, where the backend reports them. */
  readonly likeliest?: Scores["topK"]
}

/** Whose turn: a prompt and the weights that read it. */
export interface Speaker {
  readonly promptIds: ReadonlyArray<number>
  readonly weights: Weights
}

const SHORTEST = 64
/** How many of the most likely tokens are kept at each position of the attempt. */
export const LISTED = 5

/** A turn of tokens. */
type Tokens = Pick<Attempt, "ids" | "text">

/**
 * Scores the attempt after a prompt and takes the greedy turn there. Where the backend reports the most likely tokens, a
 * greedy turn that equals the attempt, or the `guess` if there is one, is seen from the scores alone and nothing is generated;
 * where it overlaps operations, the turn is asked for without waiting to see.
 */
export const greedyTurn = Effect.fnUntraced(function*(
  backend: LoraBackend["Service"],
  { promptIds, weights }: Speaker,
  attempt: Attempt,
  seed: number,
  guess: Tokens = attempt
): Effect.fn.Return<GreedyTurn, BackendError> {
  const { capabilities, contextLength } = backend.info
  const { ids } = attempt
  const overlaps = capabilities.overlaps === true
  const topK = capabilities.topK > 0 ? { topK: Math.min(capabilities.topK, LISTED) } : {}
  const score = (completionIds: ReadonlyArray<number>, reuse: boolean) =>
    backend.score({ promptIds, completionIds, weights, reuse, ...topK })
  // An attempt that was cut off is compared with a turn cut off at the same length.
  const ends = (turn: Tokens) => backend.tokenizer.stopIds.includes(turn.ids.at(-1)!)
  const longest = ends(attempt) ? Math.max(SHORTEST, 2 * ids.length) : ids.length
  const maxTokens = Math.min(contextLength - promptIds.length, longest)
  const generated = Stream.runCollect(backend.sample({
    promptIds,
    maxTokens,
    temperature: 0,
    topP: 1,
    seed,
    weights,
    ...(overlaps ? { scored: false } : {})
  }))
  // The guess goes first: it is likely to be trained on next, and the prompt is then at hand for the attempt.
  const isWhole = guess.ids.length === maxTokens || guess.ids.length < maxTokens && ends(guess)
  const asks = !overlaps && capabilities.topK > 0 && isWhole && !sameIds(guess.ids, ids)
  const guessed = asks ? yield* score(guess.ids, false) : undefined
  const scored = score(ids, guessed !== undefined)
  const [scores, early] = overlaps
    ? yield* Effect.all([scored, generated], together(backend))
    : [yield* scored, undefined]
  const attemptLogProbs = scores.logProbs
  const seen = scores.topK === undefined ? { attemptLogProbs } : { attemptLogProbs, likeliest: scores.topK }
  for (const [turn, its] of [[attempt, scores], [guess, guessed]] as const) {
    if (its?.topK?.every((row, t) => row[0]?.id === turn.ids[t]) !== true) continue
    return { text: turn.text, ids: turn.ids, logProbs: its.logProbs, ...seen }
  }
  const tokens = early ?? (yield* generated)
  const turn = tokens.map((token) => token.id)
  return {
    text: backend.tokenizer.decode(turn),
    ids: turn,
    ...(early === undefined ? { logProbs: tokens.map((token) => token.logProb) } : {}),
    ...seen
  }
})

/** What a turn's tokens were as likely as when it was made, by whoever made it. */
export interface Likelihoods {
  readonly ids: ReadonlyArray<number>
  readonly logProbs?: ReadonlyArray<number>
}

/**
 * Whether every token of a turn is at least `confidence` times as likely as it was to its `model`; next to certainty where that
 * made another turn or is not known. A turn whose own likelihoods are not known counts as sure.
 */
export const isSure = (
  { ids, logProbs = [] }: Likelihoods,
  model: Likelihoods | undefined,
  confidence: number
): boolean => {
  const same = model !== undefined && sameIds(model.ids, ids)
  return logProbs.every((logProb, t) =>
    logProb >= Math.log(confidence) + Math.min(0, same ? model.logProbs?.[t] ?? 0 : 0)
  )
}

/** Whether a turn can be used at all: one call, or words. */
export const isUsable = (text: string): boolean => parseToolCall(text)._tag !== "Unusable"
