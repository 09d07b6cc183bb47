import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { encodeSafetensors } from "../Safetensors.ts"
import type { ModelConfig } from "../ModelConfig.ts"
import { randomTensors, tinyConfig } from "./RandomModel.ts"

/** The tiny decoder with room for a byte-level vocabulary: 256 bytes and three special tokens. */
export const folderConfig: ModelConfig = { ...tinyConfig, vocabularySize: 264, contextLength: 256 }

/** The 256 characters that byte-level tokenizers write for the bytes 0 to 255 (GPT-2's table). */
const byteCharacters = (): ReadonlyArray<string> => {
  const printable = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174
  let next = 256
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : next++))
}

const special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]

export const tokenizerJson = () => ({
  version: "1.0",
  truncation: null,
  padding: null,
  added_tokens: special.map((content, index) => ({
    id: 256 + index,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true
  })),
  normalizer: null,
  pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: true },
  post_processor: null,
  decoder: { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: true },
  model: {
    type: "BPE",
    dropout: null,
    unk_token: null,
    continuing_subword_prefix: "",
    end_of_word_suffix: "",
    fuse_unk: false,
    byte_fallback: false,
    vocab: Object.fromEntries(byteCharacters().map((character, byte) => [character, byte])),
    merges: []
  }
})

export const chatTemplate = `{#- Calls come between <tool_call> tags. #}{%- if tools %}{{- '<|im_start|>system\\n' }}
{%- for tool in tools %}{{- tool | tojson }}{%- endfor %}{{- '<|im_end|>\\n' }}{%- endif %}
{%- for message in messages %}{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}`

/** The `model_type` of a configuration's family. */
const modelType = ({ qkNorm, qkvBias }: ModelConfig): string =>
  qkNorm === false ? (qkvBias === true ? "qwen2" : "llama") : "qwen3"

/** The config.json of a decoder, as Hugging Face writes it. */
export const configJson = (config: ModelConfig): Readonly<Record<string, unknown>> => ({
  architectures: ["Qwen3ForCausalLM"],
  model_type: modelType(config),
  vocab_size: config.vocabularySize,
  hidden_size: config.hiddenSize,
  num_hidden_layers: config.layers,
  num_attention_heads: config.heads,
  num_key_value_heads: config.keyValueHeads,
  head_dim: config.headSize,
  intermediate_size: config.feedForwardSize,
  max_position_embeddings: config.contextLength,
  rope_theta: config.ropeTheta,
  rms_norm_eps: config.normEpsilon,
  tie_word_embeddings: config.tiedHead,
  hidden_act: "silu",
  attention_bias: false,
  use_sliding_window: false,
  eos_token_id: 258
})

/** Writes a random model with its tokenizer and chat template into a folder, in the Hugging Face layout. */
export const writeModelFolder = (folder: string, config: ModelConfig = folderConfig, seed = 1): void => {
  mkdirSync(folder, { recursive: true })
  const write = (name: string, value: unknown) => writeFileSync(join(folder, name), JSON.stringify(value, null, 2))
  write("config.json", configJson(config))
  write("tokenizer.json", tokenizerJson())
  write("tokenizer_config.json", {
    tokenizer_class: "PreTrainedTokenizerFast",
    eos_token: "<|im_end|>",
    pad_token: "<|endoftext|>",
    chat_template: chatTemplate
  })
  writeFileSync(join(folder, "model.safetensors"), encodeSafetensors(randomTensors(config, seed)))
}
