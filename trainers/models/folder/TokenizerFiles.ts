import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { join } from "node:path"
import type { BackendError, Tokenizer } from "../../../core/LoraBackend.ts"
import { makeTokenizer } from "../ChatTokenizer.ts"
import { fileProblem, optional, readJson, readText } from "../Problem.ts"

const TokenIds = Schema.Union([Schema.Null, Schema.Int, Schema.Array(Schema.Int)])
const Config = Schema.Struct({
  vocab_size: Schema.Int,
  max_position_embeddings: Schema.optionalKey(Schema.NullOr(Schema.Int)),
  eos_token_id: Schema.optionalKey(TokenIds)
})
const Generation = Schema.Struct({ eos_token_id: Schema.optionalKey(TokenIds) })

const idList = (ids: typeof TokenIds.Type | undefined): ReadonlyArray<number> =>
  ids === undefined || ids === null ? [] : typeof ids === "number" ? [ids] : ids

const decoded = <A>(schema: Schema.Decoder<A>, file: string, json: unknown): Effect.Effect<A, BackendError> =>
  Schema.decodeUnknownEffect(schema)(json).pipe(
    Effect.mapError((error) => fileProblem(file, error.message.replaceAll(/\s+/g, " ")))
  )

/** What a folder says of its model beside the weights. */
export interface TokenizerFiles {
  readonly tokenizer: Tokenizer
  readonly vocabularySize: number
  /** The model's own window, where its configuration says one. */
  readonly contextLength?: number
}

/**
 * Reads tokenizer, chat template (chat_template.jinja, or the field of tokenizer_config.json) and the ends of a turn from a
 * folder in the Hugging Face layout. Weights need not be there; that the tokenizer belongs to the model is checked as far as
 * ids can tell.
 */
export const loadTokenizerFiles = Effect.fn("models.loadTokenizerFiles")(function*(
  folder: string
): Effect.fn.Return<TokenizerFiles, BackendError> {
  const config = yield* decoded(Config, join(folder, "config.json"), yield* readJson(folder, "config.json"))
  const raw = yield* optional(readJson(folder, "generation_config.json"))
  const generation = raw === undefined
    ? {}
    : yield* decoded(Generation, join(folder, "generation_config.json"), raw)
  const window = config.max_position_embeddings
  return {
    tokenizer: yield* makeTokenizer({
      tokenizer: yield* readJson(folder, "tokenizer.json"),
      config: yield* readJson(folder, "tokenizer_config.json"),
      template: yield* optional(readText(folder, "chat_template.jinja")),
      stopIds: [...idList(config.eos_token_id), ...idList(generation.eos_token_id)],
      vocabularySize: config.vocab_size,
      files: {
        tokenizer: join(folder, "tokenizer.json"),
        config: join(folder, "tokenizer_config.json"),
        model: "config.json"
      }
    }),
    vocabularySize: config.vocab_size,
    ...(window === undefined || window === null ? {} : { contextLength: window })
  }
})
