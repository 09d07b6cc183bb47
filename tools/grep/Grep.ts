import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { defineTool } from "../../core/defineTool.ts"
import { describeFrom } from "../common/Description.ts"
import { MAX_CONTEXT, MAX_MATCH_LENGTH, MAX_MATCHES, SEARCH_SECONDS } from "../common/Limits.ts"
import { refused } from "../common/Outcome.ts"
import { WHEN_MISSING } from "../common/SearchBase.ts"
import { previewPath } from "../common/SeenPath.ts"
import { searchContents } from "./SearchContents.ts"

const Parameters = Schema.Struct({
  pattern: Schema.String.annotate({ description: "Regular expression, matched within one line" }),
  path: Schema.optionalKey(
    Schema.String.annotate({ description: "File or folder to search; default the whole project" })
  ),
  include: Schema.optionalKey(
    Schema.String.annotate({ description: "Glob of the files to search, such as *.{ts,tsx} or src/**" })
  ),
  context: Schema.optionalKey(
    Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: MAX_CONTEXT })).annotate({
      description: "Lines to show before and after each match"
    })
  ),
  literal: Schema.optionalKey(Schema.Boolean.annotate({ description: "Take the pattern as plain text" }))
})

/** Searches file contents. */
export const grep = defineTool({
  name: "grep",
  summary: "Search file contents.",
  description: describeFrom(import.meta.url, { MAX_MATCHES, MAX_MATCH_LENGTH, SEARCH_SECONDS }),
  parameters: Parameters,
  readOnly: true,
  fullOnly: ["include", "context", "literal"],
  needs: ({ path = "." }) => [{ kind: "read", path }],
  run: (parameters, { basis }) =>
    searchContents(parameters, basis).pipe(
      Effect.catchTag("Refusal", (refusal) => Effect.succeed(refused(refusal)))
    ),
  preview: ({ include, path, pattern }) => {
    const files = include === undefined ? "" : ` in files matching ${include}`
    return previewPath(
      path ?? ".",
      `Search for ${pattern}${files}${path === undefined ? "" : ` in ${path}`}`,
      WHEN_MISSING
    )
  }
})
