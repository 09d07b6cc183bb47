import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { defineTool } from "../../core/defineTool.ts"
import { describeFrom } from "../common/Description.ts"
import { MAX_MATCH_LENGTH, MAX_MATCHES, MAX_SEARCH_BYTES } from "../common/Limits.ts"
import { refused } from "../common/Outcome.ts"
import { WHEN_MISSING } from "../common/SearchBase.ts"
import { previewPath } from "../common/SeenPath.ts"
import { searchContents } from "./SearchContents.ts"

const Parameters = Schema.Struct({
  pattern: Schema.String.annotate({ description: "JavaScript regular expression, matched within one line" }),
  path: Schema.optionalKey(
    Schema.String.annotate({ description: "File or folder to search; default the whole project" })
  )
})

/** Searches file contents. */
export const grep = defineTool({
  name: "grep",
  summary: "Search file contents.",
  description: describeFrom(import.meta.url, { MAX_MATCHES, MAX_MATCH_LENGTH, MAX_SEARCH_BYTES }),
  parameters: Parameters,
  readOnly: true,
  needs: ({ path = "." }) => [{ kind: "read", path }],
  run: ({ path, pattern }, { basis }) =>
    searchContents(pattern, path, basis).pipe(
      Effect.catchTag("Refusal", (refusal) => Effect.succeed(refused(refusal)))
    ),
  preview: ({ pattern, path }) =>
    previewPath(path ?? ".", `Search for ${pattern}${path === undefined ? "" : ` in ${path}`}`, WHEN_MISSING)
})
