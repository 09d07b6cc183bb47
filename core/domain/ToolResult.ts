import * as Schema from "effect/Schema"

/** Facts of a call beside its text, for interfaces and records; the model does not see them. Absent: not known, or not so. */
export const ToolMeta = Schema.Struct({
  /** What was read, searched or changed, relative to the workspace. */
  path: Schema.optionalKey(Schema.String),
  /** Lines that a change added and removed. */
  added: Schema.optionalKey(Schema.Int),
  removed: Schema.optionalKey(Schema.Int),
  /** The step of the edit ladder that matched. */
  matched: Schema.optionalKey(
    Schema.Literals(["exact", "line numbers", "trailing blanks", "indentation", "punctuation style"])
  ),
  /** How many of `total` lines, paths or matches are in the output. */
  shown: Schema.optionalKey(Schema.Int),
  total: Schema.optionalKey(Schema.Int),
  /** Whether something was left out of the output. */
  truncated: Schema.optionalKey(Schema.Boolean),
  /** Absolute path of a file that holds the whole output. */
  spilled: Schema.optionalKey(Schema.String),
  /** What found it: ripgrep, or our own search where there is none. */
  engine: Schema.optionalKey(Schema.Literals(["ripgrep", "own"])),
  /** How a command ended: its exit code, the signal that ended it, or the time limit. */
  exitCode: Schema.optionalKey(Schema.Int),
  signal: Schema.optionalKey(Schema.String),
  timedOut: Schema.optionalKey(Schema.Boolean),
  /** Wall-clock time. */
  seconds: Schema.optionalKey(Schema.Number),
  /** Processes that the command left behind and that were ended. */
  leftovers: Schema.optionalKey(Schema.Array(Schema.String)),
  /** The background job that was started. */
  job: Schema.optionalKey(Schema.String)
})
export type ToolMeta = typeof ToolMeta.Type

/** What a tool returned. `output` is for the model and capped; `feedback` is one sentence on what went wrong and what to do. */
export const ToolResult = Schema.Struct({
  output: Schema.String,
  success: Schema.Boolean,
  feedback: Schema.optionalKey(Schema.String),
  /** Nothing was done: what the call was approved on has changed since. It has to be shown anew. */
  outdated: Schema.optionalKey(Schema.Literal(true)),
  meta: Schema.optionalKey(ToolMeta)
})
export type ToolResult = typeof ToolResult.Type

/** What a call would do, shown before the verdict. `diff` is a unified diff, `notes` what else the human should know. */
export const Preview = Schema.Union([
  Schema.TaggedStruct("Diff", {
    path: Schema.String,
    diff: Schema.String,
    notes: Schema.optionalKey(Schema.Array(Schema.String))
  }),
  Schema.TaggedStruct("Text", { text: Schema.String, notes: Schema.optionalKey(Schema.Array(Schema.String)) })
]).pipe(Schema.toTaggedUnion("_tag"))
export type Preview = typeof Preview.Type
