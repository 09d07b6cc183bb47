import * as Schema from "effect/Schema"
import { RuleKind } from "../permissions/Rule.ts"
import { AskedCall } from "./Call.ts"

/** What the human typed when no call waits. */
export const UserInput = Schema.Union([
  Schema.TaggedStruct("Task", { text: Schema.String }),
  Schema.TaggedStruct("Note", { text: Schema.String }),
  Schema.TaggedStruct("ShowMetrics", {}),
  /** Asks for the evidence of a lesson, counted from the end; the last one when absent. */
  Schema.TaggedStruct("Why", { number: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))) }),
  Schema.TaggedStruct("ShowLessons", {}),
  /** Ids may be shortened. */
  Schema.TaggedStruct("ShowLesson", { id: Schema.String }),
  /** Takes a lesson out of the adapter: the newest one without `id`. */
  Schema.TaggedStruct("UndoLesson", { id: Schema.optionalKey(Schema.String) }),
  /** Takes a lesson out of the adapter and what it says out of the ledger. */
  Schema.TaggedStruct("ForgetLesson", { id: Schema.String }),
  /** Tells whether corrections teach, or changes it. */
  Schema.TaggedStruct("Learn", { on: Schema.optionalKey(Schema.Boolean) }),
  /** Corrects the last call that ran, whoever let it, or the answer after it: the lesson's attempt is what was said. */
  Schema.TaggedStruct("Correct", { correction: Schema.String }),
  /** Names the call that was wanted instead of the last answer: as an edit does. Absent: the one that was found in it. */
  Schema.TaggedStruct("Instead", { call: Schema.optionalKey(AskedCall) }),
  Schema.TaggedStruct("ShowPermissions", {}),
  /** Asks what the rules say, without running anything: a command, or `kind` and a path or host. */
  Schema.TaggedStruct("TestPermission", { kind: RuleKind, what: Schema.NonEmptyString }),
  /** Adds a rule: for this session or, `saved`, for this project. All of the kind without a pattern. */
  Schema.TaggedStruct("AddPermission", {
    effect: Schema.Literals(["allow", "deny"]),
    kind: RuleKind,
    pattern: Schema.optionalKey(Schema.NonEmptyString),
    saved: Schema.Boolean
  }),
  /** Takes back a rule made in a session, by its number. */
  Schema.TaggedStruct("RevokePermission", { number: Schema.Int }),
  /** Takes back the newest change that a call made to a file. */
  Schema.TaggedStruct("UndoChange", {}),
  Schema.TaggedStruct("ShowSessions", {}),
  Schema.TaggedStruct("Clear", {}),
  Schema.TaggedStruct("Help", {}),
  Schema.TaggedStruct("Quit", {})
]).pipe(Schema.toTaggedUnion("_tag"))
export type UserInput = typeof UserInput.Type
