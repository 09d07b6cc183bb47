import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import { configError, decodeKeys, decodeSettings } from "../../core/config/Decode.ts"
import type { PartialSettings, Settings } from "../../core/config/Settings.ts"
import { defaultSettings, otherModelSettings, tinkerSettings, turnSettings } from "../../core/config/Settings.ts"
import type { AgentDefinition, Launch } from "../../core/defineAgent.ts"
import type { Resume } from "../../core/loop/Resume.ts"
import type { PermissionSet } from "../../core/permissions/PermissionSet.ts"
import { adapterFolder, chosenAdapter } from "./Adapters.ts"
import { readProjectState } from "./ProjectState.ts"

interface LaunchRequest {
  /** `key=value` arguments as written. */
  readonly keys: ReadonlyArray<string>
  /** Working directory, absolute. */
  readonly directory: string
  readonly prompt?: string
  /** What the flags of the command allow and deny. */
  readonly permissions?: PermissionSet
  readonly resume?: Resume
  readonly output: "text" | "json"
  readonly interactive: boolean
}

/** An agent.ts may write `undefined` for what it leaves alone. */
const given = (settings: PartialSettings): PartialSettings =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))

/** Defaults, overlaid by agent.ts, overlaid by the command line. Fails naming every wrong key and value. */
export const overlay = Effect.fnUntraced(function*(definition: AgentDefinition, keys: ReadonlyArray<string>) {
  const written = yield* decodeKeys(keys)
  const own = yield* decodeSettings(given(definition.settings ?? {}))
  const trainer = written.trainer ?? own.trainer ?? definition.trainer
  const model = typeof definition.model === "string" ? { model_name: definition.model } : {}
  const named = { ...defaultSettings, ...model, ...own, ...written }
  const beside = trainer === "tinker" ? tinkerSettings : trainer === "gpu" ? {} : turnSettings
  const settings: Settings = named.model_name !== "pocket"
    ? { ...named, ...otherModelSettings, ...beside, ...own, ...written }
    : named
  return settings
})

/** Real path of the project folder that settings name. Fails when there is none. */
const projectFolder = Effect.fnUntraced(function*(named: string, directory: string) {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const wanted = path.resolve(directory, named)
  const workspace = yield* files.realPath(wanted).pipe(
    Effect.mapError((cause) =>
      configError(`workspace=${named}: there is no folder ${wanted}. Name one that exists.`, { cause })
    )
  )
  const info = yield* files.stat(workspace).pipe(Effect.option)
  if (info._tag === "None" || info.value.type !== "Directory") {
    return yield* configError(`workspace=${named}: ${workspace} is not a folder. Name one.`)
  }
  return workspace
})

/** The project folder of a start, before the project's own agent.ts has a say. */
export const workspaceOf = Effect.fnUntraced(function*(definition: AgentDefinition, request: LaunchRequest) {
  const { workspace } = yield* overlay(definition, request.keys)
  return yield* projectFolder(workspace, request.directory)
})

/**
 * Settles settings, adapter and folders of a start. Whether corrections teach: as `enable_training` was written, else as was
 * chosen for the project, else as agent.ts or the default say.
 */
export const prepareLaunch = Effect.fn("host.prepareLaunch")(function*(
  definition: AgentDefinition,
  request: LaunchRequest
) {
  const path = yield* Path.Path
  const settings = yield* overlay(definition, request.keys)
  const workspace = yield* projectFolder(settings.workspace, request.directory)
  const projectState = settings.state_dir === undefined
    ? path.join(workspace, ".continualcode")
    : path.resolve(request.directory, settings.state_dir)
  const adapter = yield* chosenAdapter(projectState, settings.adapter)
  const { learning } = yield* readProjectState(projectState)
  const written = request.keys.findLast((key) => key.startsWith("enable_training="))
  const launch: Launch = {
    settings: written === undefined && learning !== undefined ? { ...settings, enable_training: learning } : settings,
    workspace,
    adapter,
    stateDirectory: yield* adapterFolder(projectState, adapter),
    projectState,
    output: request.output,
    interactive: request.interactive,
    ...(request.resume === undefined ? {} : { resume: request.resume }),
    ...(request.permissions === undefined ? {} : { permissions: request.permissions }),
    ...(request.prompt === undefined ? {} : { prompt: request.prompt })
  }
  return launch
})
