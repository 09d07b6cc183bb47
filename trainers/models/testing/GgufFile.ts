import { type Format, FORMATS } from "../Formats.ts"
import { ggufName } from "../gguf/Names.ts"
import { families } from "../Families.ts"
import type { ModelConfig } from "../ModelConfig.ts"
import { chatTemplate, folderConfig, tokenizerJson } from "./ModelFolder.ts"
import { randomTensors } from "./RandomModel.ts"

type Value = string | number | boolean | Float32Array | Int32Array | ReadonlyArray<string>

/** A tensor to write: its shape with rows first, and its bytes. */
interface WrittenTensor {
  readonly shape: ReadonlyArray<number>
  readonly format: Format
  readonly bytes: Uint8Array
}

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
const u64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}
const text = (value: string): Buffer => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)])
const f32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(value)
  return bytes
}

/** Type and value as GGUF writes them: whole numbers as u32, others as f32. */
const written = (value: Value): Buffer => {
  if (typeof value === "string") return Buffer.concat([u32(8), text(value)])
  if (typeof value === "boolean") return Buffer.concat([u32(7), Buffer.from([value ? 1 : 0])])
  if (typeof value === "number") {
    return Number.isInteger(value) && value >= 0
      ? Buffer.concat([u32(4), u32(value)])
      : Buffer.concat([u32(6), f32(value)])
  }
  if (ArrayBuffer.isView(value)) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    return Buffer.concat([u32(9), u32(value instanceof Float32Array ? 6 : 5), u64(value.length), bytes])
  }
  return Buffer.concat([u32(9), u32(8), u64(value.length), ...value.map(text)])
}

const ALIGNMENT = 32
const padding = (length: number): Buffer => Buffer.alloc((ALIGNMENT - length % ALIGNMENT) % ALIGNMENT)

/** The bytes of a GGUF file, version 3. */
const encodeGguf = (
  metadata: Readonly<Record<string, Value>>,
  tensors: ReadonlyMap<string, WrittenTensor>
): Buffer => {
  const keys = Object.entries(metadata)
  const head: Array<Buffer> = [Buffer.from("GGUF"), u32(3), u64(tensors.size), u64(keys.length)]
  for (const [key, value] of keys) head.push(text(key), written(value))
  const data: Array<Buffer> = []
  let offset = 0
  for (const [name, { bytes, format, shape }] of tensors) {
    head.push(text(name), u32(shape.length), ...shape.toReversed().map(u64), u32(FORMATS[format].id), u64(offset))
    const gap = padding(bytes.length)
    data.push(Buffer.from(bytes), gap)
    offset += bytes.length + gap.length
  }
  const start = Buffer.concat(head)
  return Buffer.concat([start, padding(start.length), ...data])
}

/** Rows of each head in llama.cpp's rotary order: pairs that turn together lie side by side. */
const inRotaryOrder = (data: Float32Array, heads: number, columns: number): Float32Array => {
  const ordered = new Float32Array(data.length)
  const rows = data.length / columns / heads
  for (let head = 0; head < heads; head++) {
    for (let pair = 0; pair < rows / 2; pair++) {
      for (let side = 0; side < 2; side++) {
        const from = (head * rows + side * rows / 2 + pair) * columns
        ordered.set(data.subarray(from, from + columns), (head * rows + 2 * pair + side) * columns)
      }
    }
  }
  return ordered
}

export interface TinyGguf {
  readonly metadata: Record<string, Value>
  readonly tensors: Map<string, WrittenTensor>
}

const stringsOf = (json: ReturnType<typeof tokenizerJson>): ReadonlyArray<string> => {
  const tokens: Array<string> = []
  for (const [token, id] of Object.entries(json.model.vocab)) tokens[id] = token
  for (const { content, id } of json.added_tokens) tokens[id] = content
  return tokens
}

/** The configuration of `folderConfig` in one of the families. */
export const familyConfig = (name: string): ModelConfig => {
  const family = families.find((family) => family.name === name)
  return {
    ...folderConfig,
    ...(family?.qkNorm === false ? { qkNorm: false } : {}),
    ...(family?.qkvBias === true ? { qkvBias: true } : {})
  }
}

/** What a GGUF file of a random model holds: the weights that `writeModelFolder` writes for the same configuration and seed. */
export const tinyGguf = (name: string, config: ModelConfig = familyConfig(name), seed = 1): TinyGguf => {
  const tokens = stringsOf(tokenizerJson())
  const padded = [...tokens, ...Array.from({ length: config.vocabularySize - tokens.length }, (_, i) => `[PAD${i}]`)]
  const metadata: Record<string, Value> = {
    "general.architecture": name,
    [`${name}.block_count`]: config.layers,
    [`${name}.context_length`]: config.contextLength,
    [`${name}.embedding_length`]: config.hiddenSize,
    [`${name}.feed_forward_length`]: config.feedForwardSize,
    [`${name}.attention.head_count`]: config.heads,
    [`${name}.attention.head_count_kv`]: config.keyValueHeads,
    [`${name}.attention.key_length`]: config.headSize,
    [`${name}.attention.layer_norm_rms_epsilon`]: config.normEpsilon,
    [`${name}.rope.freq_base`]: config.ropeTheta,
    "tokenizer.ggml.model": "gpt2",
    "tokenizer.ggml.pre": "gpt-2",
    "tokenizer.ggml.tokens": padded,
    "tokenizer.ggml.token_type": Int32Array.from(padded, (_, id) => id < 256 ? 1 : id < tokens.length ? 3 : 5),
    "tokenizer.ggml.merges": [],
    "tokenizer.ggml.eos_token_id": 258,
    "tokenizer.ggml.padding_token_id": 256,
    "tokenizer.chat_template": chatTemplate
  }
  const isInRotaryOrder = families.some((family) => family.name === name && family.ggufRotaryOrder)
  const tensors = new Map<string, WrittenTensor>()
  for (const [tensor, { data, shape }] of randomTensors(config, seed)) {
    const heads = tensor.endsWith("q_proj.weight")
      ? config.heads
      : tensor.endsWith("k_proj.weight")
      ? config.keyValueHeads
      : 0
    const stored = isInRotaryOrder && heads > 0 ? inRotaryOrder(data, heads, shape[1]!) : data
    tensors.set(ggufName(tensor), {
      shape,
      format: "F32",
      bytes: new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength)
    })
  }
  return { metadata, tensors }
}

export const encodeTinyGguf = ({ metadata, tensors }: TinyGguf): Buffer => encodeGguf(metadata, tensors)
