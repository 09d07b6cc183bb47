import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import { type Refusal, refuse } from "./Http.ts"

/*
 * What the service accepts, key by key. These schemas stand apart from the client's own, so that a mistake in one is seen by
 * the other. Null means absent, and keys that are not listed are refused.
 */

const orAbsent = <S extends Schema.Constraint>(schema: S) => Schema.optionalKey(Schema.NullOr(schema))
const tag = (name: string) => Schema.optionalKey(Schema.Literal(name))
const Metadata = orAbsent(Schema.Record(Schema.String, Schema.Unknown))
const Seconds = Schema.Int.check(Schema.isGreaterThan(0))
const Seq = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))
const Index = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
/** Names of checkpoints. */
const Name = Schema.String.check(Schema.isPattern(/^[a-zA-Z0-9_-]{1,255}$/))

const TextChunk = Schema.Struct({ type: Schema.Literal("encoded_text"), tokens: Schema.Array(Index) })
const ImageChunk = Schema.Struct({
  type: Schema.Literal("image"),
  data: Schema.String,
  format: Schema.Literals(["png", "jpeg"]),
  expected_tokens: orAbsent(Index)
})
const ModelInput = Schema.Struct({ chunks: Schema.Array(Schema.Union([TextChunk, ImageChunk])) })

const TensorData = Schema.Struct({
  data: Schema.Array(Schema.Number),
  dtype: Schema.Literals(["int64", "float32"]),
  shape: orAbsent(Schema.Array(Index)),
  sparse_crow_indices: orAbsent(Schema.Array(Index)),
  sparse_col_indices: orAbsent(Schema.Array(Index))
})
export type TensorData = typeof TensorData.Type

const Datum = Schema.Struct({ model_input: ModelInput, loss_fn_inputs: Schema.Record(Schema.String, TensorData) })
export type Datum = typeof Datum.Type

const LossInput = Schema.Struct({
  data: Schema.Array(Datum),
  loss_fn: Schema.Literals(["cross_entropy", "importance_sampling", "ppo", "cispo", "dro"]),
  loss_fn_config: orAbsent(Schema.Record(Schema.String, Schema.Number))
})
export type LossInput = typeof LossInput.Type

export const ForwardBackward = Schema.Struct({
  forward_backward_input: LossInput,
  model_id: Schema.String,
  seq_id: Seq
})
export const Forward = Schema.Struct({ forward_input: LossInput, model_id: Schema.String, seq_id: Seq })

export const CreateSession = Schema.Struct({
  tags: Schema.Array(Schema.String),
  user_metadata: Metadata,
  sdk_version: Schema.String,
  project_id: orAbsent(Schema.String),
  type: tag("create_session")
})
export const Heartbeat = Schema.Struct({ session_id: Schema.String, type: tag("session_heartbeat") })
export const FinishSession = Schema.Struct({
  reason: Schema.Struct({ type: Schema.Literals(["success", "errored", "interrupted"]) }),
  detail: orAbsent(Schema.String)
})
export const ClientConfig = Schema.Struct({ sdk_version: Schema.String })

export const CreateModel = Schema.Struct({
  session_id: Schema.String,
  model_seq_id: Index,
  base_model: Schema.String,
  user_metadata: Metadata,
  lora_config: Schema.Struct({
    rank: Schema.Int,
    seed: orAbsent(Schema.Int),
    train_unembed: Schema.optionalKey(Schema.Boolean),
    train_mlp: Schema.optionalKey(Schema.Boolean),
    train_attn: Schema.optionalKey(Schema.Boolean)
  }),
  type: tag("create_model")
})
export const GetInfo = Schema.Struct({ model_id: Schema.String, type: tag("get_info") })
export const UnloadModel = Schema.Struct({ model_id: Schema.String, type: tag("unload_model") })

export const OptimStep = Schema.Struct({
  adam_params: Schema.Struct({
    learning_rate: Schema.optionalKey(Schema.Finite),
    beta1: Schema.optionalKey(Schema.Finite),
    beta2: Schema.optionalKey(Schema.Finite),
    eps: Schema.optionalKey(Schema.Finite),
    weight_decay: Schema.optionalKey(Schema.Finite),
    grad_clip_norm: Schema.optionalKey(Schema.Finite)
  }),
  model_id: Schema.String,
  seq_id: Seq,
  type: tag("optim_step")
})

