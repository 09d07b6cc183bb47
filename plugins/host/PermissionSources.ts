import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import * as Record from "effect/Record"
import * as Schema from "effect/Schema"
import type { AgentDefinition, Launch } from "../../core/defineAgent.ts"
import { rulesOf } from "../../core/permissions/Defaults.ts"
import { Permissions, PermissionsError, type RuleSource } from "../../core/permissions/Permissions.ts"
import { Rule } from "../../core/permissions/Rule.ts"
import { decodeWritten, rulesWritten, type WrittenPermissions } from "../../core/permissions/Written.ts"
import { toolOptions } from "./ToolOptions.ts"
import { userFile } from "./UserFile.ts"

/** Saved grants, by real path of the workspace. They lie with the user: a project cannot bring its own. */
const savedGrants = userFile("grants.json", Schema.Record(Schema.String, Schema.Array(Rule)), {})

const ownPermissions = userFile("permissions.json", Schema.Unknown, {})

const sourceOf = (scope: RuleSource["scope"], name: string, written: WrittenPermissions): RuleSource => ({
  scope,
  name,
  rules: rulesWritten(written),
  ...(written.env === undefined ? {} : { env: written.env })
})

/** All rules of a launch: agent.ts's, the user's own, the saved grants and the flags. */
const sources = Effect.fnUntraced(function*(definition: AgentDefinition, { permissions = {}, workspace }: Launch) {
  const ownFile = yield* ownPermissions.place
  const project = yield* Effect.fromResult(decodeWritten(definition.permissions ?? {}, "permissions in agent.ts"))
  const own = yield* Effect.fromResult(decodeWritten(yield* ownPermissions.read, ownFile))
  const saved = yield* savedGrants.read
  const all: ReadonlyArray<RuleSource> = [
    sourceOf("project", "agent.ts", project),
    sourceOf("user", ownFile, own),
    { scope: "saved", name: yield* savedGrants.place, rules: saved[workspace] ?? [] },
    {
      scope: "flag",
      name: "the command line",
      rules: rulesOf(permissions),
      ...(permissions.env === undefined ? {} : { env: permissions.env })
    }
  ]
  return all
})

/** The real path of a place that may not be there yet. */
const realPlace = (place: string): Effect.Effect<string, never, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const parent = path.dirname(place)
    return yield* fs.realPath(place).pipe(Effect.catch(() =>
      parent === place
        ? Effect.succeed(place)
        : Effect.map(realPlace(parent), (real) => path.join(real, path.basename(place)))
    ))
  })

/** The permissions of a launch. */
export const launchPermissions = (definition: AgentDefinition, launch: Launch) =>
  Layer.unwrap(Effect.gen(function*() {
    const services = yield* Effect.context<FileSystem.FileSystem | Path.Path>()
    const save = (rules: ReadonlyArray<Rule>) =>
      savedGrants.read.pipe(
        Effect.flatMap((before) =>
          savedGrants.write(
            rules.length === 0 ? Record.remove(before, launch.workspace) : { ...before, [launch.workspace]: rules }
          )
        ),
        Effect.mapError((cause) =>
          new PermissionsError({
            reason: "NotKept",
            message: `The grant holds only until the end: ${cause.message}`,
            cause
          })
        ),
        Effect.provideContext(services)
      )
    const { outputs } = toolOptions(launch)
    const places = outputs === undefined ? [] : [...new Set([outputs, yield* realPlace(outputs)])]
    return Permissions.layer({ sources: yield* sources(definition, launch), save, outputs: places })
  }))
