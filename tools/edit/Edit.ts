import * as Schema from "effect/Schema"
import { defineTool } from "../../core/defineTool.ts"
import { describeFrom } from "../common/Description.ts"
import { changeFile, type Plan, previewChange } from "../common/FileChange.ts"
import { planEdit } from "./PlanEdit.ts"

const Parameters = Schema.Struct({
  path: Schema.String.annotate({ description: "File to change, relative to the project" }),
  old: Schema.String.annotate({ description: "Text to replace, exactly as in the file; must be there once" }),
  new: Schema.String.annotate({ description: "Text that takes its place" }),
  all: Schema.optionalKey(Schema.Boolean).annotate({ description: "Replace every occurrence; default false" })
})

const planOf = (parameters: typeof Parameters.Type): Plan => (before) => planEdit(before, parameters)

/** An empty `old` makes a new file, so only then may the file be missing. */
const whenMissing = ({ old }: typeof Parameters.Type) => old === "" ? undefined : "create it with write"

/** Replaces a piece of text in a file. */
export const edit = defineTool({
  name: "edit",
  summary: "Replace text in a file.",
  description: describeFrom(import.meta.url),
  parameters: Parameters,
  needs: ({ path }) => [{ kind: "write", path }],
  run: (parameters, { basis }) => changeFile(parameters.path, planOf(parameters), whenMissing(parameters), basis),
  preview: (parameters) => previewChange(parameters.path, planOf(parameters), whenMissing(parameters))
})
