import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as ChildProcess from "effect/process/ChildProcess"
import type * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"

/** What came of trying a program out. */
type Tried =
  | { readonly _tag: "Worked" }
  | { readonly _tag: "Missing" }
  | { readonly _tag: "Failed"; readonly said: string }

const LIMIT = Duration.seconds(10)

/** Runs a command that only shows whether it can be run. */
export const tryOut = (
  [program, ...args]: readonly [string, ...ReadonlyArray<string>]
): Effect.Effect<Tried, never, ChildProcessSpawner.ChildProcessSpawner> =>
  Effect.gen(function*() {
    const handle = yield* ChildProcess.make(program, args, { stdin: "ignore", forceKillAfter: Duration.seconds(1) })
    const said = yield* Stream.mkString(Stream.decodeText(handle.all))
    const code = yield* handle.exitCode
    const tried: Tried = code === 0 ? { _tag: "Worked" } : { _tag: "Failed", said: said.trim() || `exit code ${code}` }
    return tried
  }).pipe(
    Effect.scoped,
    Effect.timeoutOrElse({
      duration: LIMIT,
      orElse: () => Effect.succeed<Tried>({ _tag: "Failed", said: "it did not end" })
    }),
    Effect.catchTag("PlatformError", (error) =>
      Effect.succeed<Tried>(
        error.reason._tag === "NotFound" ? { _tag: "Missing" } : { _tag: "Failed", said: error.message }
      ))
  )
