import type * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import type * as Schema from "effect/Schema"
import type * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import type { Checkpoints } from "./Checkpoints.ts"
import type { Prospect } from "./domain/Prospect.ts"
import type { ToolResult } from "./domain/ToolResult.ts"
import type { ToolNeed } from "./permissions/Needs.ts"
import type { Access } from "./permissions/Access.ts"
import type { FileSearch } from "./FileSearch.ts"
import type { Jobs } from "./Jobs.ts"
import type { Runner } from "./Runner.ts"
import type { ToolMemory } from "./ToolMemory.ts"
import type { Workspace } from "./Workspace.ts"

/** What a tool may use. Replacing these layers moves every tool elsewhere (a sandbox, another machine). */
export type MachineServices =
  | Workspace
  | Runner
  | Access
  | FileSystem.FileSystem
  | Path.Path
  | ChildProcessSpawner.ChildProcessSpawner

/** The same, and what the tools of one session keep together. The sandbox brings that along. */
export type ToolServices = MachineServices | ToolMemory | Checkpoints | Jobs | FileSearch

/**
 * A tool the model may call. `parameters` is a plain Struct schema of JSON-encodable fields: it decodes the model's
 * arguments and yields the JSON Schema the model sees. `run` never fails: a refusal or error is a result with
 * `success: false` and a `feedback` sentence.
 */
export interface Tool<Parameters extends Schema.ConstraintDecoder<unknown> = Schema.ConstraintDecoder<unknown>> {
  readonly name: string
  /** One short sentence. The whole description for models with a small context. */
  readonly summary: string
  /** Full description, for models with room. */
  readonly description: string
  readonly parameters: Parameters
  /** True when the call changes nothing. */
  readonly readOnly: boolean
  /** What models with a small context are not told of: these optional parameters, or the whole tool. */
  readonly fullOnly?: ReadonlyArray<string> | true
  /** What a call needs, for permissions. A tool that does not say is asked for at every call, unless a rule names it. */
  needs?(parameters: Parameters["Type"]): ReadonlyArray<ToolNeed>
  // Methods, not function fields: a list of tools with different parameters is a ReadonlyArray<Tool>.
  preview?(parameters: Parameters["Type"]): Effect.Effect<Prospect, never, ToolServices>
  /** `basis` is that of the preview which was approved; when it no longer holds, nothing is done and the result says `outdated`. */
  run(parameters: Parameters["Type"], basis?: string): Effect.Effect<ToolResult, never, ToolServices>
}
