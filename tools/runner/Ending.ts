import * as Effect from "effect/Effect"
import type { ChildProcessHandle } from "effect/process/ChildProcessSpawner"
import type { RunEnding } from "../../core/Runner.ts"

/** How a process ended by itself or by a signal. */
export const endingOf = (handle: ChildProcessHandle): Effect.Effect<Exclude<RunEnding, { readonly _tag: "Limit" }>> =>
  handle.exitCode.pipe(
    Effect.map((code) => ({ _tag: "Exit", code }) as const),
    Effect.catch((error) => {
      // The spawner says which signal it was only in words.
      const name = /signal: '(\w+)'/.exec(`${error.message} ${String(error.cause)}`)?.[1]
      return Effect.succeed({ _tag: "Signal", name: name ?? "a signal" } as const)
    })
  )
