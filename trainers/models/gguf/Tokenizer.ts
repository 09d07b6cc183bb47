import type { TokenizerParts } from "../ChatTokenizer.ts"
import type { GgufHeader } from "./Header.ts"
import { Malformed } from "./Reader.ts"

/** `tokenizer.ggml.token_type`. */
const CONTROL = 3
const USER_DEFINED = 4

const contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
const others = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"

const byteLevel = (useRegex: boolean) => ({
  type: "ByteLevel",
  add_prefix_space: false,
  trim_offsets: false,
  use_regex: useRegex
})

const split = (pattern: string) => ({
  type: "Sequence",
  pretokenizers: [
    { type: "Split", pattern: { Regex: pattern }, behavior: "Isolated", invert: false },
    byteLevel(false)
  ]
})

const qwen = {
  normalizer: { type: "NFC" },
  pre_tokenizer: split(`${contractions}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}${others}`)
}
const llama = {
  normalizer: null,
  pre_tokenizer: split(`${contractions}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}${others}`),
  ignore_merges: true
}

/** How text is cut before merging, by `tokenizer.ggml.pre`, as the tokenizer.json of the models behind each name has it. */
const PRE: Readonly<
  Record<string, { readonly normalizer: unknown; readonly pre_tokenizer: unknown; readonly ignore_merges?: boolean }>
> = {
  qwen2: qwen,
  "deepseek-r1-qwen": qwen,
  "llama-bpe": llama,
  llama3: llama,
  "llama-v3": llama,
  smollm: {
    normalizer: null,
    pre_tokenizer: { type: "Sequence", pretokenizers: [{ type: "Digits", individual_digits: true }, byteLevel(true)] }
  },
  "gpt-2": { normalizer: null, pre_tokenizer: byteLevel(true) }
}

/** Control tokens that end a turn in the models that can be read; files name only one or two of them. */
const ENDS: ReadonlySet<string> = new Set([
  "<|im_end|>",
  "<|endoftext|>",
  "<|eot_id|>",
  "<|eom_id|>",
  "<|end_of_text|>"
])

/**
 * The tokenizer in a GGUF file's metadata, as the files of the Hugging Face layout that it was made from. Throws `Malformed`,
 * naming the key.
 */
export const ggufTokenizer = ({ metadata }: GgufHeader): Pick<TokenizerParts, "tokenizer" | "config" | "stopIds"> => {
  const key = (name: string) => `tokenizer.ggml.${name}`
  const value = (name: string) => metadata.get(key(name))
  const texts = (name: string): ReadonlyArray<string> => {
    const found = value(name)
    if (Array.isArray(found) && found.every((item) => typeof item === "string")) return found
    throw new Malformed(`"${key(name)}" is ${found === undefined ? "missing" : "no list of texts"}`)
  }
  const model = value("model")
  if (model !== "gpt2") {
    throw new Malformed(
      `"${key("model")}" is ${
        JSON.stringify(model)
      }; only byte-level BPE ("gpt2") is supported, as Qwen, Llama 3 and SmolLM2 have`
    )
  }
  const pre = value("pre")
  const cut = typeof pre === "string" && Object.hasOwn(PRE, pre) ? PRE[pre] : undefined
  if (cut === undefined) {
    throw new Malformed(
      `"${key("pre")}" is ${JSON.stringify(pre)}; these ways to cut text are known: ${Object.keys(PRE).join(", ")}`
    )
  }
  const tokens = texts("tokens")
  const types = value("token_type")
  if (!ArrayBuffer.isView(types) || types.length !== tokens.length) {
    throw new Malformed(`"${key("token_type")}" does not have one number for each of ${tokens.length} tokens`)
  }
  const vocabulary = new Map<string, number>()
  tokens.forEach((token, id) => vocabulary.set(token, id))
  if (vocabulary.size !== tokens.length) throw new Malformed(`"${key("tokens")}" has a token twice`)
  const merges = texts("merges").map((merge) => {
    const gap = merge.indexOf(" ", 1)
    const pair = [merge.slice(0, gap), merge.slice(gap + 1)] as const
    if (gap < 1 || !vocabulary.has(pair.join("")))
      throw new Malformed(`"${key("merges")}" has ${JSON.stringify(merge)}`)
    return pair
  })

  const added = tokens.flatMap((content, id) =>
    types[id] === CONTROL || types[id] === USER_DEFINED
      ? [{
        id,
        content,
        special: types[id] === CONTROL,
        normalized: false,
        single_word: false,
        lstrip: false,
        rstrip: false
      }]
      : []
  )
  const special = (name: string): { readonly id: number; readonly content: string } | undefined => {
    const id = value(`${name}_token_id`)
    if (id === undefined) return undefined
    const content = typeof id === "number" ? tokens[id] : undefined
    if (typeof id === "number" && content !== undefined) return { id, content }
    throw new Malformed(`"${key(name)}_token_id" is ${String(id)}, which is no token`)
  }
  const [bos, eos, pad, eot] = ["bos", "eos", "padding", "eot"].map(special)
  const template = metadata.get("tokenizer.chat_template")
  const named = added.filter(({ content, special: isControl }) => isControl && ENDS.has(content))
  return {
    tokenizer: {
      version: "1.0",
      truncation: null,
      padding: null,
      added_tokens: added,
      normalizer: cut.normalizer,
      pre_tokenizer: cut.pre_tokenizer,
      post_processor: null,
      decoder: byteLevel(true),
      model: {
        type: "BPE",
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: "",
        end_of_word_suffix: "",
        fuse_unk: false,
        byte_fallback: false,
        ignore_merges: cut.ignore_merges ?? false,
        vocab: Object.fromEntries(vocabulary),
        merges
      }
    },
    config: {
      tokenizer_class: "PreTrainedTokenizerFast",
      ...(typeof template === "string" ? { chat_template: template } : {}),
      ...(bos === undefined ? {} : { bos_token: bos.content }),
      ...(eos === undefined ? {} : { eos_token: eos.content }),
      ...(pad === undefined ? {} : { pad_token: pad.content })
    },
    stopIds: [...new Set([eos, eot, ...named].flatMap((end) => end === undefined ? [] : [end.id]))]
  }
}
