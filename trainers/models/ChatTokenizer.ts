import { Template } from "@huggingface/jinja"
import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { BackendError, ChatMessage, ChatTool, Tokenizer } from "../../core/LoraBackend.ts"
import { messageOf } from "../../core/MessageOf.ts"
import { fileProblem } from "./Problem.ts"

const SpecialToken = Schema.Union([Schema.Null, Schema.String, Schema.Struct({ content: Schema.String })])

const TokenizerConfig = Schema.Struct({
  chat_template: Schema.optionalKey(Schema.NullOr(Schema.Union([
    Schema.String,
    Schema.Array(Schema.Struct({ name: Schema.String, template: Schema.String }))
  ]))),
  bos_token: Schema.optionalKey(SpecialToken),
  eos_token: Schema.optionalKey(SpecialToken),
  pad_token: Schema.optionalKey(SpecialToken)
})

const TokenizerJson = Schema.Record(Schema.String, Schema.Unknown)

const specialText = (token: typeof SpecialToken.Type | undefined): string | undefined =>
  token === undefined || token === null ? undefined : typeof token === "string" ? token : token.content

const templateText = (template: typeof TokenizerConfig.Type["chat_template"]): string | undefined =>
  template === undefined || template === null || typeof template === "string"
    ? template ?? undefined
    : template.find(({ name }) => name === "default")?.template

/** The one form of a call that is understood, told where the template would tell another or none. */
const toolsText = (tools: ReadonlyArray<ChatTool>): string =>
  "# Tools\n\nYou may call these functions, whose signatures are within <tools></tools> XML tags:\n<tools>\n"
  + tools.map((tool) => JSON.stringify(tool)).join("\n")
  + "\n</tools>\n\nTo call one, return a json object with function name and arguments within <tool_call></tool_call> XML "
  + "tags:\n<tool_call>\n{\"name\": <function-name>, \"arguments\": <args-json-object>}\n</tool_call>"

const withTools = (
  messages: ReadonlyArray<ChatMessage>,
  tools: ReadonlyArray<ChatTool>
): ReadonlyArray<ChatMessage> => {
  const [first, ...rest] = messages
  if (tools.length === 0) return messages
  return first?.role === "system"
    ? [{ role: "system", content: `${first.content}\n\n${toolsText(tools)}` }, ...rest]
    : [{ role: "system", content: toolsText(tools) }, ...messages]
}

/** What a tokenizer is made of. */
export interface TokenizerParts {
  /** The content of a tokenizer.json. */
  readonly tokenizer: unknown
  /** The content of a tokenizer_config.json. */
  readonly config: unknown
  /** The chat template, where `config` does not have it. */
  readonly template?: string | undefined
  /** Ids the model's configuration names as ends. */
  readonly stopIds: ReadonlyArray<number>
  readonly vocabularySize: number
  /** The files they came from, for messages. */
  readonly files: { readonly tokenizer: string; readonly config: string; readonly model: string }
}

/** Models that can think are asked not to: a turn is one call. */
const variables = { enable_thinking: false }

/**
 * Makes a tokenizer with its chat template. Of the ends, the one that the template really writes after an assistant's words
 * comes first. Tools are shown by the template where it asks for calls between `<tool_call>` tags, as Qwen's do; else in the
 * system message.
 */
