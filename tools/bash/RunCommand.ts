import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { ToolMeta, ToolResult } from "../../core/domain/ToolResult.ts"
import { COMMAND_SECONDS } from "../common/Limits.ts"
import { count } from "../common/Outcome.ts"
import { type Ending, launch } from "./Launch.ts"

/** What the result says besides the output. */
interface Told {
  /** Processes that were left behind and ended. */
  readonly leftovers: ReadonlyArray<string>
  /** What the sandbox seems to have refused. */
  readonly refusal: string | undefined
}

/** Most leftovers that are named. */
const NAMED = 5

const endedNote = (leftovers: ReadonlyArray<string>): ReadonlyArray<string> => {
  if (leftovers.length === 0) return []
  const more = leftovers.length > NAMED ? ", …" : ""
  const processes = count(leftovers.length, "process").replace("processs", "processes")
  return [`(ended ${processes} left running: ${leftovers.slice(0, NAMED).join(", ")}${more})`]
}

/** The result as the model sees it; the output is kept whatever happened. */
const commandResult = (text: string, ending: Ending, { leftovers, refusal }: Told): ToolResult => {
  const output = text.trimEnd() === "" ? "(no output)" : text.trimEnd()
  const failed = (how: string, feedback: string): ToolResult => ({
    output: [output, how, ...endedNote(leftovers), ...(refusal === undefined ? [] : [`(${refusal})`])].join("\n"),
    success: false,
    feedback: refusal ?? feedback
  })
  switch (ending._tag) {
    case "Exit":
      if (ending.code === 0) return { output: [output, ...endedNote(leftovers)].join("\n"), success: true }
      return failed(
        `(exit code ${ending.code})`,
        `the command failed with exit code ${ending.code}; its output says why`
      )
    case "Signal":
      return failed(`(killed by ${ending.name})`, `the command was killed by ${ending.name}; run a smaller one`)
    case "TimeOut":
      return failed(
        `(stopped after ${ending.limit})`,
        `the command ran longer than ${ending.limit} and was stopped; run one that ends sooner`
      )
  }
}

const endingMeta = (ending: Ending): ToolMeta => {
  switch (ending._tag) {
    case "Exit":
      return { exitCode: ending.code }
    case "Signal":
      return { signal: ending.name }
    case "TimeOut":
      return { timedOut: true }
  }
}

/**
 * Runs a shell command in a folder, with no input. When it ends, when it takes longer than `limit`, or when the call is
 * interrupted, every process it started is ended, whatever group or session it moved to.
 */
export const runCommand = Effect.fn("tool.bash")(
  function*(command: string, cwd: string, limit: Duration.Duration = Duration.seconds(COMMAND_SECONDS)) {
    const start = yield* Clock.currentTimeMillis
    const { ending, finish, output, refusal } = yield* launch(command, cwd)
    const ended = yield* Effect.timeoutOption(ending, limit)
    const leftovers = yield* finish(Option.isSome(ended))
    const how = Option.getOrElse(ended, (): Ending => ({ _tag: "TimeOut", limit: `${Duration.toSeconds(limit)} s` }))
    const text = output.text()
    const seconds = ((yield* Clock.currentTimeMillis) - start) / 1000
    const left = Option.isSome(ended) ? leftovers : []
    return {
      ...commandResult(text, how, {
        leftovers: left,
        refusal: refusal({ code: how._tag === "Exit" ? how.code : undefined, output: text })
      }),
      meta: {
        ...endingMeta(how),
        ...output.meta(),
        seconds,
        ...(left.length === 0 ? {} : { leftovers: left })
      }
    }
  },
  Effect.scoped
)
