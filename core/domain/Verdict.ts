import * as Schema from "effect/Schema"
import { CallArguments } from "./Call.ts"

/** What a correction says, without the white space around it; undefined when that is nothing. */
export const correctionIn = (text: string): string | undefined => text.trim() || undefined

/** What is said where it is nothing; who asks adds how to say it. */
export const NEEDS_CORRECTION = "a denial needs a correction"

/** A correction: text that is more than white space. */
const CorrectionText = Schema.String.check(
  Schema.makeFilter((text) => correctionIn(text) !== undefined || NEEDS_CORRECTION)
)

/** The human's answer to one proposed call. Only `Deny` and `Edit` are learning events. */
export const Verdict = Schema.Union([
  Schema.TaggedStruct("Approve", {}),
  Schema.TaggedStruct("Deny", { correction: CorrectionText }),
  /** `tool`: where another is wanted than was called. */
  Schema.TaggedStruct("Edit", { tool: Schema.optionalKey(Schema.String), arguments: CallArguments })
]).pipe(Schema.toTaggedUnion("_tag"))
export type Verdict = typeof Verdict.Type

/**
 * What a Ui may answer while a call waits for its verdict. `Note` joins the conversation and leaves the call waiting;
 * `Cancel` drops the turn (never a correction, never trains); `Quit` ends the session.
 */
export const ApprovalAnswer = Schema.Union([
  Schema.TaggedStruct("Approve", {}),
  /** Approves, and lets such calls run from now on: what the request's `grant` says, in this session or, `saved`, in this project. */
  Schema.TaggedStruct("Always", { saved: Schema.Boolean }),
  Schema.TaggedStruct("Deny", { correction: Schema.String }),
  /** `review`: what the edited call would do is shown first, and the human answers that. */
  Schema.TaggedStruct("Edit", {
    tool: Schema.optionalKey(Schema.String),
    arguments: CallArguments,
    review: Schema.optionalKey(Schema.Literal(true))
  }),
  Schema.TaggedStruct("Note", { text: Schema.String }),
  Schema.TaggedStruct("Cancel", {}),
  Schema.TaggedStruct("Quit", {})
]).pipe(Schema.toTaggedUnion("_tag"))
export type ApprovalAnswer = typeof ApprovalAnswer.Type
