import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import { Call } from "../../../core/domain/Call.ts"
import { RegularExpression } from "../../../core/probe/Probe.ts"

/** What an argument must be; all that is given must hold. */
const Argument = Schema.Struct({
  equals: Schema.optionalKey(Schema.Union([Schema.String, Schema.Finite])),
  startsWith: Schema.optionalKey(Schema.String),
  contains: Schema.optionalKey(Schema.String),
  matches: Schema.optionalKey(RegularExpression)
})
type Argument = typeof Argument.Type

const argumentNames = ["command", "path", "pattern", "limit"] as const

/** A call by its tool and its arguments: `{ "tool": "bash", "command": { "startsWith": "pnpm add" } }`. */
const Shape = Schema.Struct({
  tool: Schema.Union([Schema.NonEmptyString, Schema.NonEmptyArray(Schema.NonEmptyString)]),
  command: Schema.optionalKey(Argument),
  path: Schema.optionalKey(Argument),
  pattern: Schema.optionalKey(Argument),
  limit: Schema.optionalKey(Argument)
})
type Shape = typeof Shape.Type

/** The calls that are meant: one shape, or any of several. */
export const Wanted = Schema.Union([Shape, Schema.Struct({ anyOf: Schema.NonEmptyArray(Shape) })])
export type Wanted = typeof Wanted.Type

const Example = Call.mapFields(Struct.omit(["id"]))

/** A second task of the same kind: does what was corrected hold there too? In the same workspace unless it names another. */
const SecondTask = Schema.Struct({
  task: Schema.NonEmptyString,
  workspace: Schema.optionalKey(Schema.NonEmptyString),
  follows: Wanted,
  example: Example
})

/**
 * A correction in a human's words. The call that is denied is whatever the model proposes for `task` once every call of the
 * shapes in `approve` was approved; `follows` says what does as the human asked, and `example` is one call that does.
 */
export const Phrasing = Schema.Struct({
  id: Schema.NonEmptyString,
  kind: Schema.NonEmptyString,
  workspace: Schema.NonEmptyString,
  task: Schema.NonEmptyString,
  approve: Schema.optionalKey(Schema.Array(Shape)),
  correction: Schema.NonEmptyString,
  follows: Wanted,
  example: Example,
  again: SecondTask
})
export type Phrasing = typeof Phrasing.Type

/** The frozen set: workspaces as path → content, and corrections given in them. */
export const PhrasingSet = Schema.Struct({
  about: Schema.NonEmptyString,
  workspaces: Schema.Record(Schema.NonEmptyString, Schema.Record(Schema.NonEmptyString, Schema.String)),
  rows: Schema.NonEmptyArray(Phrasing)
})
export type PhrasingSet = typeof PhrasingSet.Type

const holds = (argument: Argument, value: unknown): boolean =>
  (argument.equals === undefined || argument.equals === value) &&
  (argument.startsWith === undefined || (typeof value === "string" && value.startsWith(argument.startsWith))) &&
  (argument.contains === undefined || (typeof value === "string" && value.includes(argument.contains))) &&
  (argument.matches === undefined || (typeof value === "string" && new RegExp(argument.matches, "u").test(value)))

const hasShape = (shape: Shape, call: Pick<Call, "tool" | "arguments">): boolean =>
  (typeof shape.tool === "string" ? [shape.tool] : shape.tool).includes(call.tool) &&
  argumentNames.every((name) => {
    const argument = shape[name]
    return argument === undefined || holds(argument, call.arguments[name])
  })

/** Whether a call is one of those meant. */
export const isWanted = (wanted: Wanted, call: Pick<Call, "tool" | "arguments">): boolean =>
  "anyOf" in wanted ? wanted.anyOf.some((shape) => hasShape(shape, call)) : hasShape(wanted, call)
