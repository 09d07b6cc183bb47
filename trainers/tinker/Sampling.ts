import * as Effect from "effect/Effect"
import { BackendError, type SampledToken, type SampleRequest, type Tokenizer } from "../../core/LoraBackend.ts"
import { makeTextStream } from "../models/ChatTokenizer.ts"
import { tokens } from "../tinker-sdk/index.ts"
import { asBackendError, internal } from "./Failure.ts"
import type { Scoring } from "./Scoring.ts"
import type { Voice } from "./state/Voices.ts"
import type { Watch } from "./Watch.ts"

export interface SamplingParts {
  readonly tokenizer: Tokenizer
  readonly contextLength: number
  readonly scoring: Scoring
  readonly watch: Watch
}

/** A prompt that leaves no room. */
export const checkLength = (length: number, contextLength: number): Effect.Effect<void, BackendError> =>
  length <= contextLength
    ? Effect.void
    : Effect.fail(
      new BackendError({
        reason: "ContextTooLong",
        message: `${length} tokens do not fit into the model's context of ${contextLength}.`
      })
    )

/**
 * Samples one turn whole. The service reports log-probabilities after temperature and nucleus; where those change the
 * distribution the tokens are scored once more, so that what is reported is always at temperature 1. That score is kept, and a
 * lesson on this turn finds it.
 */
export const sampleTurn = Effect.fnUntraced(function*(
  { contextLength, scoring, tokenizer, watch }: SamplingParts,
  voice: Voice,
  request: SampleRequest
): Effect.fn.Return<ReadonlyArray<SampledToken>, BackendError> {
  const { maxTokens, promptIds, scored = true, seed, temperature, topP } = request
  yield* checkLength(promptIds.length + 1, contextLength)
  watch.count({ prefill: promptIds.length })
  const { sequences: [sequence] } = yield* Effect.mapError(
    watch.timed(
      "sample",
      voice.ask((sampler) =>
        sampler.sample(tokens(promptIds), {
          maxTokens: Math.min(maxTokens, contextLength - promptIds.length),
          temperature,
          topP,
          seed,
          stop: tokenizer.stopIds
        })
      )
    ),
    asBackendError
  )
  if (sequence === undefined || sequence.tokens.length === 0) {
    return yield* internal("The Tinker service sampled no token. Try again.")
  }
  watch.count({ sampled: sequence.tokens.length })
  const ids = sequence.tokens
  const plain = temperature === 1 && topP === 1 ? sequence.logprobs : null
  const logProbs = scored
    ? plain ?? (yield* scoring.score(voice, promptIds, ids)).logProbs
    : ids.map(() => 0)
  if (logProbs.length !== ids.length) {
    return yield* internal(
      `The Tinker service gave ${logProbs.length} log-probabilities for ${ids.length} tokens. Try again.`
    )
  }
  const textOf = makeTextStream(tokenizer)
  return ids.map((id, t): SampledToken => {
    const last = t === ids.length - 1
    return {
      id,
      logProb: logProbs[t]!,
      text: textOf(id, last),
      ...(last ? { finish: tokenizer.stopIds.includes(id) ? "stop" as const : "length" as const } : {})
    }
  })
})
