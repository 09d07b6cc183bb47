import * as Schema from "effect/Schema"
import { Call } from "./Call.ts"

/**
 * One entry of a conversation.
 *
 * - `User`: a task; `Note`: free context that needs no answer; `Correction`: a correction placed in the prompt without the
 *   denied attempt (teacher prompts only).
 * - `Assistant.text` is the model's own text, `<tool_call>` block included, so that its tokens are reproduced verbatim.
 * - `ToolResult`: what an approved call returned; `Denied`: a call that was refused, with the human's correction; `learned` says that the
 *   weights do as corrected without being told.
 * - `Reask`: what the agent tells the model after an unusable turn.
 */
export const Message = Schema.Union([
  Schema.TaggedStruct("User", { text: Schema.String }),
  Schema.TaggedStruct("Note", { text: Schema.String }),
  Schema.TaggedStruct("Correction", { text: Schema.String }),
  Schema.TaggedStruct("Assistant", { text: Schema.String }),
  Schema.TaggedStruct("ToolResult", { call: Call, output: Schema.String, success: Schema.Boolean }),
  Schema.TaggedStruct("Denied", { call: Call, correction: Schema.String, learned: Schema.optionalKey(Schema.Boolean) }),
  Schema.TaggedStruct("Reask", { text: Schema.String })
]).pipe(Schema.toTaggedUnion("_tag"))
export type Message = typeof Message.Type
