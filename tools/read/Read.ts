import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { defineTool } from "../../core/defineTool.ts"
import { describeFrom } from "../common/Description.ts"
import { MAX_LINE_LENGTH, MAX_LINES, MAX_OUTPUT_BYTES } from "../common/Limits.ts"
import { refused } from "../common/Outcome.ts"
import { previewPath } from "../common/SeenPath.ts"
import { readFile, WHEN_MISSING } from "./ReadFile.ts"

const Parameters = Schema.Struct({
  path: Schema.String.annotate({ description: "File or folder, relative to the project" }),
  offset: Schema.optionalKey(
    Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)).annotate({ description: "First line to show, counted from 1" })
  ),
  limit: Schema.optionalKey(
    Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)).annotate({ description: "Most lines to show" })
  ),
  tags: Schema.optionalKey(
    Schema.Boolean.annotate({ description: "Show each line's content tag, as number:tag, for edit_lines" })
  )
})

/** Shows a text file with line numbers. */
export const read = defineTool({
  name: "read",
  summary: "Read a file.",
  description: describeFrom(import.meta.url, { MAX_LINES, MAX_LINE_LENGTH, MAX_OUTPUT_BYTES }),
  parameters: Parameters,
  readOnly: true,
  fullOnly: ["tags"],
  needs: ({ path }) => [{ kind: "read", path }],
  run: (parameters, { basis }) =>
    readFile(parameters, basis).pipe(Effect.catchTag("Refusal", (refusal) => Effect.succeed(refused(refusal)))),
  preview: ({ path, offset, limit }) => {
    const from = offset === undefined ? "" : ` from line ${Math.max(1, offset)}`
    return previewPath(
      path,
      `Read ${path}${from}${limit === undefined ? "" : `, at most ${limit} lines`}`,
      WHEN_MISSING
    )
  }
})