export const SaveWeights = Schema.Struct({
  model_id: Schema.String,
  path: orAbsent(Name),
  seq_id: Seq,
  ttl_seconds: orAbsent(Seconds),
  overwrite: Schema.optionalKey(Schema.Boolean),
  type: tag("save_weights")
})
export const SaveWeightsForSampler = Schema.Struct({
  model_id: Schema.String,
  path: orAbsent(Name),
  sampling_session_seq_id: orAbsent(Index),
  seq_id: Seq,
  ttl_seconds: orAbsent(Seconds),
  type: tag("save_weights_for_sampler")
})
export const LoadWeights = Schema.Struct({
  model_id: Schema.String,
  seq_id: Seq,
  path: Schema.String,
  optimizer: Schema.Boolean,
  weights_access_token: orAbsent(Schema.String),
  type: tag("load_weights")
})

/** The form that makes the model too. */
export const LoadIntoSession = Schema.Struct({
  session_id: Schema.String,
  model_seq_id: Index,
  base_model: orAbsent(Schema.String),
  user_metadata: Metadata,
  path: Schema.String,
  optimizer: Schema.Boolean,
  weights_access_token: orAbsent(Schema.String),
  type: tag("load_weights")
})

export const CreateSamplingSession = Schema.Struct({
  session_id: Schema.String,
  sampling_session_seq_id: Index,
  base_model: orAbsent(Schema.String),
  model_path: orAbsent(Schema.String),
  type: tag("create_sampling_session")
})

const SamplingParams = Schema.Struct({
  max_tokens: orAbsent(Index),
  seed: orAbsent(Schema.Int),
  stop: orAbsent(Schema.Union([Schema.String, Schema.Array(Schema.String), Schema.Array(Index)])),
  temperature: Schema.optionalKey(Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))),
  top_k: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(-1))),
  top_p: Schema.optionalKey(Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 })))
})
export const Sample = Schema.Struct({
  num_samples: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThan(0))),
  prompt: ModelInput,
  sampling_params: SamplingParams,
  sampling_session_id: orAbsent(Schema.String),
  seq_id: orAbsent(Index),
  base_model: orAbsent(Schema.String),
  model_path: orAbsent(Schema.String),
  prompt_logprobs: orAbsent(Schema.Boolean),
  topk_prompt_logprobs: Schema.optionalKey(Index),
  topk_sample_logprobs: Schema.optionalKey(Index),
  target_prompt_logprobs: orAbsent(TensorData),
  type: tag("sample")
})
export type Sample = typeof Sample.Type

export const RetrieveFuture = Schema.Struct({
  request_id: Schema.String,
  allow_metadata_only: Schema.optionalKey(Schema.Boolean)
})
export const WeightsInfo = Schema.Struct({ tinker_path: Schema.String })
export const TimeToLive = Schema.Struct({ ttl_seconds: Schema.NullOr(Seconds) })
export const Telemetry = Schema.Struct({
  events: Schema.Array(Schema.Unknown),
  platform: Schema.String,
  sdk_version: Schema.String,
  session_id: Schema.String,
  process_uuid: Schema.optionalKey(Schema.String)
})

const formatIssue = SchemaIssue.makeFormatterStandardSchemaV1()

/** Decodes a body; anything missing, wrong or unknown is a 422 with FastAPI's list of problems. */
export const decodeBody = <S extends Schema.ConstraintDecoder<unknown>>(
  schema: S,
  value: unknown
): Effect.Effect<S["Type"], Refusal> =>
  Schema.decodeUnknownEffect(schema)(value, { errors: "all", onExcessProperty: "error" }).pipe(
    Effect.mapError((error) =>
      refuse(
        422,
        formatIssue(error.issue).issues.map((issue) => ({
          type: /missing/i.test(issue.message) ? "missing" : "value_error",
          loc: ["body", ...(issue.path ?? [])],
          msg: issue.message,
          input: null
        }))
      )
    )
  )
