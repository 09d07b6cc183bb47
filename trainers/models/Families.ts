import * as Schema from "effect/Schema"
import list from "./families.json" with { type: "json" }

/** The backends that compute a model on this machine. */
export const LocalBackend = Schema.Literals(["pocket", "gpu"])
export type LocalBackend = typeof LocalBackend.Type

/**
 * A family of models whose decoders are computed alike. `families.json` is the one list of them; the GPU worker reads the same
 * file.
 */
export const Family = Schema.Struct({
  name: Schema.String,
  /** For people. */
  title: Schema.String,
  /** `model_type` of a config.json. */
  modelType: Schema.String,
  /** Queries and keys are normalised per head. */
  qkNorm: Schema.Boolean,
  /** Queries, keys and values have a bias. */
  qkvBias: Schema.Boolean,
  /** Kinds of rotary scaling that can be computed; `default` is none. */
  ropeTypes: Schema.Array(Schema.Literals(["default", "llama3"])),
  /** `general.architecture` of a GGUF file. */
  ggufArchitecture: Schema.String,
  /** Query and key rows lie in llama.cpp's rotary order in GGUF files. */
  ggufRotaryOrder: Schema.Boolean,
  /** Which backends can run and train it. */
  backends: Schema.Array(LocalBackend)
})
export type Family = typeof Family.Type

export const families: ReadonlyArray<Family> = Schema.decodeUnknownSync(Schema.Array(Family))(list)

/** The families that a backend can run, by name for people: `Qwen3, Llama 3 and SmolLM2`. */
export const supportedFamilies = (backend?: LocalBackend): string =>
  families.filter(({ backends }) => backend === undefined || backends.includes(backend)).map(({ title }) => title)
    .join("; ")
