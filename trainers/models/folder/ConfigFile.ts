import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { BackendError } from "../../../core/LoraBackend.ts"
import type { ModelConfig } from "../ModelConfig.ts"
import { fileProblem } from "../Problem.ts"

const Size = Schema.Int.check(Schema.isGreaterThan(0))
const Positive = Schema.Finite.check(Schema.isGreaterThan(0))
const TokenIds = Schema.Union([Schema.Natural, Schema.Array(Schema.Natural), Schema.Null])

/** The fields of a Qwen3 config.json that change what is computed. */
const ConfigJson = Schema.Struct({
  model_type: Schema.String,
  vocab_size: Size,
  hidden_size: Size,
  num_hidden_layers: Size,
  num_attention_heads: Size,
  num_key_value_heads: Size,
  head_dim: Schema.optionalKey(Size),
  intermediate_size: Size,
  max_position_embeddings: Size,
  rms_norm_eps: Positive,
  rope_theta: Schema.optionalKey(Positive),
  rope_scaling: Schema.optionalKey(Schema.Unknown),
  rope_parameters: Schema.optionalKey(Schema.NullOr(Schema.Struct({
    rope_theta: Schema.optionalKey(Positive),
    rope_type: Schema.optionalKey(Schema.String)
  }))),
  tie_word_embeddings: Schema.optionalKey(Schema.Boolean),
  hidden_act: Schema.optionalKey(Schema.String),
  attention_bias: Schema.optionalKey(Schema.Boolean),
  use_sliding_window: Schema.optionalKey(Schema.Boolean),
  quantization_config: Schema.optionalKey(Schema.Unknown),
  eos_token_id: Schema.optionalKey(TokenIds)
})

const decodeConfig = Schema.decodeUnknownEffect(ConfigJson)

/** A config.json that was understood. */
export interface DecodedConfig {
  readonly config: ModelConfig
  readonly stopIds: ReadonlyArray<number>
}

const idList = (ids: typeof TokenIds.Type | undefined): ReadonlyArray<number> =>
  ids === undefined || ids === null ? [] : typeof ids === "number" ? [ids] : ids

/** Checks a config.json: a plain Qwen3 decoder and nothing else. Errors name the file, the field and what is supported. */
export const decodeConfigFile = Effect.fnUntraced(function*(
  file: string,
  json: unknown
): Effect.fn.Return<DecodedConfig, BackendError> {
  const raw = yield* decodeConfig(json).pipe(
    Effect.mapError((error) => fileProblem(file, error.message.replace(/\s+/g, " ")))
  )
  const unsupported = (field: string, value: unknown, supported: string) =>
    fileProblem(file, `${field} is ${JSON.stringify(value)}`, `Only ${supported} is supported; choose another model.`)

  if (raw.model_type !== "qwen3") return yield* unsupported("model_type", raw.model_type, "\"qwen3\"")
  if (raw.hidden_act !== undefined && raw.hidden_act !== "silu") {
    return yield* unsupported("hidden_act", raw.hidden_act, "\"silu\"")
  }
  if (raw.attention_bias === true) return yield* unsupported("attention_bias", true, "false")
  if (raw.use_sliding_window === true) return yield* unsupported("use_sliding_window", true, "false")
  if (raw.rope_scaling !== undefined && raw.rope_scaling !== null) {
    return yield* unsupported("rope_scaling", raw.rope_scaling, "null")
  }
  const ropeType = raw.rope_parameters?.rope_type
  if (ropeType !== undefined && ropeType !== "default") {
    return yield* unsupported("rope_parameters.rope_type", ropeType, "\"default\"")
  }
  if (raw.quantization_config !== undefined && raw.quantization_config !== null) {
    return yield* unsupported("quantization_config", raw.quantization_config, "an unquantised model")
  }
  const ropeTheta = raw.rope_parameters?.rope_theta ?? raw.rope_theta
  if (ropeTheta === undefined) return yield* fileProblem(file, "rope_theta is missing")
  if (raw.num_attention_heads % raw.num_key_value_heads !== 0) {
    return yield* fileProblem(
      file,
      `num_attention_heads (${raw.num_attention_heads}) is no multiple of num_key_value_heads (${raw.num_key_value_heads})`
    )
  }
  const headSize = raw.head_dim ?? raw.hidden_size / raw.num_attention_heads
  if (!Number.isInteger(headSize / 2))
    return yield* fileProblem(file, `head_dim is ${headSize}, not an even whole number`)
  return {
    config: {
      vocabularySize: raw.vocab_size,
      hiddenSize: raw.hidden_size,
      layers: raw.num_hidden_layers,
      heads: raw.num_attention_heads,
      keyValueHeads: raw.num_key_value_heads,
      headSize,
      feedForwardSize: raw.intermediate_size,
      contextLength: raw.max_position_embeddings,
      ropeTheta,
      normEpsilon: raw.rms_norm_eps,
      tiedHead: raw.tie_word_embeddings ?? false
    },
    stopIds: idList(raw.eos_token_id)
  }
})
