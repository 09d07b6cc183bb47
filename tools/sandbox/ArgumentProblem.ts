import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import type { CallArguments } from "../../core/domain/Call.ts"
import type { Tool } from "../../core/Tool.ts"
import { fullOnlyNames, fullParameters, type ParametersSchema } from "../../core/ToolSchema.ts"
import { meantArguments } from "./Meant.ts"

/** Longest value repeated in a sentence, in UTF-16 units. */
const MAX_SHOWN = 60

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text
}

const named: Readonly<Record<string, string>> = {
  string: "a string",
  integer: "an integer",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  null: "null"
}

/** What a field may hold, in words; undefined when its JSON Schema says nothing simple. */
const allowed = (property: Readonly<Record<string, unknown>> | undefined): string | undefined => {
  if (property === undefined) return undefined
  const { enum: values, type, minimum, maximum } = property
  if (Array.isArray(values)) return values.length === 1 ? shown(values[0]) : `one of ${values.map(shown).join(", ")}`
  const word = Predicate.isString(type) ? named[type] : undefined
  if (word === undefined) return undefined
  const bounds = [
    ...(Predicate.isNumber(minimum) ? [`at least ${minimum}`] : []),
    ...(Predicate.isNumber(maximum) ? [`at most ${maximum}`] : [])
  ]
  return bounds.length === 0 ? word : `${word} of ${bounds.join(" and ")}`
}

/** What a tool takes. Parameters of the full form are left out: who knows that form has their names. */
const fieldList = (tool: Tool, schema: ParametersSchema): string => {
  const hidden = fullOnlyNames(tool)
  const names = Object.keys(schema.properties).filter((name) => !hidden.includes(name)).map((name) =>
    schema.required.includes(name) ? name : `${name} (optional)`
  )
  return names.length === 0 ? "it takes no arguments" : `it takes ${names.join(", ")}`
}

const valueAt = (value: unknown, path: ReadonlyArray<string>): unknown =>
  path.reduce<unknown>(
    (inner, key) => Predicate.isObjectKeyword(inner) && Object.hasOwn(inner, key) ? Reflect.get(inner, key) : undefined,
    value
  )

const unknownField = (tool: Tool, schema: ParametersSchema, field: string): string =>
  `${tool.name} has no argument ${shown(field)}; ${fieldList(tool, schema)}.`

const sentence = (tool: Tool, schema: ParametersSchema, given: CallArguments, error: Schema.SchemaError): string => {
  const issue = issuesOf(error.issue).issues[0]
  const path = (issue?.path ?? []).map((part) => String(Predicate.isObject(part) ? part.key : part))
  const [field] = path
  if (issue === undefined || field === undefined) {
    return `The arguments of ${tool.name} do not fit; ${fieldList(tool, schema)}.`
  }
  const property = Object.hasOwn(schema.properties, field) ? schema.properties[field] : undefined
  if (property === undefined) return unknownField(tool, schema, field)
  const wanted = path.length === 1 ? allowed(property) : undefined
  if (path.length === 1 && !Object.hasOwn(given, field)) {
    return `${tool.name} needs ${field}${wanted === undefined ? "" : `, ${wanted}`}; ${fieldList(tool, schema)}.`
  }
  const came = `${path.join(".")} of ${tool.name} is ${shown(valueAt(given, path))}`
  // A refinement that the JSON Schema cannot say has a message of its own.
  const fits = wanted !== undefined && !issue.message.startsWith("Expected")
  return wanted === undefined || fits
    ? `${came}, which does not fit: ${issue.message}.`
    : `${came}, but must be ${wanted}.`
}

/**
 * The call's arguments as the tool takes them, or one sentence that names the field, what came and what is allowed, so that
 * the model can put it right at the first try. Fields the tool does not know are refused.
 */
export const decodeArguments = <Parameters extends Schema.ConstraintDecoder<unknown>>(
  tool: Tool<Parameters>,
  written: CallArguments
): Result.Result<Parameters["Type"], string> => {
  // A struct without fields lets everything pass.
  const schema = fullParameters(tool.parameters)
  const given = meantArguments(schema, written).arguments
  const [stray] = Object.keys(given)
  if (stray !== undefined && Object.keys(schema.properties).length === 0)
    return Result.fail(unknownField(tool, schema, stray))
  return Result.try({
    try: () => Schema.decodeUnknownResult(Schema.toCodecJson(tool.parameters), { onExcessProperty: "error" })(given),
    catch: (error) => `The arguments of ${tool.name} could not be checked: ${String(error)}.`
  }).pipe(
    Result.flatMap((decoded) => Result.mapError(decoded, (error) => sentence(tool, schema, given, error)))
  )
}
