/** Training requests and their results. `seq_id` counts the requests of one model from 1. */
import * as Schema from "effect/Schema"
import { booleanOr, maybe, optional, tag } from "./Common.ts"
import { AdamParams, Datum, LossFnConfig, TensorData } from "./Values.ts"

/**
 * Gradients of a sum of losses, or only its outputs (`forward_only`). Sent in binary; see `encodeForwardBackwardRequest`.
 * Losses are sums over tokens and datums.
 */
export const ForwardBackwardRequest = Schema.Struct({
  model_id: Schema.String,
  seq_id: Schema.Int,
  data: Schema.Array(Datum),
  loss_fn: Schema.String,
  loss_fn_config: optional(LossFnConfig),
  forward_only: booleanOr(false)
})
export type ForwardBackwardRequest = typeof ForwardBackwardRequest.Type

const Input = Schema.Struct({
  data: Schema.Array(Datum),
  loss_fn: Schema.String,
  loss_fn_config: optional(LossFnConfig)
})

/** The older JSON form of `/forward_backward`. */
export const ForwardBackwardJsonRequest = Schema.Struct({
  forward_backward_input: Input,
  model_id: Schema.String,
  seq_id: Schema.Int
})

/** The older JSON form of `/forward`. */
export const ForwardJsonRequest = Schema.Struct({ forward_input: Input, model_id: Schema.String, seq_id: Schema.Int })

export const ForwardBackwardOutput = Schema.Struct({
  loss_fn_output_type: Schema.String,
  /** One record per datum, in the order of the request. */
  loss_fn_outputs: Schema.Array(Schema.Record(Schema.String, TensorData)),
  /** `name:reduction` to value. */
  metrics: Schema.Record(Schema.String, Schema.Number)
})
export type ForwardBackwardOutput = typeof ForwardBackwardOutput.Type

export const OptimStepRequest = Schema.Struct({
  adam_params: AdamParams,
  model_id: Schema.String,
  seq_id: Schema.Int,
  type: tag("optim_step")
})
export const OptimStepResult = Schema.Struct({ metrics: maybe(Schema.Record(Schema.String, Schema.Number)) })

export const SaveWeightsRequest = Schema.Struct({
  model_id: Schema.String,
  path: optional(Schema.String),
  seq_id: Schema.Int,
  ttl_seconds: optional(Schema.Int),
  overwrite: booleanOr(false),
  type: tag("save_weights")
})
export const SaveWeightsResult = Schema.Struct({ path: Schema.String, type: tag("save_weights") })

/** With `path` a named checkpoint, with `sampling_session_seq_id` an ephemeral sampler. */
export const SaveWeightsForSamplerRequest = Schema.Struct({
  model_id: Schema.String,
  path: optional(Schema.String),
  sampling_session_seq_id: optional(Schema.Int),
  seq_id: Schema.Int,
  ttl_seconds: optional(Schema.Int),
  type: tag("save_weights_for_sampler")
})
export const SaveWeightsForSamplerResult = Schema.Struct({
  path: maybe(Schema.String),
  sampling_session_id: maybe(Schema.String),
  type: tag("save_weights_for_sampler")
})

/** Only allowed as the first request of a model. */
export const LoadWeightsRequest = Schema.Struct({
  model_id: Schema.String,
  seq_id: Schema.Int,
  path: Schema.String,
  optimizer: Schema.Boolean,
  weights_access_token: optional(Schema.String),
  type: tag("load_weights")
})

/** The form that also creates the model; sent where `create_model_via_load_weights` is set. */
export const LoadWeightsIntoSessionRequest = Schema.Struct({
  session_id: Schema.String,
  model_seq_id: Schema.Int,
  base_model: optional(Schema.String),
  path: Schema.String,
  optimizer: Schema.Boolean,
  type: tag("load_weights")
})
export const LoadWeightsResult = Schema.Struct({
  path: maybe(Schema.String),
  model_id: maybe(Schema.String),
  type: tag("load_weights")
})
