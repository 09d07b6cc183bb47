import * as Predicate from "effect/Predicate"
import { jsonAt } from "../../core/prompt/calls/Json.ts"
import type { CallArguments } from "../../core/domain/Call.ts"
import type { ParametersSchema } from "../../core/ToolSchema.ts"

/** Names that models have learned elsewhere for the same argument; only where the tool has one of them and not the other. */
const SAME: ReadonlyArray<ReadonlyArray<string>> = [
  [
    "path",
    "file_path",
    "filepath",
    "file",
    "filename",
    "file_name",
    "target_file",
    "relative_path",
    "directory",
    "dir",
    "folder"
  ],
  ["command", "cmd", "shell_command", "bash_command", "commands", "script"],
  ["content", "contents", "file_content", "file_text", "text", "data", "body", "new_content"],
  ["old", "old_string", "old_str", "old_text", "search", "find", "original"],
  ["new", "new_string", "new_str", "new_text", "replace", "replacement"],
  ["pattern", "query", "regex", "search", "search_term", "glob", "glob_pattern", "keyword"],
  ["start_line", "start", "line_start", "from_line"],
  ["end_line", "end", "line_end", "to_line"],
  ["all", "replace_all", "global"]
]

/** `filePath` and `file-path` are `file_path`. */
const plain = (name: string): string => name.replace(/([a-z])([A-Z])/g, "$1_$2").replaceAll("-", "_").toLowerCase()

const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** A value in the type that is wanted, where a model wrote it as a string and there is one thing it can mean. */
const asMeant = (value: unknown, type: unknown): unknown => {
  if (!Predicate.isString(value)) return value
  const text = value.trim()
  if ((type === "integer" || type === "number") && jsonNumber.test(text)) return Number(text)
  if (type === "boolean" && /^(?:true|false)$/i.test(text)) return text.toLowerCase() === "true"
  if (type !== "array" && type !== "object") return value
  const read = jsonAt(text, 0)
  return read._tag === "Value" && read.end === text.length && Array.isArray(read.value) === (type === "array")
    ? read.value
    : value
}

/** The argument that a name which the tool does not know stands for. */
const parameterFor = (name: string, given: CallArguments, known: ReadonlyArray<string>): string | undefined => {
  const open = known.filter((one) => !Object.hasOwn(given, one))
  const spelled = plain(name)
  const found = open.find((one) => plain(one) === spelled)
    ?? open.find((one) => SAME.some((names) => names.includes(one) && names.includes(spelled)))
  if (found === undefined) return undefined
  const rivals = Object.keys(given).filter((other) =>
    other !== name && !known.includes(other)
    && (plain(other) === plain(found) || SAME.some((names) => names.includes(found) && names.includes(plain(other))))
  )
  return rivals.length === 0 ? found : undefined
}

export interface Meant {
  readonly arguments: CallArguments
  /** What was taken as what, a sentence's part each. */
  readonly repairs: ReadonlyArray<string>
}

/**
 * The arguments as they are meant: `null` for what may be left out is left out; numbers, truths and lists in quotes are themselves;
 * other usual names of an argument are its name.
 */
export const meantArguments = (schema: ParametersSchema, written: CallArguments): Meant => {
  const known = Object.keys(schema.properties)
  const repairs: Array<string> = []
  const args = Object.entries(written).flatMap(([name, value]) => {
    const parameter = known.includes(name) ? name : parameterFor(name, written, known) ?? name
    if (parameter !== name) repairs.push(`${name} was taken as ${parameter}`)
    const property = known.includes(parameter) ? schema.properties[parameter] : undefined
    const type = property?.["type"]
    if (value === null && type !== undefined && type !== "null" && !schema.required.includes(parameter)) {
      repairs.push(`${name}, which was null, was left out`)
      return []
    }
    const meant = asMeant(value, type)
    if (meant !== value) repairs.push(`${name} was text and taken as ${JSON.stringify(meant)}`)
    return [[parameter, meant] as const]
  })
  return { arguments: Object.fromEntries(args), repairs }
}
