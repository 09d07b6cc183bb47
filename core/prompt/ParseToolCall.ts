import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import { CallArguments } from "../domain/Call.ts"

/** What one turn of the model amounts to. `reason` is a sentence for the human and the model alike. */
export type ParsedTurn =
  | { readonly _tag: "Words"; readonly text: string }
  | { readonly _tag: "OneCall"; readonly tool: string; readonly arguments: CallArguments; readonly words: string }
  | { readonly _tag: "Unusable"; readonly reason: string }

const INCOMPLETE: ParsedTurn = { _tag: "Unusable", reason: "The tool call is not a complete JSON object." }
const OPEN = "<tool_call>"
const CLOSE = "</tool_call>"
const PYTHON_TAG = "<|python_tag|>"

interface FoundCall {
  readonly tool: string
  readonly arguments: CallArguments
}

/** JSON has no raw control characters in strings; models that write them mean the characters, so they are escaped here. */
const escapedControls = (json: string): string => {
  if (!/[\u0000-\u001f]/.test(json)) return json
  let fixed = ""
  let inString = false
  for (let i = 0; i < json.length; i++) {
    const char = json.charAt(i)
    if (inString && char === "\\") fixed += char + json.charAt(++i)
    else if (inString && char < " ") fixed += JSON.stringify(char).slice(1, -1)
    else {
      if (char === "\"") inString = !inString
      fixed += char
    }
  }
  return fixed
}

/** JSON text, forgiving of raw control characters in its strings. */
const LenientJson = Schema.String.pipe(Schema.decodeTo(Schema.String, {
  decode: SchemaGetter.transform(escapedControls),
  encode: SchemaGetter.passthrough()
}))
const fromLenientJson = <S extends Schema.Constraint>(schema: S) =>
  LenientJson.pipe(Schema.decodeTo(Schema.fromJsonString(schema)))

const Given = Schema.Union([CallArguments, fromLenientJson(CallArguments)])
const CallJson = fromLenientJson(Schema.Struct({ name: Schema.NonEmptyString, arguments: Given }))
const decodeCall = Schema.decodeUnknownOption(CallJson)

/** As Llama 3 was trained to write it: the name of the arguments is another, and it stands alone. */
const BareJson = fromLenientJson(Schema.Struct({
  name: Schema.NonEmptyString,
  parameters: Schema.optionalKey(Given),
  arguments: Schema.optionalKey(Given)
}))
const decodeBare = Schema.decodeUnknownOption(BareJson)

/** Index after the JSON object that starts at `start`, or undefined when it never closes. Braces in strings don't count. */
const endOfObject = (text: string, start: number): number | undefined => {
  let depth = 0
  let inString = false
  for (let i = start; i < text.length; i++) {
    const char = text[i]
    if (inString) {
      if (char === "\\") i++
      else if (char === "\"") inString = false
    } else if (char === "\"") inString = true
    else if (char === "{") depth++
    else if (char === "}" && --depth === 0) return i + 1
  }
  return undefined
}

const skipSpace = (text: string, from: number): number => {
  let i = from
  while (i < text.length && /\s/.test(text.charAt(i))) i++
  return i
}

/** The calls of a turn that is nothing but JSON objects of calls, side by side or parted by `;`; none for any other turn. */
const bareCalls = (text: string): ReadonlyArray<FoundCall> => {
  const calls: Array<FoundCall> = []
  let at = skipSpace(text, 0)
  if (text.startsWith(PYTHON_TAG, at)) at = skipSpace(text, at + PYTHON_TAG.length)
  while (at < text.length) {
    const end = text[at] === "{" ? endOfObject(text, at) : undefined
    const call = end === undefined ? Option.none() : decodeBare(text.slice(at, end))
    const args = Option.isNone(call) ? undefined : call.value.parameters ?? call.value.arguments
    if (end === undefined || Option.isNone(call) || args === undefined) return []
    calls.push({ tool: call.value.name, arguments: args })
    at = skipSpace(text, end)
    if (text[at] === ";") at = skipSpace(text, at + 1)
  }
  return calls
}

/** The text of a turn that is nothing but one fenced block; any other turn as it is. */
const withoutFence = (text: string): string => /^\s*```\w*[ \t]*\n([\s\S]*?)(?:\n\s*```\s*)?$/.exec(text)?.[1] ?? text

const CALL_WITHOUT_TAGS =
  /^\s*(?:<\|python_tag\|>)?\s*\{\s*"name"\s*:\s*"[^"\\]+"\s*,\s*"(?:arguments|parameters)"\s*:\s*\{/

/** Whether a turn begins as a call without tags and never ends it. */
const isCutOff = (text: string): boolean =>
  CALL_WITHOUT_TAGS.test(text) && endOfObject(text, text.indexOf("{")) === undefined

const withoutThinking = (text: string): string => text.replace(/^\s*<think>[\s\S]*?(<\/think>|$)/, "")

/**
 * Finds the one call in a turn's raw text. Calls are JSON objects `{"name": …, "arguments": {…}}` between `<tool_call>`
 * tags; tags inside JSON strings and inside a leading `<think>` block don't count. The closing tag may be missing at the
 * very end. A turn that is only such an object, with `parameters` or `arguments`, fenced or not, is a call without tags; one
 * that begins so and never closes is no words.
 */
export const parseToolCall = (raw: string): ParsedTurn => {
  const text = withoutThinking(raw)
  const alone = text.includes(OPEN) ? "" : withoutFence(text)
  if (isCutOff(alone)) return INCOMPLETE
  const calls: Array<FoundCall> = [...bareCalls(alone)]
  let words = ""
  let at = 0
  while (true) {
    const open = text.indexOf(OPEN, at)
    if (open === -1) {
      if (at > 0 || calls.length === 0) words += text.slice(at)
      break
    }
    words += text.slice(at, open)
    const start = skipSpace(text, open + OPEN.length)
    const end = text[start] === "{" ? endOfObject(text, start) : undefined
    if (end === undefined) return INCOMPLETE
    const call = decodeCall(text.slice(start, end))
    if (Option.isNone(call)) {
      return {
        _tag: "Unusable",
        reason: "The tool call is not valid JSON with a \"name\" and an object \"arguments\"."
      }
    }
    calls.push({ tool: call.value.name, arguments: call.value.arguments })
    const next = skipSpace(text, end)
    if (text.startsWith(CLOSE, next)) at = next + CLOSE.length
    else if (next === text.length) at = next
    else return { _tag: "Unusable", reason: "The tool call has text after its JSON object." }
  }
  const [only, ...others] = calls
  if (only === undefined) {
    return text.includes(CLOSE)
      ? { _tag: "Unusable", reason: "The tool call has no opening tag." }
      : { _tag: "Words", text: words.trim() }
  }
  if (others.length > 0) return { _tag: "Unusable", reason: `There were ${calls.length} tool calls in one message.` }
  return { _tag: "OneCall", tool: only.tool, arguments: only.arguments, words: words.trim() }
}

/** What the model is told after an unusable turn. */
export const reaskText = (reason: string): string =>
  `${reason} Answer again with exactly one tool call, or with plain text when the task is done.`
