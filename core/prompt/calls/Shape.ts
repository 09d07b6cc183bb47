import * as Predicate from "effect/Predicate"
import type { CallArguments } from "../../domain/Call.ts"
import { jsonAt } from "./Json.ts"

/** A call that was read, and what had to be repaired to read it. */
export interface ReadCall {
  readonly tool: string
  readonly arguments: CallArguments
  readonly repairs: ReadonlyArray<string>
}

const NAMES = ["name", "tool", "tool_name", "function_name", "function", "recipient_name", "action"]
const ARGUMENTS = [
  "arguments",
  "parameters",
  "args",
  "params",
  "input",
  "tool_input",
  "action_input",
  "tool_parameters",
  "kwargs"
]
/** What else a call may say of itself. */
const BESIDE = ["type", "id", "call_id", "tool_call_id", "index", "thought", "thoughts", "reasoning", "explanation"]
/** What a call is wrapped in. */
const WRAPPERS = ["tool_calls", "tool_call", "function_call", "tool_uses", "function"]

const FLAT = "the arguments stood beside the name"
const TEXT = "the arguments were JSON in a string"

type Fields = Readonly<Record<string, unknown>>

const fieldsOf = (value: unknown): Fields | undefined =>
  Predicate.isObject(value) && !Array.isArray(value) ? { ...value } : undefined

const own = (fields: Fields, names: ReadonlyArray<string>) => names.find((name) => Object.hasOwn(fields, name))

/** The description of a tool is no call of it, though it has a name and parameters. */
const isDefinition = (fields: Fields, args: Fields): boolean =>
  typeof fields["description"] === "string"
  || (args["type"] === "object" && fieldsOf(args["properties"]) !== undefined)

const argumentsOf = (
  given: unknown
): { readonly args: Fields; readonly repairs: ReadonlyArray<string> } | undefined => {
  if (typeof given !== "string") {
    const args = fieldsOf(given)
    return args && { args, repairs: [] }
  }
  const read = jsonAt(given.trim(), 0)
  const args = read._tag === "Value" && read.end === given.trim().length ? fieldsOf(read.value) : undefined
  return read._tag === "Value" && args !== undefined ? { args, repairs: read.repairs } : undefined
}

/**
 * - `bare`: the object is all that says it is a call, so it must have a name, arguments, and nothing that a call has not;
 * - `marked`: marks around it say so, and its arguments may stand beside the name.
 */
type Strictness = "bare" | "marked"

const callOf = (fields: Fields, strictness: Strictness): ReadCall | undefined => {
  const nameKey = NAMES.find((name) => typeof fields[name] === "string" && fields[name] !== "")
  const tool = nameKey === undefined ? undefined : fields[nameKey]
  if (nameKey === undefined || typeof tool !== "string") return undefined
  const key = own(fields, ARGUMENTS)
  if (key === undefined) {
    const beside = Object.entries(fields).filter(([name]) => name !== nameKey && !BESIDE.includes(name))
    return strictness === "marked" && beside.length > 0 && !isDefinition(fields, {})
      ? { tool, arguments: Object.fromEntries(beside), repairs: [FLAT] }
      : undefined
  }
  const isUsual = nameKey === "name" && (key === "arguments" || key === "parameters")
  const strange = Object.keys(fields).filter((name) => name !== nameKey && name !== key && !BESIDE.includes(name))
  if (strictness === "bare" && !isUsual && strange.length > 0) return undefined
  const given = argumentsOf(fields[key])
  if (given === undefined || isDefinition(fields, given.args)) return undefined
  const wasText = typeof fields[key] === "string" && !isUsual
  return { tool, arguments: given.args, repairs: [...given.repairs, ...(wasText ? [TEXT] : [])] }
}

/**
 * The calls that a JSON value is: one, a list of them, or either in the wrapper that services use. None when any part of it
 * is no call.
 */
export const callsIn = (value: unknown, strictness: Strictness): ReadonlyArray<ReadCall> => {
  if (Array.isArray(value)) {
    const calls = value.map((one: unknown) => callsIn(one, strictness))
    return calls.every((some) => some.length > 0) ? calls.flat() : []
  }
  const fields = fieldsOf(value)
  if (fields === undefined) return []
  const wrapper = WRAPPERS.find((name) => typeof fields[name] === "object" && fields[name] !== null)
  if (wrapper !== undefined) return callsIn(fields[wrapper], strictness)
  const call = callOf(fields, strictness)
  return call === undefined ? [] : [call]
}
