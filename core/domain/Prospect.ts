import type { Preview, ToolResult } from "./ToolResult.ts"

/** A call that can run. */
export interface WouldRun {
  readonly _tag: "WouldRun"
  readonly preview?: Preview
  /**
   * Stands for everything that the preview was worked out from: real paths, existence, contents, modes. Handed back to `run`,
   * which does nothing and says `outdated` when it is no longer so. Absent: nothing that could change.
   */
  readonly basis?: string
}

/** A call that is known to fail, with the result it would have. It goes back to the model; no human is asked. */
export interface WouldFail {
  readonly _tag: "WouldFail"
  readonly result: ToolResult
}

export const reasonOf = ({ result }: WouldFail): string => result.feedback ?? result.output

/** What a call would do, worked out without changing anything. */
export type Prospect = WouldRun | WouldFail
