import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import { Runner, type RunnerCommand } from "../../core/Runner.ts"
import { limitedArgv } from "./Limits.ts"
import { runWith } from "./Run.ts"

/** Runs commands with the user's own rights; only limits hold. */
export const none = (note?: string): Layer.Layer<Runner, never, FileSystem.FileSystem | ChildProcessSpawner> =>
  Layer.effect(
    Runner,
    Effect.gen(function*() {
      const contain = ({ argv, cwd, env, limits }: RunnerCommand) =>
        Effect.succeed({ argv: limitedArgv(argv, limits), cwd, env, refusal: () => undefined })
      const holds = { files: false, network: false, hosts: false, processes: false }
      return Runner.of({
        name: "none",
        ...(note === undefined ? {} : { note }),
        holds,
        contain,
        run: yield* runWith({ contain, holds })
      })
    })
  )
