import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Path from "effect/Path"
import { homedir } from "node:os"

/**
 * The folder for what is the user's and no project's: own permissions, saved grants, trusted workspaces. No project can bring
 * it along. `XDG_CONFIG_HOME` moves it.
 */
export const userFolder = Effect.gen(function*() {
  const path = yield* Path.Path
  const config = yield* Config.NonEmptyString("XDG_CONFIG_HOME").pipe(
    Config.withDefault(path.join(homedir(), ".config"))
  )
  return path.join(config, "continualcode")
})
