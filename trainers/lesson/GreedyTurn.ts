import * as Effect from "effect/Effect"
import type { BackendError, LoraBackend, Scores } from "../../core/LoraBackend.ts"
import type { Weights } from "../../core/Weights.ts"
import { sameIds, sampleTurn, type Turn } from "../../core/Turn.ts"
import { together } from "./Distant.ts"

/** What the model does greedily after a prompt, next to how it rates the attempt there. */
export interface GreedyTurn extends Turn {
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

/** Tokens of a turn that takes the place of this one, at most. One that was cut off is compared with one of its length. */
export const longestBeside = (
  { info, tokenizer }: LoraBackend["Service"],
  promptIds: ReadonlyArray<number>,
  { ids }: Pick<Turn, "ids">
): number => {
  const longest = tokenizer.stopIds.includes(ids.at(-1)!) ? Math.max(SHORTEST, 2 * ids.length) : ids.length
  return Math.min(info.contextLength - promptIds.length, longest)
}

/** Whether greedy decoding gives a turn token by token, where the most likely tokens at its positions are known. */
const isGreedy = ({ ids }: Turn, { topK }: Pick<Scores, "topK">): boolean =>
  topK !== undefined && topK.length === ids.length && topK.every((row, t) => row[0]?.id === ids[t])

/** How the model rates the attempt, as its scores say. */
const rated = ({ logProbs, topK }: Scores): Omit<GreedyTurn, keyof Turn> => ({
  attemptLogProbs: logProbs,
  ...(topK === undefined ? {} : { likeliest: topK })
})

/**
 * Scores the attempt after a prompt and takes the greedy turn there. Where the backend reports the most likely tokens, a
 * greedy turn that equals the attempt, or the `guess` if there is one, is seen from the scores alone and nothing is generated;
 * where it overlaps operations, the turn is asked for without waiting to see.
 */
export const greedyTurn = Effect.fnUntraced(function*(
  backend: LoraBackend["Service"],
  { promptIds, weights }: Speaker,
  attempt: Turn,
  seed: number,
  guess: Turn = attempt
): Effect.fn.Return<GreedyTurn, BackendError> {
  const { capabilities: { overlaps = false, topK } } = backend.info
  const listed = topK > 0 ? { topK: Math.min(topK, LISTED) } : {}
  const score = ({ ids }: Turn, reuse: boolean) =>
    backend.score({ promptIds, completionIds: ids, weights, reuse, ...listed })
  const maxTokens = longestBeside(backend, promptIds, attempt)
  const generated = sampleTurn(backend, {
    promptIds,
    maxTokens,
    temperature: 0,
    topP: 1,
    seed,
    weights,
    ...(overlaps ? { scored: false } : {})
  })
  // The guess goes first: it is likely to be trained on next, and the prompt is then at hand for the attempt.
  const isWhole = guess.ids.length === maxTokens
    || guess.ids.length < maxTokens && backend.tokenizer.stopIds.includes(guess.ids.at(-1)!)
  const asks = !overlaps && topK > 0 && isWhole && !sameIds(guess.ids, attempt.ids)
  const guessed = asks ? yield* score(guess, false) : undefined
  const [scores, early] = yield* Effect.all(
    [score(attempt, guessed !== undefined), overlaps ? generated : Effect.undefined],
    together(backend)
  )
  const seen = rated(scores)
  for (const [turn, its] of [[attempt, scores], [guess, guessed]] as const) {
    if (its !== undefined && isGreedy(turn, its)) return { ...turn, logProbs: its.logProbs, ...seen }
  }
  return { ...(early ?? (yield* generated)), ...seen }
})

/**
 * The same where it is seen from scores alone: `turn` is the attempt or the `guess`, whichever a greedy decoding would give token
 * by token, undefined where it would give another. Nothing is generated. The guess must be a whole turn.
 */
export const seenTurn = Effect.fnUntraced(function*(
  backend: LoraBackend["Service"],
  { promptIds, weights }: Speaker,
  attempt: Turn,
  guess: Turn
): Effect.fn.Return<Omit<GreedyTurn, keyof Turn> & { readonly turn: Turn | undefined }, BackendError> {
  const score = ({ ids }: Turn) =>
    backend.score({
      promptIds,
      completionIds: ids,
      weights,
      reuse: true,
      topK: Math.min(backend.info.capabilities.topK, LISTED)
    })
  const scores = yield* score(attempt)
  const guessed = yield* score(guess)
  const found = ([[guess, guessed], [attempt, scores]] as const).find(([turn, its]) => isGreedy(turn, its))
  return { ...rated(scores), turn: found && { ...found[0], logProbs: found[1].logProbs } }
})

/**
 * Whether every token of a turn is at least `confidence` times as likely as it was to its `model`; next to certainty where that
 * made another turn or is not known. A turn whose own likelihoods are not known counts as sure.
 */
export const isSure = (
  { ids, logProbs = [] }: Pick<Turn, "ids" | "logProbs">,
  model: Pick<Turn, "ids" | "logProbs"> | undefined,
  confidence: number
): boolean => {
  const same = model !== undefined && sameIds(model.ids, ids)
  return logProbs.every((logProb, t) =>
    logProb >= Math.log(confidence) + Math.min(0, same ? model.logProbs?.[t] ?? 0 : 0)
  )
}
