import * as Schema from "effect/Schema"

/** A path that a tool may not touch, or cannot. */
export class WorkspaceError extends Schema.TaggedError<WorkspaceError>()("WorkspaceError", {
  path: Schema.String,
  message: Schema.String
}) {}
