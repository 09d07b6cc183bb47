import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import { families, type Family, supportedFamilies } from "../Families.ts"
import type { ModelConfig, RopeScaling } from "../ModelConfig.ts"
import type { GgufHeader, GgufTensor, GgufValue } from "./Header.ts"
import { Malformed } from "./Reader.ts"

const Size = Schema.Int.check(Schema.isGreaterThan(0))
const Positive = Schema.Finite.check(Schema.isGreaterThan(0))

/** What the metadata say of the decoder, each key after `ARCHITECTURE.`. */
const Shape = Schema.Struct({
  block_count: Size.check(Schema.isLessThanOrEqualTo(4096)),
  context_length: Size,
  embedding_length: Size,
  feed_forward_length: Size,
  "attention.head_count": Size,
  "attention.head_count_kv": Schema.optionalKey(Size),
  "attention.key_length": Schema.optionalKey(Size),
  "attention.value_length": Schema.optionalKey(Size),
  "attention.layer_norm_rms_epsilon": Positive,
  "attention.sliding_window": Schema.optionalKey(Schema.Number),
  "rope.freq_base": Schema.optionalKey(Positive),
  "rope.dimension_count": Schema.optionalKey(Size),
  "rope.scaling.type": Schema.optionalKey(Schema.String),
  expert_count: Schema.optionalKey(Schema.Number)
})

const decodeShape = Schema.decodeUnknownResult(Shape)
const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

/** The shortest decimal number with the same float32: files keep 1e-6 as 9.99999997e-7. */
export const shortest = (value: number): number => {
  for (let digits = 1; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits))
    if (Math.fround(rounded) === Math.fround(value)) return rounded
  }
  return value
}

const textOf = (metadata: ReadonlyMap<string, GgufValue>, key: string): string | undefined => {
  const value = metadata.get(key)
  return typeof value === "string" ? value : undefined
}

/** The family a file belongs to. Throws `Malformed` with what is supported. */
export const ggufFamily = ({ metadata }: GgufHeader): Family => {
  const architecture = textOf(metadata, "general.architecture")
  const family = families.find(({ ggufArchitecture }) => ggufArchitecture === architecture)
  if (family !== undefined) return family
  throw new Malformed(
    `"general.architecture" is ${
      architecture === undefined ? "missing" : JSON.stringify(architecture)
    }; these can be read: `
      + supportedFamilies()
  )
}

/** Llama 3's way to stretch rotary frequencies (Llama 3.1, `rope_type: "llama3"`): what each frequency is divided by. */
export const llama3Factors = (
  [factor, low, high, length]: RopeScaling,
  theta: number,
  headSize: number
): ReadonlyArray<number> =>
  Array.from({ length: headSize / 2 }, (_, index) => {
    const wavelength = 2 * Math.PI * theta ** (2 * index / headSize)
    if (wavelength < length / high) return 1
    if (wavelength > length / low) return factor
    const smooth = (length / wavelength - low) / (high - low)
    return 1 / ((1 - smooth) / factor + smooth)
  })

/** Files hold the factors themselves; all of Llama 3.1 to 3.3 make them with these three numbers. */
const ropeScaling = (factors: Float32Array, theta: number, headSize: number): RopeScaling => {
  const scaling: RopeScaling = [shortest(factors.at(-1) ?? 0), 1, 4, 8192]
  const expected = llama3Factors(scaling, theta, headSize)
  const isEqual = factors.length === expected.length
    && expected.every((factor, index) => Math.abs(factor - factors[index]!) <= 1e-4 * factor)
  if (!isEqual)
    throw new Malformed("tensor \"rope_freqs.weight\" stretches rotary frequencies in no way that is known here")
  return scaling
}

const TENSOR_LIMIT = 2 ** 31

/** The decoder's shape. `read` gives a small tensor's numbers. Throws `Malformed`, naming the key. */
export const ggufConfig = (
  { metadata, tensors }: GgufHeader,
  family: Family,
  read: (tensor: GgufTensor) => Float32Array
): ModelConfig => {
  const prefix = `${family.ggufArchitecture}.`
  const given = new Map<string, unknown>()
  for (const [key, value] of metadata) if (key.startsWith(prefix)) given.set(key.slice(prefix.length), value)
  const decoded = decodeShape(Object.fromEntries(given))
  if (Result.isFailure(decoded)) {
    const [issue] = issuesOf(decoded.failure.issue).issues
    throw new Malformed(`"${prefix}${issue?.path?.join(".") ?? ""}": ${issue?.message ?? "is wrong"}`)
  }
  const shape = decoded.success
  const wrong = (key: keyof typeof Shape.fields, problem: string) =>
    new Malformed(`"${prefix}${key}" is ${JSON.stringify(shape[key])}; ${problem}`)

  const hidden = shape.embedding_length
  const heads = shape["attention.head_count"]
  const keyValueHeads = shape["attention.head_count_kv"] ?? heads
  const headSize = shape["attention.key_length"] ?? hidden / heads
  if (heads % keyValueHeads !== 0) throw wrong("attention.head_count", `it is no multiple of ${keyValueHeads}`)
  if (!Number.isInteger(headSize / 2)) throw wrong("attention.head_count", `${headSize} numbers per head are not even`)
  for (const key of ["attention.value_length", "rope.dimension_count"] as const) {
    if ((shape[key] ?? headSize) !== headSize) throw wrong(key, `only ${headSize} as for keys is supported`)
  }
  if ((shape.expert_count ?? 0) > 0) throw wrong("expert_count", "mixtures of experts are not supported")
  if ((shape["attention.sliding_window"] ?? 0) > 0) throw wrong("attention.sliding_window", "only 0 is supported")
  if ((shape["rope.scaling.type"] ?? "none") !== "none") throw wrong("rope.scaling.type", "only \"none\" is supported")

  const embedding = tensors.get("token_embd.weight")
  if (embedding === undefined) throw new Malformed("tensor \"token_embd.weight\" is missing")
  const [vocabularySize = 0] = embedding.shape
  const sizes = [vocabularySize * hidden, shape.feed_forward_length * hidden, heads * headSize * hidden]
  if (!sizes.every((size) => size > 0 && size < TENSOR_LIMIT)) {
    throw new Malformed(`describes matrices of ${Math.max(...sizes)} numbers, which is no sensible size`)
  }
  const ropeTheta = shape["rope.freq_base"] ?? 10_000
  const factors = tensors.get("rope_freqs.weight")
  return {
    vocabularySize,
    hiddenSize: hidden,
    layers: shape.block_count,
    heads,
    keyValueHeads,
    headSize,
    feedForwardSize: shape.feed_forward_length,
    contextLength: shape.context_length,
    ropeTheta,
    normEpsilon: shortest(shape["attention.layer_norm_rms_epsilon"]),
    tiedHead: !tensors.has("output.weight"),
    ...(family.qkNorm ? {} : { qkNorm: false }),
    ...(family.qkvBias ? { qkvBias: true } : {}),
    ...(factors === undefined ? {} : { ropeScaling: ropeScaling(read(factors), ropeTheta, headSize) })
  }
}
