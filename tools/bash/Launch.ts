import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as Stream from "effect/Stream"
import * as ChildProcess from "effect/process/ChildProcess"
import { Access } from "../../core/permissions/Access.ts"
import { type RunEnding, Runner } from "../../core/Runner.ts"
import { DRAIN_SECONDS, KILL_AFTER_SECONDS } from "../common/Limits.ts"
import { refuse } from "../common/Outcome.ts"
import { endingOf } from "../runner/Ending.ts"
import { endProcesses } from "../runner/EndProcesses.ts"
import { MARK, type Mark, startOf } from "../runner/Processes.ts"
import { commandEnvironment } from "./Environment.ts"
import { keepOutput } from "./KeptOutput.ts"

/**
 * Runs `$0` in bash, in sh where there is none. One pipe for both streams keeps the order in which things were written. The
 * file `$1` is handed down open as descriptor 9: processes that gave up their ancestry and environment are known by it.
 */
const LAUNCH =
  "if [ -n \"$(command -v bash)\" ]; then shell=bash; else shell=sh; fi; exec $shell -c \"$0\" 2>&1 9<\"$1\""

/** How a command ended. */
export type Ending =
  | Exclude<RunEnding, { readonly _tag: "Limit" }>
  | { readonly _tag: "TimeOut"; readonly limit: string }

/** An empty file that nothing else has open. */
const markFile = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  return yield* fs.realPath(yield* fs.makeTempFileScoped({ prefix: "continualcode-" }))
}).pipe(Effect.orElseSucceed(() => undefined))

/**
 * Starts a shell command in a folder, contained by the runner, without input and with an environment of its own. When the
 * scope closes, all processes of the command are ended, wherever they moved to.
 */
export const launch = Effect.fnUntraced(function*(command: string, cwd: string) {
  if (command.trim() === "") return yield* refuse("the command is empty; give a shell command")
  if (command.includes("\0")) return yield* refuse("the command has a NUL character in it; leave it out")
  const runner = yield* Runner
  const permissions = yield* Access.use((access) => access.ofCommand(command))
  const id = yield* Effect.sync(() => globalThis.crypto.randomUUID())
  const { env, inherits } = yield* commandEnvironment(permissions, { [MARK]: id })
  // Where the runner ends all processes itself, it may also hide the file from them.
  const file = runner.holds.processes ? undefined : yield* markFile
  const argv = ["sh", "-c", LAUNCH, command, file ?? "/dev/null"] as const
  const contained = yield* runner.contain({ argv, cwd, env, permissions }).pipe(
    Effect.mapError(({ message }) => refuse(message))
  )
  const output = yield* keepOutput
  const [program, ...args] = contained.argv
  const handle = yield* ChildProcess.make(program, args, {
    cwd: contained.cwd,
    env: contained.env,
    extendEnv: inherits,
    stdin: "ignore",
    forceKillAfter: Duration.seconds(KILL_AFTER_SECONDS)
  }).pipe(
    Effect.catchTag(
      "PlatformError",
      (error) => refuse(`no shell could be started (${error.reason._tag}); the user has to install bash`)
    )
  )
  const mark: Mark = {
    pid: handle.pid,
    since: startOf(handle.pid),
    variable: `${MARK}=${id}`,
    file
  }
  const reading = yield* handle.stdout.pipe(
    Stream.runForEach(output.push),
    Effect.forkScoped({ startImmediately: true })
  )
  // The command writes to one pipe; here is only what the runner says itself, such as why it could not start.
  yield* handle.stderr.pipe(Stream.runForEach(output.push), Effect.forkScoped({ startImmediately: true }))
  yield* Effect.addFinalizer(() => endProcesses(mark, "ask"))
  return {
    output,
    ending: endingOf(handle),
    /** Ends what still lives and waits for the last of the output. Gives the names of what was ended. */
    finish: (grace: boolean) =>
      endProcesses(mark, grace ? "wait" : "ask").pipe(
        Effect.map((ended) => ended.map(({ name }) => name)),
        Effect.tap(() => Effect.timeoutOption(Fiber.await(reading), Duration.seconds(DRAIN_SECONDS)))
      ),
    /** A sentence about what the runner seems to have refused. */
    refusal: contained.refusal
  }
})
