/** Sampling from one set of weights, and asking for probabilities under it: what can be asked. */
import type * as Effect from "effect/Effect"
import type { TinkerError } from "../TinkerError.ts"
import type { GetSamplerReply, ModelInput } from "../wire/index.ts"
import type { WaitOptions } from "./Core.ts"
import type { Samples } from "./Samples.ts"

export interface SampleParams {
  readonly maxTokens: number
  /** The same seed gives the same samples, where the server honours seeds. */
  readonly seed?: number | undefined
  /** Token ids or texts; default: the model's own end. An empty list never stops. The stop token is part of the sample. */
  readonly stop?: ReadonlyArray<number> | ReadonlyArray<string> | undefined
  /** Default 1. Other values change the returned log-probabilities: they are those after temperature. */
  readonly temperature?: number | undefined
  /** Default −1: all. */
  readonly topK?: number | undefined
  /** Default 1. */
  readonly topP?: number | undefined
}

export interface SampleOptions extends WaitOptions {
  /** How many samples of the prompt; default 1. */
  readonly numSamples?: number | undefined
  readonly promptLogprobs?: boolean | undefined
  /** The K most probable ids at every prompt position; the hosted service gives at most 20. */
  readonly topKPromptLogprobs?: number | undefined
  /** The same at sampled positions; newer services. */
  readonly topKSampleLogprobs?: number | undefined
}

export interface SamplingClient {
  /** The service's name of this sampler. */
  readonly id: string
  readonly sample: (
    prompt: ModelInput,
    params: SampleParams,
    options?: SampleOptions
  ) => Effect.Effect<Samples, TinkerError>
  /** The log-probability of each prompt token given those before it; the first has none. Temperature 1. */
  readonly computeLogprobs: (
    prompt: ModelInput,
    options?: WaitOptions
  ) => Effect.Effect<ReadonlyArray<number | null>, TinkerError>
  /** The K most probable ids at each prompt position; position t is predicted from the tokens before t. */
  readonly topKLogprobs: (
    prompt: ModelInput,
    k: number,
    options?: WaitOptions
  ) => Effect.Effect<Samples, TinkerError>
  /**
   * The log-probabilities of ids of one's own choice: `ids[t]` are scored as what could follow the first t + 1 tokens, so there
   * is one row less than there are prompt tokens. Rows have one length; −1 is no question, and null no answer. Newer services.
   */
  readonly scoreIds: (
    prompt: ModelInput,
    ids: ReadonlyArray<ReadonlyArray<number>>,
    options?: WaitOptions
  ) => Effect.Effect<ReadonlyArray<ReadonlyArray<number | null>>, TinkerError>
  readonly info: Effect.Effect<GetSamplerReply, TinkerError>
}
