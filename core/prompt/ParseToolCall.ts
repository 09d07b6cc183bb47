import type { CallArguments } from "../domain/Call.ts"
import { wholeCalls } from "./calls/Bare.ts"
import { type Fence, fenceAt, onlyFence } from "./calls/Blocks.ts"
import { afterClosers, isHardMark, MARK, markedCallsAt, startsWithCloser } from "./calls/Marked.ts"
import type { ReadCall } from "./calls/Shape.ts"

/** What one turn of the model amounts to. `reason` is a sentence for the human and the model alike. */
export type ParsedTurn =
  | { readonly _tag: "Words"; readonly text: string }
  | {
    readonly _tag: "OneCall"
    readonly tool: string
    readonly arguments: CallArguments
    readonly words: string
    /** What was damaged and how it was taken; absent: nothing was. */
    readonly repairs?: ReadonlyArray<string>
  }
  | { readonly _tag: "Unusable"; readonly reason: string }

const INCOMPLETE: ParsedTurn = { _tag: "Unusable", reason: "The tool call is not a complete JSON object." }
const INVALID: ParsedTurn = {
  _tag: "Unusable",
  reason: "The tool call is not valid JSON with a \"name\" and an object \"arguments\"."
}
const TRAILING: ParsedTurn = { _tag: "Unusable", reason: "The tool call has text after its JSON object." }
const CLOSE = "</tool_call>"

const withoutThinking = (text: string): string => text.replace(/^\s*<think>[\s\S]*?(<\/think>|$)/, "")

/** Where reading goes on: at a mark, a fence, a quoted line, or code within a line. */
const STOP = new RegExp(
  `(?<mark>${MARK})|^[ \\t]*(?<fence>\`{3,}|~{3,})|^(?<quote>>)|(?<code>\`)|(?<close>${CLOSE})`,
  "gm"
)

interface Scanned {
  readonly calls: ReadonlyArray<ReadCall>
  readonly words: string
  readonly fences: ReadonlyArray<Fence>
  /** A call's end stands where none began. */
  readonly stray: boolean
}

/** Marked calls of a text and what stands around them. Marks in fences, quoted lines and code within a line are words. */
const scan = (text: string): Scanned | ParsedTurn => {
  const calls: Array<ReadCall> = []
  const fences: Array<Fence> = []
  let words = ""
  let at = 0
  let from = 0
  let stray = false
  while (true) {
    STOP.lastIndex = from
    const stop = STOP.exec(text)
    if (stop === null) return { calls, words: words + text.slice(at), fences, stray }
    const { close, code, mark, quote } = stop.groups ?? {}
    if (mark !== undefined) {
      const read = markedCallsAt(text, stop.index)
      const isHard = isHardMark(mark)
      if (read._tag === "Calls") {
        calls.push(...read.calls)
        words += text.slice(at, stop.index)
        if (mark === "<tool_call>" && !startsWithCloser(text, read.end)) return TRAILING
        at = from = afterClosers(text, read.end)
      } else if (isHard) return read._tag === "Cut" ? INCOMPLETE : brokenAt(text, stop.index + mark.length)
      else from = stop.index + mark.length
      continue
    }
    if (close !== undefined) {
      stray = true
      from = stop.index + close.length
      continue
    }
    const line = text.indexOf("\n", stop.index)
    const lineEnd = line === -1 ? text.length : line
    if (quote !== undefined) from = lineEnd
    else if (code === undefined) {
      const fence = fenceAt(text, stop.index)
      if (fence !== undefined) fences.push(fence)
      from = fence?.end ?? lineEnd
    } else {
      const end = text.indexOf("`", stop.index + 1)
      from = end === -1 || end > lineEnd ? stop.index + 1 : end + 1
    }
  }
}

