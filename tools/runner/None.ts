import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Runner } from "../../core/Runner.ts"
import { limitedArgv } from "./Limits.ts"

/** Runs commands with the user's own rights; only limits on memory and processes hold. */
export const none = (note?: string): Layer.Layer<Runner> =>
  Layer.succeed(Runner, {
    name: "none",
    ...(note === undefined ? {} : { note }),
    holds: { files: false, network: false, hosts: false, processes: false },
    contain: ({ argv, cwd, env, limits }) =>
      Effect.succeed({ argv: limitedArgv(argv, limits), cwd, env, refusal: () => undefined })
  })
