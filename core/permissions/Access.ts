import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import { homedir } from "node:os"
import { Workspace } from "../Workspace.ts"
import type { PermissionSet } from "./PermissionSet.ts"
import { HOME_SECRETS } from "./Protected.ts"
import { protectedFiles } from "./ProtectedFiles.ts"

/** What the agent's commands may reach. */
export class Access extends Context.Service<Access, {
  /**
   * What a command may reach now, for `Runner.contain`: it may read all but secrets, write the project but for protected
   * places, and use no network unless that was granted. Protected places are looked up anew each time.
   */
  readonly ofCommand: (command: string) => Effect.Effect<PermissionSet>
}>()("continualcode/Access") {
  /** What holds without any grant. `state` is the absolute path of the project's state folder, `home` the home folder. */
  static readonly layer = (options: { readonly state: string; readonly home?: string }) =>
    Layer.effect(Access, makeAccess(options.state, options.home ?? homedir()))
}

const makeAccess = Effect.fnUntraced(function*(state: string, home: string) {
  const { root } = yield* Workspace
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const exists = (file: string) => Effect.orElseSucceed(files.exists(file), () => false)
  const secrets = HOME_SECRETS.map((name) => path.join(home, name))

  const ofCommand = Effect.fn("Access.ofCommand")(function*(_command: string) {
    const found = yield* Effect.provideService(
      Effect.provideService(protectedFiles(root), FileSystem.FileSystem, files),
      Path.Path,
      path
    )
    const inProject = found.map((file) => file.path)
    const hidden = found.flatMap((file) => file.protection.kind === "secret" ? [file.path] : [])
    const permissions: PermissionSet = {
      read: { allow: true, deny: [...hidden, ...yield* Effect.filter(secrets, exists)] },
      write: { allow: [root], deny: [...inProject, ...(yield* exists(state)) ? [state] : []] },
      net: false
    }
    return permissions
  })
  return Access.of({ ofCommand })
})
