import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { defineTool } from "../../core/defineTool.ts"
import { describeFrom } from "../common/Description.ts"
import { MAX_PATHS } from "../common/Limits.ts"
import { refused } from "../common/Outcome.ts"
import { WHEN_MISSING } from "../common/SearchBase.ts"
import { previewPath } from "../common/SeenPath.ts"
import { findFiles } from "./FindFiles.ts"

const Parameters = Schema.Struct({
  pattern: Schema.String.annotate({
    description: "Glob such as src/**/*.{ts,tsx}; without a slash it matches file names"
  }),
  path: Schema.optionalKey(Schema.String.annotate({ description: "Folder to search; default the whole project" }))
})

/** Finds files by name. */
export const glob = defineTool({
  name: "glob",
  summary: "Find files by name.",
  description: describeFrom(import.meta.url, { MAX_PATHS }),
  parameters: Parameters,
  readOnly: true,
  needs: ({ path = "." }) => [{ kind: "read", path }],
  run: ({ path, pattern }, { basis }) =>
    findFiles(pattern, path, basis).pipe(Effect.catchTag("Refusal", (refusal) => Effect.succeed(refused(refusal)))),
  preview: ({ pattern, path }) =>
    previewPath(path ?? ".", `Find files matching ${pattern}${path === undefined ? "" : ` in ${path}`}`, WHEN_MISSING)
})
