import type * as FileSystem from "effect/FileSystem"
import type * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import type * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import type { PartialSettings, Settings } from "./config/Settings.ts"
import type { FeedbackStore } from "./FeedbackStore.ts"
import type { Resume } from "./loop/Resume.ts"
import type { LoraBackend } from "./LoraBackend.ts"
import type { Model } from "./Model.ts"
import type { Access } from "./permissions/Access.ts"
import type { PermissionSet } from "./permissions/PermissionSet.ts"
import type { WrittenPermissions } from "./permissions/Written.ts"
import type { Probe } from "./probe/Probe.ts"
import type { Runner } from "./Runner.ts"
import type { Tool } from "./Tool.ts"
import type { ToolSandbox } from "./ToolSandbox.ts"
import type { Trainer } from "./Trainer.ts"
import type { Ui } from "./Ui.ts"
import type { Workspace } from "./Workspace.ts"

/** What a part may know about the start it is built for. */
export interface Launch {
  /** Defaults, overlaid by agent.ts, overlaid by the command line. */
  readonly settings: Settings
  /** Real absolute path of the project folder. */
  readonly workspace: string
  /** Name of the adapter; each has its own ledger. */
  readonly adapter: string
  /** Absolute path of the folder for this adapter's ledger and exports. */
  readonly stateDirectory: string
  /** Absolute path of the folder for everything kept about the project: that of the adapter `main`, with the others in it. */
  readonly projectState: string
  /** What the flags of the command allow and deny. */
  readonly permissions?: PermissionSet
  /** The earlier session to go on with. */
  readonly resume?: Resume
  /** The one task to run, when it came with the command. */
  readonly prompt?: string
  /** Form of what a headless interface prints. */
  readonly output: "text" | "json"
  /** Whether a human sits at a terminal. */
  readonly interactive: boolean
}

/** Services every part may use. */
export type HostServices = Workspace | FileSystem.FileSystem | Path.Path | ChildProcessSpawner.ChildProcessSpawner

/** Errors of parts end with what the person can do. */
export interface PartError {
  readonly message: string
}

type PartLayer<Provides, Needs> = Layer.Layer<Provides, PartError, Needs | HostServices>

/** A part as it is written out: a layer, or a function from the launch to one. */
export type WrittenPart<Provides, Needs = never> =
  | PartLayer<Provides, Needs>
  | ((launch: Launch) => PartLayer<Provides, Needs>)

/**
 * One part of an agent: written out, or the name of a bundled one. A function sees the settings, so that `key=value`
 * arguments reach it; a plain layer stays as it is written.
 */
export type Part<Provides, Needs = never> = string | WrittenPart<Provides, Needs>

export interface AgentDefinition {
  /**
   * Name or folder of the model that the trainer loads (same as `model_name`), or another provider's model, which nothing
   * here trains: then trainer and objective are not used.
   */
  readonly model?: Part<Model, ToolSandbox>
  /** Where sampling and training run. Bundled: `pocket`, `gpu`, `tinker`. */
  readonly trainer?: Part<LoraBackend>
  /** How a lesson becomes a step. Bundled: `sdpo` and what it is compared with; docs/configuration.md lists them. */
  readonly objective?: Part<Trainer, LoraBackend>
  /** What the model may call: tools, or a sandbox of your own. Bundled: `builtin`. */
  readonly tools?: ReadonlyArray<Tool> | Part<ToolSandbox, Runner | Access>
  /** The user interface. Bundled: `auto` (terminal when there is one), `ink`, `headless`. */
  readonly ui?: Part<Ui>
  /** The ledger. Bundled: `sqlite`. */
  readonly ledger?: Part<FeedbackStore>
  /** Questions of the project's own for `continualcode probe`, beside those in `probes.jsonl` of the state folder. */
  readonly probes?: ReadonlyArray<Probe>
  /**
   * What calls may do without being asked, and what they may not: `{ read: true, run: ["git", "npm test"], net: false }`.
   * The user's own rules win over it.
   */
  readonly permissions?: WrittenPermissions
  /** Settings to start from; `key=value` arguments win over them. */
  readonly settings?: PartialSettings
}

const agentMark: unique symbol = Symbol.for("continualcode/agent")

/** An agent made by `defineAgent`. */
export interface Agent extends AgentDefinition {
  readonly [agentMark]: true
}

/**
 * Describes an agent: the default export of an `agent.ts`. What is left out is as in the default agent.
 *
 * @example
 * ```ts
 * import { defineAgent } from "continualcode"
 * import { builtinTools } from "continualcode/tools"
 *
 * export default defineAgent({
 *   tools: builtinTools.filter((tool) => tool.name !== "bash"),
 *   settings: { learning_rate: 1e-3 }
 * })
 * ```
 */
export const defineAgent = (definition: AgentDefinition): Agent => ({ ...definition, [agentMark]: true })

export const isAgent = (value: unknown): value is Agent =>
  typeof value === "object" && value !== null && agentMark in value
