/** The values that requests and replies are made of. */
import * as Schema from "effect/Schema"
import { booleanOr, integerOr, numberOr, optional, tag } from "./Common.ts"

export const EncodedText = Schema.Struct({ type: tag("encoded_text"), tokens: Schema.Array(Schema.Int) })

/** `data` is base64. */
export const Image = Schema.Struct({
  type: Schema.Literal("image"),
  data: Schema.String,
  format: Schema.Literals(["png", "jpeg"]),
  expected_tokens: optional(Schema.Int)
})

/** Only in JSON: the binary form has no place for it. */
export const ImageAssetPointer = Schema.Struct({
  type: Schema.Literal("image_asset_pointer"),
  location: Schema.String,
  format: Schema.Literals(["png", "jpeg"]),
  expected_tokens: optional(Schema.Int)
})

/** `dmel` is base64. */
export const Dmel = Schema.Struct({ type: Schema.Literal("dmel"), dmel: Schema.String })

export const Chunk = Schema.Union([EncodedText, Image, ImageAssetPointer, Dmel])
export type Chunk = typeof Chunk.Type

/** A prompt or a training sequence: chunks in order. The service refuses empty text chunks. */
export const ModelInput = Schema.Struct({ chunks: Schema.Array(Chunk) })
export type ModelInput = typeof ModelInput.Type

/**
 * Numbers with a shape, flat in row-major order. With both `sparse_*` lists it is a matrix in CSR form: `data` holds the
 * values, `shape` is [rows, columns].
 */
export const TensorData = Schema.Struct({
  data: Schema.Array(Schema.Number),
  dtype: Schema.Literals(["int64", "float32"]),
  shape: optional(Schema.Array(Schema.Int)),
  sparse_crow_indices: optional(Schema.Array(Schema.Int)),
  sparse_col_indices: optional(Schema.Array(Schema.Int))
})
export type TensorData = typeof TensorData.Type

/** One training sequence of N tokens, and per token what the loss needs: (N,), or (N,K) for soft targets. */
export const Datum = Schema.Struct({
  model_input: ModelInput,
  loss_fn_inputs: Schema.Record(Schema.String, TensorData)
})
export type Datum = typeof Datum.Type

/** Every number that a loss takes; text is newer and goes over the wire beside the numbers. */
export const LossFnConfig = Schema.Record(Schema.String, Schema.Union([Schema.Number, Schema.String]))
export type LossFnConfig = typeof LossFnConfig.Type

/** The service fixes alpha at 32; `rank` must be a power of two. */
export const LoraConfig = Schema.Struct({
  rank: Schema.Int,
  seed: optional(Schema.Int),
  train_unembed: booleanOr(true),
  train_mlp: booleanOr(true),
  train_attn: booleanOr(true)
})
export type LoraConfig = typeof LoraConfig.Type

/** AdamW. A `grad_clip_norm` of 0 does not clip. */
export const AdamParams = Schema.Struct({
  learning_rate: numberOr(1e-4),
  beta1: numberOr(0.9),
  beta2: numberOr(0.95),
  eps: numberOr(1e-12),
  weight_decay: numberOr(0),
  grad_clip_norm: numberOr(0)
})
export type AdamParams = typeof AdamParams.Type

/** `stop` null or missing: the model's own end token; an empty list: never stop. */
export const SamplingParams = Schema.Struct({
  max_tokens: optional(Schema.Int),
  seed: optional(Schema.Int),
  stop: optional(Schema.Union([Schema.Array(Schema.Int), Schema.Array(Schema.String), Schema.String])),
  temperature: numberOr(1),
  top_k: integerOr(-1),
  top_p: numberOr(1)
})
export type SamplingParams = typeof SamplingParams.Type

/** Free data that the service keeps beside a session, model or checkpoint. */
export const UserMetadata = Schema.Record(Schema.String, Schema.Unknown)
export type UserMetadata = typeof UserMetadata.Type
