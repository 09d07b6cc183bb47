import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import { Workspace } from "../Workspace.ts"
import { grantedNet, grantedWrites } from "./Granted.ts"
import { needsOfCommand } from "./Needs.ts"
import { Permissions } from "./Permissions.ts"
import { protectionAt } from "./Patterns.ts"
import type { PermissionSet } from "./PermissionSet.ts"
import { HOME_SECRETS } from "./Protected.ts"
import { protectedFiles } from "./ProtectedFiles.ts"
import { decide } from "./RuleSet.ts"

/** What the agent's commands may reach. */
export class Access extends Context.Service<Access, {
  /**
   * What a command may reach now, for `Runner.contain`: it may read all but secrets, write the project but for protected
   * places, and use no network, unless rules say otherwise. A command of git may also write git's data, but not its hooks and
   * settings. Protected places are looked up anew each time. `env` names the variables it may get.
   */
  readonly ofCommand: (command: string) => Effect.Effect<PermissionSet>
  /**
   * Whether rules let the file tools use a file outside the project, by its real absolute path. Writing takes a rule that names
   * the place, and none opens git's data or the agent's own state.
   */
  readonly outside: (kind: "read" | "write", file: string) => Effect.Effect<boolean>
}>()("continualcode/Access") {
  /** What the rules in force allow. `state` is the absolute path of the project's state folder. */
  static readonly layer = (options: { readonly state: string }) => Layer.effect(Access, makeAccess(options.state))
}

/** What of git's data runs programs. */
const GIT_RUNS = ["hooks", "config", "config.worktree"]

const makeAccess = Effect.fnUntraced(function*(state: string) {
  const { root } = yield* Workspace
  const permissions = yield* Permissions
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const services = yield* Effect.context<FileSystem.FileSystem | Path.Path>()
  const exists = (file: string) => Effect.orElseSucceed(files.exists(file), () => false)
  const { ground } = permissions
  const slashes = (file: string) => file.split(path.sep).join("/")
  const below = (file: string) => file.startsWith(root + path.sep) ? slashes(file.slice(root.length + 1)) : undefined

  const ofCommand = Effect.fn("Access.ofCommand")(function*(command: string) {
    const rules = yield* permissions.rules
    const allows = (kind: "read" | "write", file: string) =>
      decide(rules, "*", { kind, path: { absolute: slashes(file), inside: below(file) } }, ground).effect === "allow"
    const found = yield* Effect.provideContext(protectedFiles(root), services)
    const { needs } = yield* needsOfCommand(command)
    const git = needs.some((need) => need.kind === "run" && need.words[0] === "git")
    const closed = found.flatMap(({ path: file, protection }) => {
      if (allows("write", file)) return []
      return git && protection.kind === "state" && path.basename(file) === ".git"
        ? GIT_RUNS.map((name) => path.join(file, name))
        : [file]
    })
    const hidden = found.flatMap(({ path: file, protection }) =>
      protection.kind === "secret" && !allows("read", file) ? [file] : []
    )
    const home = HOME_SECRETS.map((name) => path.join(ground.home, name)).filter((file) => !allows("read", file))
    const writes = grantedWrites(rules, ground)
    const reachable: PermissionSet = {
      read: { allow: true, deny: [...hidden, ...yield* Effect.filter(home, exists)] },
      write: {
        allow: writes.allow === true || [root, ...writes.allow],
        deny: [...closed, ...writes.deny, ...(yield* exists(state)) ? [state] : []]
      },
      net: grantedNet(rules),
      ...(permissions.env === undefined ? {} : { env: permissions.env })
    }
    return reachable
  })
  const outside = Effect.fn("Access.outside")(function*(kind: "read" | "write", file: string) {
    const need = { kind, path: { absolute: slashes(file), inside: undefined } }
    const { by, effect } = decide(yield* permissions.rules, "*", need, ground)
    if (effect !== "allow") return false
    return kind === "read" || (by?.rule.pattern !== undefined && protectionAt(need.path)?.kind !== "state")
  })

  return Access.of({ ofCommand, outside })
})
