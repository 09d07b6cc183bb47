import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { defineTool } from "../../core/defineTool.ts"
import { describeFrom } from "../common/Description.ts"
import { changeFile, type Plan, previewChange } from "../common/FileChange.ts"
import { refuse } from "../common/Outcome.ts"
import { planEditLines } from "./PlanEditLines.ts"

const Parameters = Schema.Struct({
  path: Schema.String.annotate({ description: "File to change, relative to the project" }),
  start_line: Schema.Int.annotate({ description: "First line to replace, counted from 1" }),
  end_line: Schema.Int.annotate({
    description: "Last line to replace, inclusive; start_line - 1 inserts before start_line without replacing"
  }),
  content: Schema.String.annotate({ description: "The new lines; empty deletes the range" }),
  start_tag: Schema.optionalKey(
    Schema.String.annotate({
      description: "Tag of start_line, as read shows it with tags; refused when it is another line"
    })
  ),
  end_tag: Schema.optionalKey(Schema.String.annotate({ description: "Tag of end_line" }))
})

const planOf = (parameters: typeof Parameters.Type): Plan => (before) =>
  before.text === undefined
    ? Result.fail(refuse(`${before.shown} does not exist; create it with write`))
    : planEditLines({ ...before, text: before.text }, parameters)

const whenMissing = "create it with write"

/** Replaces, inserts, appends or deletes whole lines by number. */
export const editLines = defineTool({
  name: "edit_lines",
  summary: "Replace lines of a file.",
  description: describeFrom(import.meta.url),
  parameters: Parameters,
  fullOnly: ["start_tag", "end_tag"],
  needs: ({ path }) => [{ kind: "write", path }],
  run: (parameters, { basis }) => changeFile(parameters.path, planOf(parameters), whenMissing, basis),
  preview: (parameters) => previewChange(parameters.path, planOf(parameters), whenMissing)
})
