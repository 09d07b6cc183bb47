import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { BackendError } from "../../../core/LoraBackend.ts"
import { families, type Family, type LocalBackend } from "../Families.ts"
import type { ModelConfig, RopeScaling } from "../ModelConfig.ts"
import { fileProblem } from "../Problem.ts"

const Size = Schema.Int.check(Schema.isGreaterThan(0))
const Positive = Schema.Finite.check(Schema.isGreaterThan(0))

const RopeParameters = Schema.Struct({
  rope_theta: Schema.optionalKey(Positive),
  rope_type: Schema.optionalKey(Schema.String),
  type: Schema.optionalKey(Schema.String),
  factor: Schema.optionalKey(Positive),
  low_freq_factor: Schema.optionalKey(Positive),
  high_freq_factor: Schema.optionalKey(Positive),
  original_max_position_embeddings: Schema.optionalKey(Positive)
})
type RopeParameters = typeof RopeParameters.Type

/** The fields of a config.json that change what is computed. */
const ConfigJson = Schema.Struct({
  model_type: Schema.String,
  vocab_size: Size,
  hidden_size: Size,
  num_hidden_layers: Size,
  num_attention_heads: Size,
  num_key_value_heads: Size,
  head_dim: Schema.optionalKey(Schema.NullOr(Size)),
  intermediate_size: Size,
  max_position_embeddings: Size,
  rms_norm_eps: Positive,
  rope_theta: Schema.optionalKey(Positive),
  rope_scaling: Schema.optionalKey(Schema.NullOr(RopeParameters)),
  rope_parameters: Schema.optionalKey(Schema.NullOr(RopeParameters)),
  tie_word_embeddings: Schema.optionalKey(Schema.Boolean),
  hidden_act: Schema.optionalKey(Schema.String),
  attention_bias: Schema.optionalKey(Schema.Boolean),
  mlp_bias: Schema.optionalKey(Schema.Boolean),
  use_sliding_window: Schema.optionalKey(Schema.Boolean),
  quantization_config: Schema.optionalKey(Schema.Unknown)
})
type ConfigJson = typeof ConfigJson.Type

const decodeConfig = Schema.decodeUnknownEffect(ConfigJson)

/** A config.json that was understood. */
interface DecodedConfig {
  readonly family: Family
  readonly config: ModelConfig
}

const unsupported = (file: string, field: string, value: unknown, supported: string): BackendError =>
  fileProblem(file, `${field} is ${JSON.stringify(value)}`, `Only ${supported} is supported; choose another model.`)

/** Fields that must have one value where they are there. */
const FIXED: ReadonlyArray<readonly [field: keyof ConfigJson, value: unknown]> = [
  ["hidden_act", "silu"],
  ["attention_bias", false],
  ["mlp_bias", false],
  ["use_sliding_window", false]
]

const ropeOf = Effect.fnUntraced(function*(
  file: string,
  raw: ConfigJson,
  family: Family
): Effect.fn.Return<{ readonly theta: number; readonly scaling?: RopeScaling }, BackendError> {
  const rope: RopeParameters = { ...raw.rope_scaling, ...raw.rope_parameters }
  const theta = raw.rope_parameters?.rope_theta ?? raw.rope_theta
  if (theta === undefined) return yield* fileProblem(file, "rope_theta is missing")
  const type = rope.rope_type ?? rope.type ?? "default"
  const known = family.ropeTypes.find((name) => name === type)
  if (known === undefined) {
    return yield* unsupported(
      file,
      "rope_scaling.rope_type",
      type,
      family.ropeTypes.map((name) => `"${name}"`).join(" or ")
    )
  }
  if (known === "default") return { theta }
  const { factor, high_freq_factor: high, low_freq_factor: low, original_max_position_embeddings: length } = rope
  if (factor === undefined || low === undefined || high === undefined || length === undefined) {
    return yield* fileProblem(
      file,
      "rope_scaling lacks factor, low_freq_factor, high_freq_factor or original_max_position_embeddings"
    )
  }
  return { theta, scaling: [factor, low, high, length] }
})

/**
 * Checks a config.json: one of the families that `backend` can run, or that any can. Errors name the file, the field and what
 * is supported.
 */
export const decodeConfigFile = Effect.fnUntraced(function*(
  file: string,
  json: unknown,
  backend?: LocalBackend
): Effect.fn.Return<DecodedConfig, BackendError> {
  const raw = yield* decodeConfig(json).pipe(
    Effect.mapError((error) => fileProblem(file, error.message.replace(/\s+/g, " ")))
  )
  const usable = families.filter(({ backends }) => backend === undefined || backends.includes(backend))
  const family = usable.find(({ modelType }) => modelType === raw.model_type)
  if (family === undefined) {
    const supported = usable.map(({ modelType, title }) => `"${modelType}" (${title})`).join(", ")
    return yield* unsupported(file, "model_type", raw.model_type, supported)
  }
  const fixed = FIXED.find(([field, value]) => raw[field] !== undefined && raw[field] !== value)
  if (fixed !== undefined) return yield* unsupported(file, fixed[0], raw[fixed[0]], JSON.stringify(fixed[1]))
  if (raw.quantization_config !== undefined && raw.quantization_config !== null) {
    return yield* unsupported(file, "quantization_config", raw.quantization_config, "an unquantised model")
  }
  const rope = yield* ropeOf(file, raw, family)
  if (raw.num_attention_heads % raw.num_key_value_heads !== 0) {
    return yield* fileProblem(
      file,
      `num_attention_heads (${raw.num_attention_heads}) is no multiple of num_key_value_heads (${raw.num_key_value_heads})`
    )
  }
  const headSize = raw.head_dim ?? raw.hidden_size / raw.num_attention_heads
  if (!Number.isInteger(headSize / 2)) {
    return yield* fileProblem(file, `head_dim is ${headSize}, not an even whole number`)
  }
  return {
    family,
    config: {
      vocabularySize: raw.vocab_size,
      hiddenSize: raw.hidden_size,
      layers: raw.num_hidden_layers,
      heads: raw.num_attention_heads,
      keyValueHeads: raw.num_key_value_heads,
      headSize,
      feedForwardSize: raw.intermediate_size,
      contextLength: raw.max_position_embeddings,
      ropeTheta: rope.theta,
      normEpsilon: raw.rms_norm_eps,
      tiedHead: raw.tie_word_embeddings ?? false,
      ...(family.qkNorm ? {} : { qkNorm: false }),
      ...(family.qkvBias ? { qkvBias: true } : {}),
      ...(rope.scaling === undefined ? {} : { ropeScaling: rope.scaling })
    }
  }
})
