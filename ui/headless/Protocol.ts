import * as Schema from "effect/Schema"
import { ApprovalRequest } from "../../core/domain/ApprovalRequest.ts"
import { AgentEvent } from "../../core/domain/Event.ts"
import { UserInput } from "../../core/domain/UserInput.ts"
import { ApprovalAnswer } from "../../core/domain/Verdict.ts"
import { messageOf } from "../../core/MessageOf.ts"

const forCall = {
  /** Id of the call meant. When given and another call waits, the line is refused. */
  call: Schema.optionalKey(Schema.String)
}

/** Lines that answer a waiting call. `Note` leaves it waiting. */
const AnswerLine = Schema.Union([
  Schema.TaggedStruct("Approve", forCall),
  /** Approves and lets such calls run from now on: what the request's `grant` says. */
  Schema.TaggedStruct("Always", { saved: Schema.Boolean, ...forCall }),
  Schema.TaggedStruct("Deny", { correction: Schema.String, ...forCall }),
  Schema.TaggedStruct("Edit", { ...ApprovalAnswer.cases.Edit.fields, ...forCall }),
  Schema.TaggedStruct("Cancel", forCall)
]).pipe(Schema.toTaggedUnion("_tag"))

/** Every line that may be written to the agent: answers, inputs (`UserInput`), and `Interrupt`. */
export const InputLine = Schema.Union([
  ...AnswerLine.members,
  ...UserInput.members,
  Schema.TaggedStruct("Interrupt", {})
]).pipe(Schema.toTaggedUnion("_tag"))
export type InputLine = typeof InputLine.Type

/** How the run ended; the exit code follows from it. */
export const Result = Schema.TaggedStruct("Result", {
  ok: Schema.Boolean,
  reason: Schema.Literals(["finished", "failed", "unanswered", "interrupted"]),
  exitCode: Schema.Literals([0, 1, 3, 130]),
  /** The model's last words of the last turn; empty when it had none. */
  text: Schema.String,
  turns: Schema.Int,
  approvals: Schema.Int,
  denials: Schema.Int,
  edits: Schema.Int,
  steps: Schema.Int,
  skipped: Schema.Int,
  /** Adapter revision at the end. */
  revision: Schema.Int
})
export type Result = typeof Result.Type

/** Every line the agent writes: events as they happen, the two requests, refusals of unusable input, and the result last. */
export const OutputLine = Schema.Union([
  ...AgentEvent.members,
  Schema.TaggedStruct("ApprovalRequested", { request: ApprovalRequest }),
  Schema.TaggedStruct("InputRequested", {}),
  /** An input line that was not used. Nothing else is affected: what waited still waits. */
  Schema.TaggedStruct("LineRefused", {
    /** The line, cut to 200 characters. */
    line: Schema.String,
    message: Schema.String,
    allowed: Schema.Array(Schema.String)
  }),
  Result
]).pipe(Schema.toTaggedUnion("_tag"))
export type OutputLine = typeof OutputLine.Type

const codec = Schema.toCodecJson(OutputLine)
const encode = Schema.encodeSync(codec)
const decode = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.toCodecJson(InputLine)))
const decodeOutput = Schema.decodeUnknownSync(Schema.fromJsonString(codec))

/**
 * One output line without its line feed. Numbers that JSON lacks are the texts `NaN`, `Infinity`, `-Infinity`; the two
 * Unicode line separators are escaped, since some line readers split at them.
 */
export const encodeLine = (value: OutputLine): string =>
  JSON.stringify(encode(value)).replace(/[\u2028\u2029]/g, (one) => one === "\u2028" ? "\\u2028" : "\\u2029")

/** Decodes an output line: for programs that drive the agent, and tests. Throws on anything else. */
export const decodeLine = (text: string): OutputLine => decodeOutput(text)

/** An input line, or what is wrong with it in one sentence. */
export const decodeInput = (text: string): { readonly line: InputLine } | { readonly problem: string } => {
  try {
    return { line: decode(text) }
  } catch (error) {
    return { problem: explain(text, error) }
  }
}

const explain = (text: string, error: unknown): string => {
  const value = parsed(text)
  if (value === undefined) return "not a JSON object on one line"
  const tag = typeof value === "object" && value !== null && "_tag" in value ? value._tag : undefined
  if (typeof tag !== "string" || !InputLine.members.some((member) => member.fields._tag.ast.literal === tag)) {
    return `_tag must be one of the allowed ones, not ${JSON.stringify(tag) ?? "missing"}`
  }
  return messageOf(error).replace(/\s+/g, " ")
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
