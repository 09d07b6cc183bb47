import { Template } from "@huggingface/jinja"
import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { join } from "node:path"
import type { BackendError, ChatMessage, ChatTool, Tokenizer } from "../../core/LoraBackend.ts"
import { fileProblem, optional, readJson, readText } from "./Problem.ts"

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

const reason = (cause: unknown): string => cause instanceof Error ? cause.message : String(cause)

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

/**
 * Loads tokenizer.json, tokenizer_config.json and the chat template (chat_template.jinja, or the field of
 * tokenizer_config.json). `stopIds` are the ids the model's configuration names as ends; the one that the template really
 * writes after an assistant's words comes first. `variables` are for the template, e.g. `enable_thinking`. Tools are shown by
 * the template where it asks for calls between `<tool_call>` tags, as Qwen's do; else in the system message.
 */
export const loadTokenizer = Effect.fnUntraced(function*(
  folder: string,
  stopIds: ReadonlyArray<number>,
  vocabularySize: number,
  variables: Readonly<Record<string, unknown>> = {}
): Effect.fn.Return<Tokenizer, BackendError> {
  const tokenizerFile = join(folder, "tokenizer.json")
  const configFile = join(folder, "tokenizer_config.json")
  const json = yield* Schema.decodeUnknownEffect(TokenizerJson)(yield* readJson(folder, "tokenizer.json")).pipe(
    Effect.mapError((error) => fileProblem(tokenizerFile, error.message))
  )
  const rawConfig = yield* readJson(folder, "tokenizer_config.json")
  const config = yield* Schema.decodeUnknownEffect(TokenizerConfig)(rawConfig).pipe(
    Effect.mapError((error) => fileProblem(configFile, error.message.replace(/\s+/g, " ")))
  )
  const text = (yield* optional(readText(folder, "chat_template.jinja"))) ?? templateText(config.chat_template)
  if (text === undefined) {
    return yield* fileProblem(
      configFile,
      "chat_template is missing",
      "Choose a chat model, or add chat_template.jinja."
    )
  }

  const tokenizer = yield* Effect.try({
    try: () => new HuggingFaceTokenizer(json, { ...Object(rawConfig), clean_up_tokenization_spaces: false }),
    catch: (cause) => fileProblem(tokenizerFile, `cannot be used (${reason(cause)})`)
  })
  // Real vocabularies are too long to be the arguments of one call.
  let largest = 0
  for (const id of tokenizer.get_vocab(true).values()) largest = Math.max(largest, id)
  if (largest >= vocabularySize) {
    return yield* fileProblem(
      tokenizerFile,
      `has token id ${largest} but config.json says vocab_size is ${vocabularySize}`
    )
  }
  const template = yield* Effect.try({
    try: () => new Template(text),
    catch: (cause) => fileProblem(folder, `the chat template does not parse (${reason(cause)})`)
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
    catch: (cause) => fileProblem(folder, `the chat template does not render (${reason(cause)})`)
  })
  const eos = special.eos_token === "" ? undefined : tokenizer.token_to_id(special.eos_token)
  const ends = [...new Set([...(eos === undefined ? [] : [eos]), ...stopIds])]
  if (ends.length === 0) {
    return yield* fileProblem(
      configFile,
      "eos_token is missing and config.json has no eos_token_id",
      "Name the end of a turn."
    )
  }
  const written = ends.toSorted((a, b) => ending.lastIndexOf(b) - ending.lastIndexOf(a))

  return {
    encode,
    decode: (ids) =>
      ids.length === 0
        ? ""
        : tokenizer.decode([...ids], { skip_special_tokens: true, clean_up_tokenization_spaces: false }),
    encodeChat: (messages, tools) => encode(render(messages, tools, true)),
    stopIds: written
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
