import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type { LessonTool } from "./domain/Lesson.ts"
import type { ChatTool } from "./LoraBackend.ts"
import type { Tool } from "./Tool.ts"

/** JSON Schema of a tool's parameters as the model sees it. Keys come in the order in which they were declared. */
export interface ParametersSchema {
  readonly type: "object"
  readonly properties: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly required: ReadonlyArray<string>
  readonly additionalProperties?: false
}

const record = (value: unknown): Readonly<Record<string, unknown>> => Predicate.isObject(value) ? { ...value } : {}

/** An integer schema states the largest safe integer; that says nothing to a model. */
const withoutSafeBounds = (value: unknown): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(record(value)).filter(([key, bound]) =>
      !(key === "maximum" && bound === Number.MAX_SAFE_INTEGER) &&
      !(key === "minimum" && bound === Number.MIN_SAFE_INTEGER)
    )
  )

const nonFinite = ["Infinity", "-Infinity", "NaN"]

const isNonFinite = (alternative: unknown): boolean => {
  const { enum: values } = record(alternative)
  return Array.isArray(values) && values.length === nonFinite.length &&
    values.every((value) => nonFinite.includes(value))
}

/** A number schema states how to write infinities in JSON; that says nothing to a model either. */
const withoutNonFinite = (value: unknown): Readonly<Record<string, unknown>> => {
  const { anyOf, ...rest } = record(value)
  if (!Array.isArray(anyOf)) return record(value)
  const kept = anyOf.filter((alternative) => !isNonFinite(alternative))
  return kept.length === 1 ? { ...record(kept[0]), ...rest } : { ...rest, anyOf: kept }
}

/** `Schema.Struct({})` allows anything but null. */
const isEmptyStruct = (schema: Readonly<Record<string, unknown>>): boolean => record(schema["not"])["type"] === "null"

/**
 * The whole schema: types, limits, descriptions; other keys are refused.
 *
 * @throws TypeError when the parameters are not those of a plain struct.
 */
export const fullParameters = (parameters: Schema.Constraint): ParametersSchema => {
  const { schema } = Schema.toJsonSchemaDocument(parameters)
  if (schema["type"] !== "object" && !isEmptyStruct(schema))
    throw new TypeError("they are not the fields of a Schema.Struct")
  const properties = Object.entries(record(schema["properties"])).map((
    [key, value]
  ) => [key, withoutSafeBounds(withoutNonFinite(value))])
  const required = Array.isArray(schema["required"]) ? schema["required"].filter(Predicate.isString) : []
  return { type: "object", properties: Object.fromEntries(properties), required, additionalProperties: false }
}

const briefType = (property: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
  if (Predicate.isString(property["type"])) return { type: property["type"] }
  const alternatives = property["anyOf"] ?? property["oneOf"]
  const first = Array.isArray(alternatives) ? record(alternatives[0]) : {}
  return Predicate.isString(first["type"]) ? { type: first["type"] } : {}
}

/** Only each property's type and which are required, for models with a small context. `hidden` ones are left out. */
export const briefParameters = (
  parameters: Schema.Constraint,
  hidden: ReadonlyArray<string> = []
): ParametersSchema => {
  const full = fullParameters(parameters)
  const properties = Object.entries(full.properties)
    .filter(([key]) => !hidden.includes(key))
    .map(([key, property]) => [key, briefType(property)])
  return { type: "object", properties: Object.fromEntries(properties), required: full.required }
}

/** The optional parameters that only the full form names. */
export const fullOnlyNames = ({ fullOnly }: Tool): ReadonlyArray<string> =>
  fullOnly === undefined || fullOnly === true ? [] : fullOnly

/** A tool as the chat template takes it. `brief` carries the summary and bare types, `full` everything. */
export const chatTool = (tool: Tool, form: "brief" | "full"): ChatTool => ({
  type: "function",
  function: form === "brief"
    ? { name: tool.name, description: tool.summary, parameters: briefParameters(tool.parameters, fullOnlyNames(tool)) }
    : { name: tool.name, description: tool.description, parameters: fullParameters(tool.parameters) }
})

/** What a lesson keeps of a tool. */
export const lessonTool = ({ function: { name, parameters } }: ChatTool): LessonTool => {
  const { required } = record(parameters)
  return { name, required: Array.isArray(required) ? required.filter(Predicate.isString) : [] }
}
