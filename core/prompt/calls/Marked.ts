import { escape } from "effect/RegExp"
import { jsonAt, matchAt, skipSpace } from "./Json.ts"
import { pythonCallsAt } from "./Python.ts"
import { callsIn, type ReadCall } from "./Shape.ts"
import { keyedCallAt, xmlCallAt } from "./Xml.ts"

/** What was found at a mark: calls and where they end, one that was cut off, or nothing that can be read. */
export type CallsAt =
  | { readonly _tag: "Calls"; readonly calls: ReadonlyArray<ReadCall>; readonly end: number }
  | { readonly _tag: "Cut" }
  | { readonly _tag: "None" }

/**
 * What says that a call follows: Hermes and Qwen, Mistral, Llama, Granite and Phi, LFM2, DeepSeek, Kimi, Command, Gemma, and what
 * models make of these. Some decoders leave special tokens out, so that the call stands alone; `Bare.ts` reads those.
 */
const MARKS = [
  "<tool_call>",
  "<tool_calls>",
  "<function_call>",
  "<function_calls>",
  "<toolcall>",
  "<tool_use>",
  "<minimax:tool_call>",
  "<|tool_call|>",
  "<|tool_call>",
  "<|tool_call_start|>",
  "<|tool_calls_section_begin|>",
  "<|tool_call_begin|>",
  "<|python_tag|>",
  "<|START_ACTION|>",
  "<start_function_call>",
  "<｜tool▁calls▁begin｜>",
  "<｜tool▁call▁begin｜>",
  "[TOOL_CALLS]",
  "[TOOL_CALL]"
]
/** Around other things as well: no call follows unless one can be read. */
const SOFT_MARKS = ["<tools>", "<tool>", "<call>", "<action>", "functools"]
const TAGS = ["<function=", "<invoke name=", "<function name=", "<tool_call name="]

const CLOSERS = [
  "</tool_call>",
  "</tool_calls>",
  "</function_call>",
  "</function_calls>",
  "</toolcall>",
  "</tool_use>",
  "</minimax:tool_call>",
  "<|/tool_call|>",
  "<tool_call|>",
  "<|tool_call_end|>",
  "<|tool_calls_section_end|>",
  "<|END_ACTION|>",
  "<end_function_call>",
  "<｜tool▁call▁end｜>",
  "<｜tool▁calls▁end｜>",
  "[/TOOL_CALLS]",
  "[/TOOL_CALL]",
  "</tools>",
  "</tool>",
  "</call>",
  "</action>",
  "</function>",
  "<|call|>",
  "<|eom_id|>",
  "<|eot_id|>"
]

const anyOf = (texts: ReadonlyArray<string>): string => texts.map(escape).join("|")

/** Where a call may begin, as a pattern's source. */
export const MARK: string = anyOf([...MARKS, ...SOFT_MARKS, ...TAGS])

const MARK_HERE = new RegExp(`(?:${anyOf([...MARKS, ...SOFT_MARKS])})\\s*`, "y")
const CLOSER_HERE = new RegExp(`\\s*(?:${anyOf(CLOSERS)}|\`\`\`)`, "y")

/** `read{…}` with whatever a family puts around the name: `functions.read:0`, `[ARGS]`, `call:`, a fence. */
const NAMED =
  /(?:function\s*<｜tool▁sep｜>\s*|call:|functions?\.|to=functions\.)?([A-Za-z_][\w.-]*)(?::\d+)?\s*(?:\[CALL_ID\]\w*\s*)?(?:\[ARGS\]|<\|tool_call_argument_begin\|>|<｜tool▁sep｜>|<\|constrain\|>json<\|message\|>)?\s*(?:```(?:json)?\s*)?(?=\{)/y
/** As Gemma writes the arguments after `call:read`. */
const GEMMA = /(?:call:)([A-Za-z_][\w.-]*)\{/y
const GEMMA_ARGUMENT = /\s*,?\s*(\w+):(?:<escape>([\s\S]*?)<escape>|<\|"\|>([\s\S]*?)<\|"\|>|([^,{}<>]+))/y

const none: CallsAt = { _tag: "None" }
const found = (calls: ReadonlyArray<ReadCall>, end: number): CallsAt =>
  calls.length === 0 ? none : { _tag: "Calls", calls, end }

const gemmaCallAt = (text: string, at: number): CallsAt => {
  const head = matchAt(GEMMA, text, at)
  if (head === undefined) return none
  const args: Array<readonly [string, unknown]> = []
  let next = at + head[0].length
  for (let one = matchAt(GEMMA_ARGUMENT, text, next); one !== undefined; one = matchAt(GEMMA_ARGUMENT, text, next)) {
    args.push([one[1] ?? "", one[2] ?? one[3] ?? one[4]?.trim()])
    next += one[0].length
  }
  return text.charAt(next) === "}" && args.length > 0
    ? found([{ tool: head[1] ?? "", arguments: Object.fromEntries(args), repairs: [] }], next + 1)
    : none
}

const namedCallAt = (text: string, at: number): CallsAt => {
  const head = matchAt(NAMED, text, at)
  const tool = head?.[1]
  if (head === undefined || tool === undefined) return none
  const read = jsonAt(text, at + head[0].length)
  if (read._tag === "Cut") return { _tag: "Cut" }
  if (read._tag === "None") return none
  const calls = callsIn({ name: tool, arguments: read.value }, "marked")
  return found(calls.map((call) => ({ ...call, repairs: read.repairs })), read.end)
}

const jsonCallsAt = (text: string, at: number): CallsAt => {
  const read = jsonAt(text, at)
  if (read._tag === "Cut") return { _tag: "Cut" }
  if (read._tag === "None") return none
  const calls = callsIn(read.value, "marked")
  return found(calls.map((call) => ({ ...call, repairs: [...read.repairs, ...call.repairs] })), read.end)
}

const FENCE_HERE = /```\w*\s*/y

/** The calls whose marks, or tags, begin at `at`. */
export const markedCallsAt = (text: string, from: number): CallsAt => {
  let at = from
  for (let mark = matchAt(MARK_HERE, text, at); mark !== undefined; mark = matchAt(MARK_HERE, text, at)) {
    at += mark[0].length
  }
  at += matchAt(FENCE_HERE, text, at)?.[0].length ?? 0
  const char = text.charAt(at)
  if (char === "{" || char === "[") {
    const json = jsonCallsAt(text, at)
    if (json._tag !== "None" || char === "{") return json
  }
  const tagged = xmlCallAt(text, at) ?? keyedCallAt(text, at)
  if (tagged === "cut") return { _tag: "Cut" }
  if (tagged !== undefined) return found([tagged.call], tagged.end)
  const named = namedCallAt(text, at)
  if (named._tag !== "None") return named
  const gemma = gemmaCallAt(text, at)
  if (gemma._tag !== "None") return gemma
  const python = pythonCallsAt(text, at)
  return python === undefined ? none : found(python.calls, python.end)
}

/** Whether a mark promises a call, so that what cannot be read there is a broken one. */
export const isHardMark = (mark: string): boolean => !SOFT_MARKS.includes(mark)

/** Where the text goes on after the marks that close a call at `at`; `at` itself when there are none. */
export const afterClosers = (text: string, at: number): number => {
  let end = at
  for (let one = matchAt(CLOSER_HERE, text, end); one !== undefined; one = matchAt(CLOSER_HERE, text, end)) {
    end += one[0].length
  }
  return end
}

export const startsWithCloser = (text: string, at: number): boolean =>
  skipSpace(text, at) === text.length
  || matchAt(CLOSER_HERE, text, at) !== undefined
