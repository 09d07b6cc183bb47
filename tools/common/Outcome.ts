import * as Data from "effect/Data"
import type { ToolResult } from "../../core/domain/ToolResult.ts"

/** A call that a tool will not or cannot carry out. `reason` is one sentence; `detail` is more text for the model. */
export class Refusal extends Data.TaggedError("Refusal")<{ readonly reason: string; readonly detail?: string }> {}

/** What a call works on is no longer what it was planned for. Nothing was done. */
export class Moved extends Data.TaggedError("Moved")<{ readonly reason: string }> {}

export const refuse = (reason: string, detail?: string): Refusal =>
  new Refusal(detail === undefined ? { reason } : { reason, detail })

export const succeeded = (output: string): ToolResult => ({ output, success: true })

export const refused = (
  { detail, reason }: { readonly reason: string; readonly detail?: string }
): ToolResult => ({
  output: detail === undefined ? reason : `${reason}\n${detail}`,
  success: false,
  feedback: reason
})

/** `1 line`, `2 lines`. */
export const count = (amount: number, noun: string): string => `${amount} ${noun}${amount === 1 ? "" : "s"}`
