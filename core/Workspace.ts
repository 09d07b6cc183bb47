import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** A path that a tool may not touch, or cannot. */
export class WorkspaceError extends Schema.TaggedError<WorkspaceError>()("WorkspaceError", {
  path: Schema.String,
  message: Schema.String
}) {}

/** The project folder the agent works in. The only way tools turn a model's path into a real one. */
export class Workspace extends Context.Service<Workspace, {
  /** Real absolute path of the workspace. */
  readonly root: string
  /**
   * Absolute path for a path given by the model. Fails when the real path (links followed up to the deepest existing
   * ancestor) leaves the workspace, and for protected places when `access` is `write`.
   */
  readonly resolve: (path: string, access: "read" | "write") => Effect.Effect<string, WorkspaceError>
  /** Path relative to the root, with forward slashes, for display. */
  readonly relative: (absolute: string) => string
  /** Up to `limit` project files, relative and sorted, ignored files left out; `total` counts all. */
  readonly listing: (limit: number) => Effect.Effect<{ readonly files: ReadonlyArray<string>; readonly total: number }>
}>()("continualcode/Workspace") {}
