import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { defineTool } from "../../core/defineTool.ts"
import { describeFrom } from "../common/Description.ts"
import { COMMAND_SECONDS, KILL_AFTER_SECONDS, MAX_LINES, MAX_OUTPUT_BYTES } from "../common/Limits.ts"
import { refused } from "../common/Outcome.ts"
import { runCommand } from "./RunCommand.ts"

const Parameters = Schema.Struct({
  command: Schema.String.annotate({ description: "Shell command, run in the project's root folder" })
})

/** Runs a shell command. */
export const bash = defineTool({
  name: "bash",
  summary: "Run a shell command.",
  description: describeFrom(import.meta.url, { COMMAND_SECONDS, KILL_AFTER_SECONDS, MAX_LINES, MAX_OUTPUT_BYTES }),
  parameters: Parameters,
  run: ({ command }) =>
    runCommand(command).pipe(Effect.catchTag("Refusal", (refusal) => Effect.succeed(refused(refusal)))),
  preview: ({ command }) => command
})
