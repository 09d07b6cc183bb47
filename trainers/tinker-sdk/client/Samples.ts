/** What sampling gives back, the same from every server. */
import * as Effect from "effect/Effect"
import { TinkerProtocolError } from "../TinkerError.ts"
import { type SampleResult, type TensorData, toDense, type TopK } from "../wire/index.ts"
import { NO_LOGPROB } from "../wire/ProtoSampling.ts"

export interface SampledTokens {
  /** With the stop token, if it ended there. */
  readonly tokens: ReadonlyArray<number>
  /** Of each token, after temperature; null where the server gave none. */
  readonly logprobs: ReadonlyArray<number> | null
  readonly stopReason: "stop" | "length"
  /** Newer services, on request. */
  readonly topKLogprobs: ReadonlyArray<TopK> | null
}

export interface Samples {
  readonly sequences: ReadonlyArray<SampledTokens>
  /** One entry per prompt token; the first is null. */
  readonly promptLogprobs: ReadonlyArray<number | null> | null
  /** One row per prompt token, of (id, log-probability); the first is null. */
  readonly topKPromptLogprobs: ReadonlyArray<TopK> | null
  readonly targetPromptLogprobs: TensorData | null
  /** How many prompt tokens did not have to be read again. */
  readonly promptCacheHitTokens: number
}

/** One entry per prompt token, whether or not the server says that the first has none. */
const aligned = <A>(
  values: ReadonlyArray<A | null> | null | undefined,
  length: number
): ReadonlyArray<A | null> | null =>
  values === null || values === undefined ? null : values.length === length - 1 ? [null, ...values] : values

/** `length`: tokens of the prompt, 0 where it is not only text. */
export const readSamples = (
  operation: string,
  result: SampleResult,
  length: number
): Effect.Effect<Samples, TinkerProtocolError> => {
  const promptLogprobs = aligned(result.prompt_logprobs, length)
  const topKPromptLogprobs = aligned(result.topk_prompt_logprobs, length)
  const wrong = [promptLogprobs, topKPromptLogprobs].find((values) => values !== null && values.length < length)
  if (wrong) {
    return Effect.fail(
      new TinkerProtocolError({
        operation,
        detail: `The reply has ${wrong.length} log-probabilities for ${length} prompt tokens.`
      })
    )
  }
  return Effect.succeed({
    sequences: result.sequences.map((sequence) => ({
      tokens: sequence.tokens,
      logprobs: sequence.logprobs ?? null,
      stopReason: sequence.stop_reason,
      topKLogprobs: sequence.topk_sampled_logprobs ?? null
    })),
    promptLogprobs,
    topKPromptLogprobs,
    targetPromptLogprobs: result.target_prompt_logprobs ?? null,
    promptCacheHitTokens: result.prompt_cache_hit_tokens ?? 0
  })
}

/** As rows; ids of −1 were not asked for. */
export const scoresOf = (
  operation: string,
  scores: TensorData,
  ids: ReadonlyArray<ReadonlyArray<number>>
): Effect.Effect<ReadonlyArray<ReadonlyArray<number | null>>, TinkerProtocolError> =>
  Effect.gen(function*() {
    const width = ids[0]!.length
    const { data } = yield* Effect.mapError(
      toDense(scores),
      (error) => new TinkerProtocolError({ operation, detail: error.message })
    )
    if (data.length !== ids.length * width) {
      return yield* new TinkerProtocolError({
        operation,
        detail: `The reply has ${data.length} scores for ${ids.length} rows of ${width} ids.`
      })
    }
    return ids.map((row, at) =>
      row.map((id, column) => {
        const score = data[at * width + column]!
        return id < 0 || Number.isNaN(score) || score === NO_LOGPROB ? null : score
      })
    )
  })