const brokenAt = (text: string, after: number): ParsedTurn => /^\s*[{[]/.test(text.slice(after)) ? INVALID : INCOMPLETE

/** Words before a block that make an example of it. */
const EXAMPLE =
  /\b(?:examples?|e\.g|for instance|such as|looks? like|would|could|might|can be|format|syntax|schema|sample|template|like this)\b/i

const lastParagraph = (text: string): string => text.trimEnd().split(/\n\s*\n/).at(-1) ?? ""

/** Calls in blocks of their own at the end of a turn of words: a model that says first what it is about to do. */
const closingCalls = (
  text: string,
  { fences }: Scanned
): { readonly calls: ReadonlyArray<ReadCall>; readonly words: string } | undefined => {
  const last = fences.at(-1)
  if (last !== undefined) {
    const first = fences[0]
    if (text.slice(last.end).trim() !== "" || EXAMPLE.test(lastParagraph(text.slice(0, last.start)))) return undefined
    const calls = fences.flatMap((fence) => callsOf(readAlone(fence.content, fence.language)))
    return callsOf(readAlone(last.content, last.language)).length === 0
      ? undefined
      : { calls, words: text.slice(0, first?.start) }
  }
  const line = /\n[ \t]*(?=[{[])/.exec(text)
  if (line === null || EXAMPLE.test(lastParagraph(text.slice(0, line.index)))) return undefined
  const start = line.index + line[0].length
  const whole = wholeCalls(text.slice(start))
  return whole._tag === "Calls" ? { calls: whole.calls, words: text.slice(0, start) } : undefined
}

type Alone = ReturnType<typeof wholeCalls>

const callsOf = (read: Alone): ReadonlyArray<ReadCall> => read._tag === "Calls" ? read.calls : []

const CODE = /^(?:python|py|js|javascript|ts|typescript|sh|bash|shell|zsh|console)$/

/** The calls that a text is when it is nothing else, marked or not. A program in a fence is none, whatever it looks like. */
const readAlone = (text: string, language = ""): Alone => {
  if (CODE.test(language)) return { _tag: "None" }
  const whole = wholeCalls(text)
  if (whole._tag !== "None" || language === "") return whole
  const scanned = scan(text)
  return "calls" in scanned && scanned.calls.length > 0 && scanned.words.trim() === ""
    ? { _tag: "Calls", calls: scanned.calls }
    : whole
}

const turnOf = (all: ReadonlyArray<ReadCall>, words: string): ParsedTurn => {
  const [only, ...others] = all
  if (only === undefined) return { _tag: "Words", text: words.trim() }
  if (others.length > 0) return { _tag: "Unusable", reason: `There were ${all.length} tool calls in one message.` }
  const { arguments: args, repairs, tool } = only
  const turn = { _tag: "OneCall", tool, arguments: args, words: words.trim() } as const
  return repairs.length === 0 ? turn : { ...turn, repairs: [...new Set(repairs)] }
}

/**
 * Finds the one call in a turn's raw text, in any form that models write (`calls/`): marked, alone in the turn, or in a block of
 * its own after words that announce it. Small damage is repaired and named. What is quoted, in code within a line, followed by
 * more words or called an example is no call; a call that is cut off is no words.
 */
export const parseToolCall = (raw: string): ParsedTurn => {
  const text = withoutThinking(raw)
  const fence = onlyFence(text)
  const alone = readAlone(fence?.content ?? text, fence?.language)
  if (alone._tag === "Cut") return INCOMPLETE
  if (alone._tag === "Calls") return turnOf(alone.calls, "")
  const scanned = scan(text)
  if (!("calls" in scanned)) return scanned
  if (scanned.calls.length > 0) return turnOf(scanned.calls, scanned.words)
  const closing = closingCalls(text, scanned)
  if (closing !== undefined) return turnOf(closing.calls, closing.words)
  if (scanned.stray) return { _tag: "Unusable", reason: "The tool call has no opening tag." }
  return { _tag: "Words", text: text.trim() }
}

/** What the model is told after an unusable turn. */
export const reaskText = (reason: string): string =>
  `${reason} Answer again with exactly one tool call, or with plain text when the task is done.`