export const makeTokenizer = Effect.fnUntraced(function*(
  parts: TokenizerParts
): Effect.fn.Return<Tokenizer, BackendError> {
  const { files, stopIds, vocabularySize } = parts
  const json = yield* Schema.decodeUnknownEffect(TokenizerJson)(parts.tokenizer).pipe(
    Effect.mapError((error) => fileProblem(files.tokenizer, error.message))
  )
  const config = yield* Schema.decodeUnknownEffect(TokenizerConfig)(parts.config).pipe(
    Effect.mapError((error) => fileProblem(files.config, error.message.replace(/\s+/g, " ")))
  )
  const text = parts.template ?? templateText(config.chat_template)
  if (text === undefined) {
    return yield* fileProblem(
      files.config,
      "chat_template is missing",
      "Choose a chat model, or add chat_template.jinja."
    )
  }

  const tokenizer = yield* Effect.try({
    try: () => new HuggingFaceTokenizer(json, { ...Object(parts.config), clean_up_tokenization_spaces: false }),
    catch: (cause) => fileProblem(files.tokenizer, `cannot be used (${messageOf(cause)})`)
  })
  // Real vocabularies are too long to be the arguments of one call.
  let largest = 0
  for (const id of tokenizer.get_vocab(true).values()) largest = Math.max(largest, id)
  if (largest >= vocabularySize) {
    return yield* fileProblem(
      files.tokenizer,
      `has token id ${largest} but ${files.model} says vocab_size is ${vocabularySize}`
    )
  }
  const template = yield* Effect.try({
    try: () => new Template(text),
    catch: (cause) => fileProblem(files.config, `the chat template does not parse (${messageOf(cause)})`)
  })

  const encode = (input: string): ReadonlyArray<number> => tokenizer.encode(input, { add_special_tokens: false }).ids
  const special = {
    bos_token: specialText(config.bos_token) ?? "",
    eos_token: specialText(config.eos_token) ?? "",
    pad_token: specialText(config.pad_token) ?? ""
  }
  const isAsking = text.includes("<tool_call>")
  const render = (messages: ReadonlyArray<ChatMessage>, tools: ReadonlyArray<ChatTool>, open: boolean): string =>
    template.render({
      ...variables,
      ...special,
      messages: (isAsking ? messages : withTools(messages, tools)).map((message) => ({ ...message })),
      ...(isAsking && tools.length > 0 ? { tools } : {}),
      add_generation_prompt: open
    })

  const ending = yield* Effect.try({
    try: () => encode(render([{ role: "user", content: "a" }, { role: "assistant", content: "b" }], [], false)),
    catch: (cause) => fileProblem(files.config, `the chat template does not render (${messageOf(cause)})`)
  })
  const eos = special.eos_token === "" ? undefined : tokenizer.token_to_id(special.eos_token)
  const ends = [...new Set([...(eos === undefined ? [] : [eos]), ...stopIds])]
  if (ends.length === 0) {
    return yield* fileProblem(
      files.config,
      `eos_token is missing and ${files.model} has no eos_token_id`,
      "Name the end of a turn."
    )
  }
  const question = [{ role: "user", content: "a" }] as const
  const asked = render(question, [], false)
  const opened = render(question, [], true)
  const opening = opened.startsWith(asked) ? encode(opened.slice(asked.length)) : []
  const wholeOpened = encode(opened)
  const isApart = opening.length > 0 && wholeOpened.slice(-opening.length).join() === opening.join()
  const written = ends.toSorted((a, b) => ending.lastIndexOf(b) - ending.lastIndexOf(a))

  return {
    encode,
    decode: (ids) =>
      ids.length === 0
        ? ""
        : tokenizer.decode([...ids], { skip_special_tokens: true, clean_up_tokenization_spaces: false }),
    encodeChat: (messages, tools) => encode(render(messages, tools, true)),
    stopIds: written,
    ...(isApart ? { opening } : {})
  }
})

/** Turns sampled ids into text piece by piece; the pieces joined are the decoded whole. */
export const makeTextStream = (tokenizer: Tokenizer) => {
  let ids: Array<number> = []
  let shown = 0
  /** Text that `id` completes; an unfinished character is held back, unless nothing follows. */
  return (id: number, isLast: boolean): string => {
    ids.push(id)
    const text = tokenizer.decode(ids)
    if (!isLast && text.endsWith("\uFFFD")) return ""
    const added = text.slice(shown)
    // The window restarts on a line end, where decoders keep no state, so that long texts stay cheap.
    if (ids.length > 64 && text.endsWith("\n")) {
      ids = []
      shown = 0
    } else {
      shown = text.length
    }
    return added
  }
}
