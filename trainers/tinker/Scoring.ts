import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import type { BackendError, Scores } from "../../core/LoraBackend.ts"
import { type Samples, type TinkerError, tokens } from "../tinker-sdk/index.ts"
import { asBackendError, internal } from "./Failure.ts"
import type { Voice } from "./state/Voices.ts"
import type { Watch } from "./Watch.ts"

export interface Scoring {
  /** Temperature-1 scores of a completion with the most likely tokens at each of its positions. Asked for once, then known. */
  readonly score: (
    voice: Voice,
    promptIds: ReadonlyArray<number>,
    completionIds: ReadonlyArray<number>
  ) => Effect.Effect<Scores, BackendError>
}

type Readout = Pick<Samples, "promptLogprobs" | "topKPromptLogprobs">

/** Scores kept: those of a lesson and its canaries, several times over. */
const KEPT = 256
/** A probability that is none. */
const NEVER = -9e4

/**
 * Entry i of the service's list belongs to token i, the first having none: the completion's token t is at P + t, P being the
 * prompt's length.
 */
export const completionScores = (
  { promptLogprobs, topKPromptLogprobs }: Readout,
  promptLength: number,
  completionLength: number
): Scores | undefined => {
  const logProbs = (promptLogprobs ?? []).slice(promptLength, promptLength + completionLength)
  if (logProbs.length !== completionLength || !logProbs.every((value) => typeof value === "number")) return undefined
  if (topKPromptLogprobs === null) return { logProbs }
  const topK = topKPromptLogprobs.slice(promptLength, promptLength + completionLength).map((row) =>
    (row ?? []).map(([id, logProb]) => ({ id, logProb })).filter(({ logProb }) => logProb > NEVER)
      .toSorted((a, b) => b.logProb - a.logProb)
  )
  return { logProbs, topK }
}

export const makeScoring = Effect.fnUntraced(function*(
  topK: number,
  watch: Watch
): Effect.fn.Return<Scoring, never, Scope.Scope> {
  const scope = yield* Scope.Scope
  const known = new Map<string, Deferred.Deferred<Scores, BackendError>>()

  const ask = Effect.fnUntraced(function*(
    voice: Voice,
    promptIds: ReadonlyArray<number>,
    completionIds: ReadonlyArray<number>
  ) {
    if (promptIds.length === 0) return yield* internal("A completion without a prompt cannot be scored.")
    const sequence = [...promptIds, ...completionIds]
    watch.count({ prefill: sequence.length, sampled: 1 })
    const answer: Effect.Effect<Readout, TinkerError> = topK > 0
      ? voice.ask((sampler) => sampler.topKLogprobs(tokens(sequence), topK))
      : Effect.map(
        voice.ask((sampler) => sampler.computeLogprobs(tokens(sequence))),
        (promptLogprobs) => ({ promptLogprobs, topKPromptLogprobs: null })
      )
    const samples = yield* Effect.mapError(watch.timed("score", answer), asBackendError)
    const scores = completionScores(samples, promptIds.length, completionIds.length)
    return scores ?? (yield* internal(
      `The Tinker service gave no log-probability for one of ${completionIds.length} tokens. Try again.`
    ))
  })

  return {
    score: Effect.fnUntraced(function*(voice, promptIds, completionIds) {
      if (completionIds.length === 0) return { logProbs: [] }
      const key = `${voice.key}:${promptIds.length}:${promptIds.join()}:${completionIds.join()}`
      const found = known.get(key)
      if (found !== undefined) return yield* Deferred.await(found)
      const answer = Deferred.makeUnsafe<Scores, BackendError>()
      known.set(key, answer)
      const [oldest] = known.keys()
      if (known.size > KEPT && oldest !== undefined) known.delete(oldest)
      // Whoever asks first may leave; the others wait on.
      const asked = Effect.onError(ask(voice, promptIds, completionIds), () => Effect.sync(() => known.delete(key)))
      yield* Effect.forkIn(Deferred.into(asked, answer), scope)
      return yield* Deferred.await(answer)
    })
  }
})
