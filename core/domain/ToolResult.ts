import * as Schema from "effect/Schema"

/** What a tool returned. `output` is for the model and capped; `feedback` is one sentence on what went wrong and what to do. */
export const ToolResult = Schema.Struct({
  output: Schema.String,
  success: Schema.Boolean,
  feedback: Schema.optionalKey(Schema.String)
})
export type ToolResult = typeof ToolResult.Type

/** What a call would do, shown before the verdict. `diff` is a unified diff. */
export const Preview = Schema.Union([
  Schema.TaggedStruct("Diff", { path: Schema.String, diff: Schema.String }),
  Schema.TaggedStruct("Text", { text: Schema.String })
]).pipe(Schema.toTaggedUnion("_tag"))
export type Preview = typeof Preview.Type
