import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import type { Settings } from "../../core/config/Settings.ts"
import type { Runner, RunnerError } from "../../core/Runner.ts"
import { bubblewrap } from "./Bubblewrap.ts"
import { none } from "./None.ts"
import { sandboxRuntime } from "./SandboxRuntime.ts"
import { seatbelt } from "./Seatbelt.ts"

export { bubblewrap, none, sandboxRuntime, seatbelt }

type RunnerLayer = Layer.Layer<Runner, RunnerError, FileSystem.FileSystem | ChildProcessSpawner.ChildProcessSpawner>

const onlyNone = none(
  "Commands run with all your rights: continualcode knows no sandbox for this system. docs/sandbox.md says what can be done."
)

/** The best runner of a system, or `none` with the reason. */
const best = (platform: NodeJS.Platform): RunnerLayer => {
  const wanted = platform === "linux" ? bubblewrap : platform === "darwin" ? seatbelt : undefined
  return wanted === undefined
    ? onlyNone
    : wanted.pipe(Layer.catchTag("RunnerError", ({ message }) => none(`Commands run with all your rights: ${message}`)))
}

/** The runner that the setting `sandbox` names. One that is named and cannot be had is an error; `auto` takes what there is. */
export const runner = (choice: Settings["sandbox"], platform: NodeJS.Platform): RunnerLayer => {
  switch (choice) {
    case "auto":
      return best(platform)
    case "none":
      return none()
    case "bubblewrap":
      return bubblewrap
    case "seatbelt":
      return seatbelt
    case "sandbox-runtime":
      return sandboxRuntime
  }
}
