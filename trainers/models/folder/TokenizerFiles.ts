import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { join } from "node:path"
import type { BackendError, Tokenizer } from "../../../core/LoraBackend.ts"
import { loadTokenizer } from "../ChatTokenizer.ts"
import { fileProblem, optional, readJson } from "../Problem.ts"

const TokenIds = Schema.Union([Schema.Null, Schema.Int, Schema.Array(Schema.Int)])
const Config = Schema.Struct({ vocab_size: Schema.Int, eos_token_id: Schema.optionalKey(TokenIds) })
const Generation = Schema.Struct({ eos_token_id: Schema.optionalKey(TokenIds) })

const idList = (ids: typeof TokenIds.Type | undefined): ReadonlyArray<number> =>
  ids === undefined || ids === null ? [] : typeof ids === "number" ? [ids] : ids

/**
 * The tokenizer of a model folder. The worker checks weights and architecture; here it is made sure that the tokenizer
 * belongs to them, as far as ids can tell. Models that can think are asked not to: a turn is one call.
 */
export const loadModelTokenizer = Effect.fn("models.loadModelTokenizer")(function*(
  folder: string
): Effect.fn.Return<Tokenizer, BackendError> {
  const file = join(folder, "config.json")
  const config = yield* Schema.decodeUnknownEffect(Config)(yield* readJson(folder, "config.json")).pipe(
    Effect.mapError((error) => fileProblem(file, error.message.replaceAll(/\s+/g, " ")))
  )
  const raw = yield* optional(readJson(folder, "generation_config.json"))
  const generation = raw === undefined ? {} : yield* Schema.decodeUnknownEffect(Generation)(raw).pipe(
    Effect.mapError((error) =>
      fileProblem(join(folder, "generation_config.json"), error.message.replaceAll(/\s+/g, " "))
    )
  )
  const stopIds = [...idList(config.eos_token_id), ...idList(generation.eos_token_id)]
  return yield* loadTokenizer(folder, stopIds, config.vocab_size, { enable_thinking: false })
})
