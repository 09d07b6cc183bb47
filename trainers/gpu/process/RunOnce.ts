import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as ChildProcess from "effect/process/ChildProcess"
import type { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"

interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Stops the command after this long. */
  readonly limit: Duration.Duration
  /** Called with each line of standard error. */
  readonly onLine?: (line: string) => Effect.Effect<void>
}

/** How a command ended. `code` is undefined when it was not found, was killed, or took too long. */
interface Ran {
  readonly code: number | undefined
  readonly stdout: string
  readonly stderr: string
  /** Why there is no code, in words. */
  readonly problem?: string
}

/** Runs a command without input to its end. Never fails: what went wrong is in the result. */
export const runOnce = (
  command: string,
  args: ReadonlyArray<string>,
  { env = {}, limit, onLine }: RunOptions
): Effect.Effect<Ran, never, ChildProcessSpawner> =>
  Effect.gen(function*() {
    const handle = yield* ChildProcess.make(command, [...args], {
      env,
      extendEnv: true,
      stdin: "ignore",
      forceKillAfter: Duration.seconds(2)
    })
    let stdout = ""
    let stderr = ""
    const reading = Effect.all([
      handle.stdout.pipe(Stream.decodeText(), Stream.runForEach((text) => Effect.sync(() => void (stdout += text)))),
      handle.stderr.pipe(
        Stream.decodeText(),
        Stream.splitLines,
        Stream.runForEach((line) => {
          stderr = `${stderr}${line}\n`.slice(-32_768)
          return onLine?.(line) ?? Effect.void
        })
      )
    ], { concurrency: 2, discard: true })
    const code = yield* Effect.all([handle.exitCode, reading], { concurrency: 2 }).pipe(
      Effect.map(([exit]): number => exit),
      Effect.timeoutOption(limit)
    )
    return Option.isSome(code)
      ? { code: code.value, stdout, stderr }
      : { code: undefined, stdout, stderr, problem: `took longer than ${Duration.format(limit)}` }
  }).pipe(
    Effect.scoped,
    Effect.catch((error) =>
      Effect.succeed<Ran>({
        code: undefined,
        stdout: "",
        stderr: "",
        problem: error.reason._tag === "NotFound" ? "was not found" : `failed (${error.reason._tag})`
      })
    )
  )
