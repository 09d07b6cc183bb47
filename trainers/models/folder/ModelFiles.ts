import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { join } from "node:path"
import type { BackendError, Tokenizer } from "../../../core/LoraBackend.ts"
import { fileProblem, readJson } from "../Problem.ts"
import { loadModelTokenizer } from "./TokenizerFiles.ts"

const Config = Schema.Struct({
  vocab_size: Schema.Int,
  max_position_embeddings: Schema.optionalKey(Schema.NullOr(Schema.Int))
})

/** What must be known here of a model whose weights are elsewhere. */
export interface ModelFiles {
  readonly tokenizer: Tokenizer
  readonly vocabularySize: number
  /** The model's own window, where its configuration says one. */
  readonly contextLength?: number
}

/** Reads tokenizer, chat template and configuration from a folder in the Hugging Face layout. Weights need not be there. */
export const loadModelFiles = Effect.fn("models.loadModelFiles")(function*(
  folder: string
): Effect.fn.Return<ModelFiles, BackendError> {
  const config = yield* Schema.decodeUnknownEffect(Config)(yield* readJson(folder, "config.json")).pipe(
    Effect.mapError((error) => fileProblem(join(folder, "config.json"), error.message.replaceAll(/\s+/g, " ")))
  )
  const tokenizer = yield* loadModelTokenizer(folder)
  const window = config.max_position_embeddings
  return {
    tokenizer,
    vocabularySize: config.vocab_size,
    ...(window === undefined || window === null ? {} : { contextLength: window })
  }
})
