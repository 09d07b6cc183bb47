import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as ChildProcess from "effect/process/ChildProcess"
import type { ChildProcessHandle } from "effect/process/ChildProcessSpawner"
import type { ToolResult } from "../../core/domain/ToolResult.ts"
import { Workspace } from "../../core/Workspace.ts"
import { COMMAND_SECONDS, DRAIN_SECONDS, KILL_AFTER_SECONDS, MAX_LINES, MAX_OUTPUT_BYTES } from "../common/Limits.ts"
import { refuse } from "../common/Outcome.ts"
import { CappedOutput } from "../common/CappedOutput.ts"

/** Runs `$0` in bash, in sh where there is none. One pipe for both streams keeps the order in which things were written. */
const LAUNCH = "if command -v bash >/dev/null 2>&1; then exec bash -c \"$0\" 2>&1; else exec sh -c \"$0\" 2>&1; fi"

/** Nothing here may page, colour, or ask at a terminal that is not there. */
const ENVIRONMENT = {
  TERM: "dumb",
  PAGER: "cat",
  GIT_PAGER: "cat",
  GIT_TERMINAL_PROMPT: "0",
  CONTINUALCODE: "1"
}

/** How a command ended. */
export type Ending =
  | { readonly _tag: "Exit"; readonly code: number }
  | { readonly _tag: "Signal"; readonly name: string }
  | { readonly _tag: "TimeOut"; readonly limit: string }

const endingOf = (handle: ChildProcessHandle) =>
  handle.exitCode.pipe(
    Effect.map((code): Ending => ({ _tag: "Exit", code })),
    Effect.catch((error) => {
      // The spawner says which signal it was only in words.
      const name = /signal: '(\w+)'/.exec(`${error.message} ${String(error.cause)}`)?.[1]
      return Effect.succeed<Ending>({ _tag: "Signal", name: name ?? "a signal" })
    })
  )

/** The result as the model sees it; the output is kept whatever happened. */
export const commandResult = (text: string, ending: Ending): ToolResult => {
  const output = text.trimEnd() === "" ? "(no output)" : text.trimEnd()
  switch (ending._tag) {
    case "Exit":
      if (ending.code === 0) return { output, success: true }
      return {
        output: `${output}\n(exit code ${ending.code})`,
        success: false,
        feedback: `the command failed with exit code ${ending.code}; its output says why`
      }
    case "Signal":
      return {
        output: `${output}\n(killed by ${ending.name})`,
        success: false,
        feedback: `the command was killed by ${ending.name}; run a smaller one`
      }
    case "TimeOut":
      return {
        output: `${output}\n(stopped after ${ending.limit})`,
        success: false,
        feedback: `the command ran longer than ${ending.limit} and was stopped; run one that ends sooner`
      }
  }
}

/**
 * Runs a shell command in the workspace root, in a process group of its own and with no input. When it ends, when it takes
 * longer than `limit`, or when the call is interrupted, the whole group is asked to stop and killed `KILL_AFTER_SECONDS` later.
 */
export const runCommand = Effect.fn("tool.bash")(
  function*(
    command: string,
    limit: Duration.Duration = Duration.seconds(COMMAND_SECONDS)
  ) {
    if (command.trim() === "") return yield* refuse("the command is empty; give a shell command")
    if (command.includes("\0")) return yield* refuse("the command has a NUL character in it; leave it out")
    const { root } = yield* Workspace
    const kept = new CappedOutput(MAX_OUTPUT_BYTES, MAX_LINES)
    const scope = yield* Effect.scope
    const drained = (reading: Fiber.Fiber<unknown, unknown>) =>
      Fiber.await(reading).pipe(Effect.timeoutOption(Duration.seconds(DRAIN_SECONDS)))

    const { ending, reading } = yield* Effect.scoped(Effect.gen(function*() {
      const handle = yield* ChildProcess.make("sh", ["-c", LAUNCH, command], {
        cwd: root,
        env: ENVIRONMENT,
        extendEnv: true,
        stdin: "ignore",
        stderr: "ignore",
        forceKillAfter: Duration.seconds(KILL_AFTER_SECONDS)
      })
      // Outlives the process, so that what it says while it is stopped is read as well.
      const reading = yield* handle.stdout.pipe(
        Stream.runForEach((chunk) => Effect.sync(() => kept.push(chunk))),
        Effect.forkIn(scope, { startImmediately: true })
      )
      const ended = yield* Effect.timeoutOption(endingOf(handle), limit)
      if (Option.isSome(ended)) yield* drained(reading)
      const late: Ending = { _tag: "TimeOut", limit: `${Duration.toSeconds(limit)} s` }
      return { ending: Option.getOrElse(ended, () => late), reading }
    }))
    yield* drained(reading)
    return commandResult(kept.text("send the output to a file to see all of it"), ending)
  },
  Effect.scoped,
  Effect.catchTag(
    "PlatformError",
    (error) => refuse(`no shell could be started (${error.reason._tag}); the user has to install bash`)
  )
)
