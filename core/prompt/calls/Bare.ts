import { jsonAt, skipSpace } from "./Json.ts"
import { pythonCallsAt } from "./Python.ts"
import { callsIn, type ReadCall } from "./Shape.ts"

/** What a text without marks amounts to as a whole. */
export type Whole =
  | { readonly _tag: "Calls"; readonly calls: ReadonlyArray<ReadCall> }
  /** It begins as a call and never ends. */
  | { readonly _tag: "Cut" }
  | { readonly _tag: "None" }

const none: Whole = { _tag: "None" }

/** As Llama, Qwen2.5-Coder and others begin one. */
const BEGINNING = /^\s*\{\s*"name"\s*:\s*"[^"\\]+"\s*,\s*"(?:arguments|parameters)"\s*:\s*\{/

/** JSON objects or lists of calls and nothing else, side by side or parted by `;` or `,`. */
const jsonCalls = (text: string): Whole => {
  const calls: Array<ReadCall> = []
  let at = skipSpace(text, 0)
  while (at < text.length) {
    const read = /[{[]/.test(text.charAt(at)) ? jsonAt(text, at) : { _tag: "None" as const }
    if (read._tag === "Cut") return BEGINNING.test(text) ? { _tag: "Cut" } : none
    if (read._tag === "None") return none
    const some = callsIn(read.value, "bare")
    if (some.length === 0) return none
    calls.push(...some.map((call) => ({ ...call, repairs: [...read.repairs, ...call.repairs] })))
    at = skipSpace(text, read.end)
    if (/[;,]/.test(text.charAt(at))) at = skipSpace(text, at + 1)
  }
  return calls.length === 0 ? none : { _tag: "Calls", calls }
}

/** A name and, without a space, its arguments as one JSON object: Mistral, Kimi and gpt-oss once their special tokens are left out. */
const NAMED =
  /^\s*(?:(?:commentary\s+to=)?functions\.([A-Za-z_][\w.-]*)(?::\d+)?\s*(?:json\s*)?|([A-Za-z_][\w-]*))(?=\{)/

const namedCall = (text: string): Whole => {
  const head = NAMED.exec(text)
  const tool = head?.[1] ?? head?.[2]
  if (head === null || tool === undefined) return none
  const read = jsonAt(text, head[0].length)
  if (read._tag !== "Value" || skipSpace(text, read.end) < text.length) return none
  const calls = callsIn({ name: tool, arguments: read.value }, "marked")
  return calls.length === 0
    ? none
    : { _tag: "Calls", calls: calls.map((call) => ({ ...call, repairs: read.repairs })) }
}

/** As agents of the ReAct kind are told to write it (Yao et al. 2022). */
const ACTION = /^(?:Thought:[^\n]*\n+)?\s*Action:\s*`?([A-Za-z_][\w.-]*)`?\s*\n+\s*Action Input:\s*/

/** As Command R is told to. */
const ACTIONS = /^\s*Action:\s*```(?:json)?\s*([[{][\s\S]*?)\s*```\s*$/

const reactCall = (text: string): Whole => {
  const block = ACTIONS.exec(text)?.[1]
  if (block !== undefined) return jsonCalls(block)
  const head = ACTION.exec(text)
  const tool = head?.[1]
  if (head === null || tool === undefined) return none
  const read = jsonAt(text, head[0].length)
  if (read._tag === "Cut") return { _tag: "Cut" }
  if (read._tag !== "Value" || !/^\s*(?:Observation:[\s\S]*)?$/.test(text.slice(read.end))) return none
  const calls = callsIn({ name: tool, arguments: read.value }, "marked")
  return calls.length === 0 ? none : { _tag: "Calls", calls }
}

const pythonCalls = (text: string): Whole => {
  const read = pythonCallsAt(text, skipSpace(text, 0))
  return read === undefined || skipSpace(text, read.end) < text.length ? none : { _tag: "Calls", calls: read.calls }
}

/**
 * The calls that a text is when it is nothing else. Of what could as well be an example in another language, only what has
 * named arguments counts.
 */
export const wholeCalls = (text: string): Whole => {
  for (const read of [jsonCalls, namedCall, reactCall, pythonCalls]) {
    const whole = read(text)
    if (whole._tag !== "None") return whole
  }
  return none
}
