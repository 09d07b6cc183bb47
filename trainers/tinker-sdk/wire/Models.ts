/** Making, asking about and unloading a model under training. */
import * as Schema from "effect/Schema"
import { maybe, optional, tag } from "./Common.ts"
import { LoraConfig, UserMetadata } from "./Values.ts"

export const CreateModelRequest = Schema.Struct({
  session_id: Schema.String,
  model_seq_id: Schema.Int,
  base_model: Schema.String,
  user_metadata: optional(UserMetadata),
  lora_config: LoraConfig,
  type: tag("create_model")
})
export const CreateModelResult = Schema.Struct({ model_id: Schema.String, type: tag("create_model") })

export const GetInfoRequest = Schema.Struct({ model_id: Schema.String, type: tag("get_info") })
export const GetInfoReply = Schema.Struct({
  type: tag("get_info"),
  model_id: Schema.String,
  model_data: Schema.Struct({
    arch: maybe(Schema.String),
    model_name: maybe(Schema.String),
    tokenizer_id: maybe(Schema.String)
  }),
  is_lora: maybe(Schema.Boolean),
  lora_rank: maybe(Schema.Int),
  model_name: maybe(Schema.String)
})
export type GetInfoReply = typeof GetInfoReply.Type

export const UnloadModelRequest = Schema.Struct({ model_id: Schema.String, type: tag("unload_model") })
export const UnloadModelResult = Schema.Struct({ model_id: maybe(Schema.String), type: tag("unload_model") })
