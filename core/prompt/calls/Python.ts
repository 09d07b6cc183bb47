import { jsonAt, matchAt, skipSpace } from "./Json.ts"
import type { ReadCall } from "./Shape.ts"

interface CallsAt {
  readonly calls: ReadonlyArray<ReadCall>
  readonly end: number
}

const HEAD = /(?:(?:tools|functions|default_api|tool)\.)?([A-Za-z_][\w.-]*)\s*\(/y
const KEYWORD = /([A-Za-z_]\w*)\s*=(?!=)\s*/y
/** Of a string: what a Python literal may begin with. */
const PREFIX = /[rRuUbB](?=["'])/y

/** One call with named arguments only, which is what can be read without knowing the tool. */
const oneAt = (text: string, at: number): { readonly call: ReadCall; readonly end: number } | undefined => {
  const head = matchAt(HEAD, text, at)
  const tool = head?.[1]
  if (head === undefined || tool === undefined) return undefined
  const args: Array<readonly [string, unknown]> = []
  let next = skipSpace(text, at + head[0].length)
  while (text.charAt(next) !== ")") {
    const keyword = matchAt(KEYWORD, text, next)
    if (keyword === undefined) return undefined
    const value = next + keyword[0].length
    const read = jsonAt(text, value + (matchAt(PREFIX, text, value)?.[0].length ?? 0))
    if (read._tag !== "Value") return undefined
    args.push([keyword[1] ?? "", read.value])
    next = skipSpace(text, read.end)
    if (text.charAt(next) === ",") next = skipSpace(text, next + 1)
    else if (text.charAt(next) !== ")") return undefined
  }
  // Python's own ways of writing are no damage in Python.
  return args.length === 0
    ? undefined
    : { call: { tool, arguments: Object.fromEntries(args), repairs: [] }, end: next + 1 }
}

const PRINT = /print\s*\(\s*/y

/** Calls as Python writes them, at `at`: `read(path="a")`, `[read(path="a"), …]`, `print(read(path="a"))`. */
export const pythonCallsAt = (text: string, at: number): CallsAt | undefined => {
  const print = matchAt(PRINT, text, at)
  if (print !== undefined) {
    const inside = oneAt(text, at + print[0].length)
    const end = inside === undefined ? 0 : skipSpace(text, inside.end)
    if (inside !== undefined && text.charAt(end) === ")") return { calls: [inside.call], end: end + 1 }
  }
  if (text.charAt(at) !== "[") {
    const one = oneAt(text, at)
    return one && { calls: [one.call], end: one.end }
  }
  const calls: Array<ReadCall> = []
  let next = skipSpace(text, at + 1)
  while (true) {
    const one = oneAt(text, next)
    if (one === undefined) return undefined
    calls.push(one.call)
    next = skipSpace(text, one.end)
    if (text.charAt(next) === "]") return { calls, end: next + 1 }
    if (text.charAt(next) !== ",") return undefined
    next = skipSpace(text, next + 1)
  }
}
