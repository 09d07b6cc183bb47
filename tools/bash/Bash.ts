import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { defineTool } from "../../core/defineTool.ts"
import type { ToolResult } from "../../core/domain/ToolResult.ts"
import type { ToolServices } from "../../core/Tool.ts"
import { describeFrom } from "../common/Description.ts"
import {
  COMMAND_SECONDS,
  KILL_AFTER_SECONDS,
  MAX_COMMAND_SECONDS,
  MAX_LINES,
  MAX_OUTPUT_BYTES
} from "../common/Limits.ts"
import { type Refusal, refuse, refused } from "../common/Outcome.ts"
import { lookAt, previewPath } from "../common/SeenPath.ts"
import { startJob } from "./Background.ts"
import { noteRead } from "./NoteRead.ts"
import { runCommand } from "./RunCommand.ts"

const Parameters = Schema.Struct({
  command: Schema.String.annotate({ description: "Shell command, run in the project's root folder" }),
  workdir: Schema.optionalKey(
    Schema.String.annotate({ description: "Folder to run it in, relative to the project; default its root" })
  ),
  timeout: Schema.optionalKey(
    Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: MAX_COMMAND_SECONDS })).annotate({
      description: `Seconds it may run; default ${COMMAND_SECONDS}`
    })
  ),
  background: Schema.optionalKey(
    Schema.Boolean.annotate({ description: "Start it as a background job and go on; see jobs" })
  )
})

const WHEN_MISSING = "give a folder of the project as workdir"

/** Runs a shell command. */
export const bash = defineTool({
  name: "bash",
  summary: "Run a shell command.",
  description: describeFrom(import.meta.url, {
    COMMAND_SECONDS,
    KILL_AFTER_SECONDS,
    MAX_COMMAND_SECONDS,
    MAX_LINES,
    MAX_OUTPUT_BYTES
  }),
  parameters: Parameters,
  needs: ({ command, workdir }) => [
    { kind: "run", command, ...(workdir === undefined ? {} : { folder: workdir }) },
    ...(workdir === undefined ? [] : [{ kind: "read", path: workdir } as const])
  ],
  fullOnly: ["workdir", "timeout", "background"],
  run: ({ background, command, timeout, workdir }, { basis }) =>
    lookAt(
      workdir ?? ".",
      WHEN_MISSING,
      basis,
      (place) =>
        Effect.gen(function*(): Effect.gen.Return<ToolResult, Refusal, ToolServices> {
          const { absolute, info, shown } = place
          if (info.type !== "Directory") return yield* refuse(`${shown} is no folder; ${WHEN_MISSING}`)
          if (background === true) return yield* startJob(command, absolute)
          const result = yield* runCommand(command, absolute, Duration.seconds(timeout ?? COMMAND_SECONDS))
          if (result.success) yield* noteRead(command, absolute)
          return result
        })
    ).pipe(Effect.catchTag("Refusal", (refusal) => Effect.succeed(refused(refusal)))),
  preview: ({ background, command, timeout, workdir }) => {
    const notes = [
      ...(workdir === undefined ? [] : [`In ${workdir}.`]),
      ...(timeout === undefined ? [] : [`For at most ${timeout} seconds.`]),
      ...(background === true ? ["In the background, until it ends, is stopped, or the session ends."] : [])
    ]
    return previewPath(workdir ?? ".", command, WHEN_MISSING, notes)
  }
})
