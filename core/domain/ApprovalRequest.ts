import * as Schema from "effect/Schema"
import { AskedCall, Call } from "./Call.ts"
import { Preview } from "./ToolResult.ts"

/** A call that waits for the human. */
export const ApprovalRequest = Schema.Struct({
  call: Call,
  /** What an edit made of the call, where that is to be reviewed: the rest of the request is about it, and `Approve` runs it. */
  edited: Schema.optionalKey(AskedCall),
  preview: Schema.optionalKey(Preview),
  /** Why an earlier answer was not accepted (an empty correction, arguments that do not decode), if so. */
  problem: Schema.optionalKey(Schema.String),
  /** Why it is asked for, beyond the default. */
  reasons: Schema.optionalKey(Schema.Array(Schema.String)),
  /** The rules that ask, as `/permissions` shows them. */
  rules: Schema.optionalKey(Schema.Array(Schema.String)),
  /** What `Always` would allow, exactly; absent where it could not be shown in full, and then `Always` is not taken. */
  grant: Schema.optionalKey(Schema.String),
  /** Text to offer, never to demand, as a correction: what the last failed tool said. */
  suggestion: Schema.optionalKey(Schema.String)
})
export type ApprovalRequest = typeof ApprovalRequest.Type

/** The call that would run: as proposed, or as edited. */
export const shownCall = ({ call, edited }: ApprovalRequest): Call =>
  edited === undefined ? call : { ...call, ...edited }
