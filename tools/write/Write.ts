import * as Schema from "effect/Schema"
import { defineTool } from "../../core/defineTool.ts"
import { describeFrom } from "../common/Description.ts"
import { changeFile, type Plan, previewChange } from "../common/FileChange.ts"
import { planWrite } from "./PlanWrite.ts"

const Parameters = Schema.Struct({
  path: Schema.String.annotate({ description: "File to write, relative to the project" }),
  content: Schema.String.annotate({ description: "The whole content of the file" })
})

const planOf = (parameters: typeof Parameters.Type): Plan => (before) => planWrite(before, parameters.content)

/** Writes a whole file, new or not. */
export const write = defineTool({
  name: "write",
  summary: "Write a file.",
  description: describeFrom(import.meta.url),
  parameters: Parameters,
  needs: ({ path }) => [{ kind: "write", path }],
  run: (parameters, { basis }) => changeFile(parameters.path, planOf(parameters), undefined, basis),
  preview: (parameters) => previewChange(parameters.path, planOf(parameters))
})
