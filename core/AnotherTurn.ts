import * as Effect from "effect/Effect"
import { tokensIn, wordsOf } from "./guard/Invented.ts"
import type { BackendError, LoraBackend } from "./LoraBackend.ts"
import { currentWeights } from "./Weights.ts"
import { readTurn, sampleTurn, type Turn } from "./Turn.ts"

/** The likeliest tokens looked at where a turn could go another way. */
const LISTED = 8
/** Ways tried before there is none. */
const TRIED = 8
const LIKELY = 0.5

/** What is asked for: a turn other than those that are refused. */
interface AnotherRequest {
  readonly promptIds: ReadonlyArray<number>
  /** What the model would say. */
  readonly refused: Turn
  readonly isWanted: (turn: Turn) => Effect.Effect<boolean>
  readonly maxTokens: number
  readonly seed: number
}

/**
 * The turn that the current weights make when the one they would make is ruled out. At each token of that one the likeliest
 * others are branches; they are followed greedily, the likeliest beginning first, until one leads to a turn that is wanted.
 * Backends that do not list tokens are asked for samples instead. Undefined where no such turn is found.
 */
export const anotherTurn = Effect.fn("anotherTurn")(function*(
  backend: Pick<LoraBackend["Service"], "info" | "sample" | "score" | "tokenizer">,
  { isWanted, maxTokens, promptIds, refused, seed }: AnotherRequest
): Effect.fn.Return<Turn | undefined, BackendError> {
  const weights = currentWeights
  const topK = Math.min(LISTED, backend.info.capabilities.topK)
  if (topK < 2) {
    for (let tried = 1; tried <= TRIED; tried++) {
      const turn = yield* sampleTurn(backend, {
        promptIds,
        maxTokens,
        temperature: 1,
        topP: 1,
        seed: seed + tried,
        weights
      })
      if (yield* isWanted(turn)) return turn
    }
    return undefined
  }
  const { ids } = refused
  const heard = backend.tokenizer.decode(promptIds).toLowerCase()
  /** Off its way a small model makes words up; where none was heard, its tokens after the branch must be likely. */
  const isSound = (turn: Turn, branch: number) => {
    const within = tokensIn(backend.tokenizer, turn.ids)
    return wordsOf(turn).filter(({ word }) => !heard.includes(word.toLowerCase())).every((word) =>
      within(word).every((t) => t <= branch || (turn.logProbs?.[t] ?? 0) >= Math.log(LIKELY))
    )
  }
  const { logProbs, topK: rows = [] } = yield* backend.score({ promptIds, completionIds: ids, weights, topK })
  let before = 0
  const branches = rows.flatMap((row, at) => {
    const reached = before
    before += logProbs[at] ?? 0
    return row.filter(({ id }) => id !== ids[at])
      .map(({ id, logProb }) => ({ id, at, logProb, total: reached + logProb }))
  }).toSorted((a, b) => b.total - a.total)
  for (const { at, id, logProb } of branches.slice(0, TRIED)) {
    const beginning = [...ids.slice(0, at), id]
    const room = maxTokens - beginning.length
    if (room < 1 || backend.tokenizer.stopIds.includes(id)) continue
    const rest = yield* sampleTurn(backend, {
      promptIds: [...promptIds, ...beginning],
      maxTokens: room,
      temperature: 0,
      topP: 1,
      seed,
      weights
    })
    const whole = [...beginning, ...rest.ids]
    const text = backend.tokenizer.decode(whole)
    const turn = readTurn({ ids: whole, text, logProbs: [...logProbs.slice(0, at), logProb, ...rest.logProbs ?? []] })
    if (!isSound(turn, at) || !(yield* isWanted(turn))) continue
    // Its beginning was read as a prompt; the numbers of record are those of the whole turn.
    const { logProbs: own } = yield* backend.score({ promptIds, completionIds: whole, weights })
    return { ...turn, logProbs: own }
  }
  return undefined
})
