import * as Schema from "effect/Schema"

/** A path that a tool may not touch, or cannot. */
export class WorkspaceError extends Schema.TaggedError<WorkspaceError>()("WorkspaceError", {
  /** `Missing`: no such workspace. `Spelling`: no path. `Unreachable`: its links or folders lead nowhere. `Outside`, `Protected`: not to be touched. */
  reason: Schema.Literals(["Missing", "Spelling", "Unreachable", "Outside", "Protected"]),
  path: Schema.String,
  /** Real absolute path of what is `Outside`. */
  real: Schema.optionalKey(Schema.String),
  message: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {}
