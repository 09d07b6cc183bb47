import { jsonAt, matchAt, skipSpace } from "./Json.ts"
import { callsIn, type ReadCall } from "./Shape.ts"

interface CallAt {
  readonly call: ReadCall
  readonly end: number
}

/** `<function=read>` as Qwen3-Coder and Qwen3.5 write it, `<invoke name="read">`, `<function name="read">`. */
const OPENING = /<(function|invoke|(?:\w+:)?invoke|tool_call)(?:=|\s+(?:name|tool)\s*=\s*)["']?([^\s"'>/]+)["']?\s*>/y
const PARAMETER = /<(parameter|param|arg)(?:=|\s+name\s*=\s*)["']?([^\s"'>]+)["']?[^>]*>/y
/** As GLM writes it, after the name. */
const KEY = /<arg_key>\s*([^<]+?)\s*<\/arg_key>\s*<arg_value>/y
const NAME = /[A-Za-z_][\w.-]*/y

/** The line breaks next to the tags belong to the form. */
const trimmed = (value: string): string => value.replace(/^\r?\n/, "").replace(/\r?\n[ \t]*$/, "")

const parametersAt = (
  text: string,
  from: number,
  opening: RegExp,
  closing: (tag: string) => string
): { readonly args: Readonly<Record<string, string>>; readonly end: number } | undefined => {
  const args: Array<readonly [string, string]> = []
  let at = skipSpace(text, from)
  while (true) {
    const open = matchAt(opening, text, at)
    if (open === undefined) return { args: Object.fromEntries(args), end: at }
    const close = closing(open[1] ?? "")
    const start = at + open[0].length
    const end = text.indexOf(close, start)
    if (end === -1) return undefined
    args.push([open.at(-1) ?? "", trimmed(text.slice(start, end))])
    at = skipSpace(text, end + close.length)
  }
}

/** A call in tags at `at`; `cut` when one begins there and never ends. */
export const xmlCallAt = (text: string, at: number): CallAt | "cut" | undefined => {
  const open = matchAt(OPENING, text, at)
  const [, tag, tool] = open ?? []
  if (open === undefined || tag === undefined || tool === undefined) return undefined
  const inside = skipSpace(text, at + open[0].length)
  const close = `</${tag}>`
  const read = text.charAt(inside) === "{" ? jsonAt(text, inside) : undefined
  if (read !== undefined) {
    if (read._tag !== "Value") return "cut"
    const [call] = callsIn({ name: tool, arguments: read.value }, "marked")
    if (call === undefined) return "cut"
    const end = skipSpace(text, read.end)
    return { call: { ...call, repairs: read.repairs }, end: text.startsWith(close, end) ? end + close.length : end }
  }
  const found = parametersAt(text, inside, PARAMETER, (name) => `</${name}>`)
  if (found === undefined) return "cut"
  const { args, end } = found
  const isClosed = text.startsWith(close, end)
  if (!isClosed && Object.keys(args).length === 0) return "cut"
  return { call: { tool, arguments: args, repairs: [] }, end: isClosed ? end + close.length : end }
}

/** `read<arg_key>path</arg_key><arg_value>a.js</arg_value>`, as GLM writes what stands between `<tool_call>` tags. */
export const keyedCallAt = (text: string, at: number): CallAt | "cut" | undefined => {
  const tool = matchAt(NAME, text, at)?.[0]
  if (tool === undefined) return undefined
  const inside = skipSpace(text, at + tool.length)
  if (!text.startsWith("<arg_key>", inside)) return undefined
  const found = parametersAt(text, inside, KEY, () => "</arg_value>")
  return found === undefined || Object.keys(found.args).length === 0
    ? "cut"
    : { call: { tool, arguments: found.args, repairs: [] }, end: found.end }
}
