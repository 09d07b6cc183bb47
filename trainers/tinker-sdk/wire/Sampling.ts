/** Sampling requests and their results. */
import * as Schema from "effect/Schema"
import { integerOr, maybe, optional, tag } from "./Common.ts"
import { ModelInput, SamplingParams, TensorData } from "./Values.ts"

/** Exactly one of `base_model` and `model_path`. */
export const CreateSamplingSessionRequest = Schema.Struct({
  session_id: Schema.String,
  sampling_session_seq_id: Schema.Int,
  base_model: optional(Schema.String),
  model_path: optional(Schema.String),
  type: tag("create_sampling_session")
})
export const CreateSamplingSessionReply = Schema.Struct({
  type: tag("create_sampling_session"),
  sampling_session_id: Schema.String
})

/** `seq_id` is unique within its sampling session and starts at 0. */
export const SampleRequest = Schema.Struct({
  num_samples: integerOr(1),
  prompt: ModelInput,
  sampling_params: SamplingParams,
  sampling_session_id: optional(Schema.String),
  seq_id: optional(Schema.Int),
  base_model: optional(Schema.String),
  model_path: optional(Schema.String),
  prompt_logprobs: optional(Schema.Boolean),
  topk_prompt_logprobs: integerOr(0),
  /** Newer services: the same for sampled positions. */
  topk_sample_logprobs: optional(Schema.Int),
  /** Newer services: ids to score at every prompt position, int64 [length - 1, K], -1 for none. */
  target_prompt_logprobs: optional(TensorData),
  prompt_alt_tokens_k: optional(Schema.Int),
  prompt_logprobs_last_n: optional(Schema.Int),
  type: tag("sample")
})
export type SampleRequest = typeof SampleRequest.Type

/** The most probable ids at one position with their log-probabilities, or null where there is no answer. */
export const TopK = Schema.NullOr(Schema.Array(Schema.Tuple([Schema.Int, Schema.Number])))
export type TopK = typeof TopK.Type

export const SampledSequence = Schema.Struct({
  stop_reason: Schema.Literals(["stop", "length"]),
  /** With the stop token, if it stopped at one. */
  tokens: Schema.Array(Schema.Int),
  /** After temperature. */
  logprobs: maybe(Schema.Array(Schema.Number)),
  topk_sampled_logprobs: maybe(Schema.Array(TopK))
})
export type SampledSequence = typeof SampledSequence.Type

export const SampleResult = Schema.Struct({
  type: tag("sample"),
  sequences: Schema.Array(SampledSequence),
  /** One entry per prompt token, the first null; some servers leave the first out. */
  prompt_logprobs: maybe(Schema.Array(Schema.NullOr(Schema.Number))),
  topk_prompt_logprobs: maybe(Schema.Array(TopK)),
  prompt_cache_hit_tokens: maybe(Schema.Int),
  target_prompt_logprobs: maybe(TensorData),
  prompt_alt_tokens: maybe(Schema.Struct({ tokens: TensorData, logprobs: TensorData }))
})
export type SampleResult = typeof SampleResult.Type

export const GetSamplerReply = Schema.Struct({
  sampler_id: Schema.String,
  base_model: Schema.String,
  model_path: maybe(Schema.String)
})
export type GetSamplerReply = typeof GetSamplerReply.Type

/** Newer services, behind a flag. Answered with 204. */
export const CancelFutureRequest = Schema.Struct({ request_id: Schema.String })
