import * as Schema from "effect/Schema"

/** What came of taking back a file change. */
export const Undone = Schema.Union([
  Schema.TaggedStruct("Undone", {
    /** Relative to the workspace. */
    path: Schema.String,
    /** When the call changed it, milliseconds since the epoch. */
    at: Schema.Number,
    /** Whether the file is gone, since the call had made it. */
    removed: Schema.Boolean
  }),
  /** Nothing was changed. `reason` ends with what the person can do. */
  Schema.TaggedStruct("NotUndone", { reason: Schema.String })
])
export type Undone = typeof Undone.Type
