import { lineTag } from "./LineTags.ts"
import { MAX_LINE_LENGTH, MAX_NEIGHBOURHOOD, NEIGHBOURS } from "./Limits.ts"

/** One line of a text; `ending` is empty only for a last line without a line break. A lone `\r` is no line break. */
export interface Line {
  readonly text: string
  readonly ending: "\n" | "\r\n" | ""
}

/** Splits so that joining texts and endings gives back `text`. The empty text has no lines. */
export const splitLines = (text: string): ReadonlyArray<Line> => {
  const lines: Array<Line> = []
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf("\n", start)
    if (newline === -1) {
      lines.push({ text: text.slice(start), ending: "" })
      break
    }
    const crlf = newline > start && text[newline - 1] === "\r"
    lines.push({ text: text.slice(start, crlf ? newline - 1 : newline), ending: crlf ? "\r\n" : "\n" })
    start = newline + 1
  }
  return lines
}

export const joinLines = (lines: ReadonlyArray<Line>): string => lines.map((line) => line.text + line.ending).join("")

/** The texts of the lines of `text`, whatever their endings. */
export const lineTexts = (text: string): ReadonlyArray<string> => splitLines(text).map((line) => line.text)

/** The line ending that most lines have; `\n` when none has one. */
export const usualEnding = (lines: ReadonlyArray<Line>): "\n" | "\r\n" => {
  let crlf = 0
  let lf = 0
  for (const { ending } of lines) {
    if (ending === "\r\n") crlf += 1
    else if (ending === "\n") lf += 1
  }
  return crlf > lf ? "\r\n" : "\n"
}

/** The kinds of line ending that a text has. */
export const endingsIn = (lines: ReadonlyArray<Line>): ReadonlySet<"\n" | "\r\n"> =>
  new Set(lines.flatMap(({ ending }) => ending === "" ? [] : [ending]))

/** Cuts to at most `length` UTF-16 units without splitting a surrogate pair. */
export const cutText = (text: string, length: number): string => {
  if (text.length <= length) return text
  const last = text.charCodeAt(length - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length)
}

/** A line as `read` shows it, 1-based; with its content tag as `number:tag` when asked for. */
export const numbered = (number: number, text: string, tagged = false): string =>
  `${number}${tagged ? `:${lineTag(text)}` : ""}\t${
    text.length > MAX_LINE_LENGTH ? `${cutText(text, MAX_LINE_LENGTH)}…` : text
  }`

/** Lines `first` to `last` (1-based, inclusive, may be empty) with their neighbours, as `read` shows them. */
export const neighbourhood = (
  texts: ReadonlyArray<string>,
  first: number,
  last: number,
  tagged = false
): string => {
  const from = Math.max(1, first - NEIGHBOURS)
  const to = Math.min(texts.length, Math.max(last, first - 1) + NEIGHBOURS)
  const shown: Array<string> = []
  const half = MAX_NEIGHBOURHOOD / 2
  for (let number = from; number <= to; number += 1) {
    if (to - from + 1 > MAX_NEIGHBOURHOOD && number === from + half) {
      const next = to - half + 1
      shown.push(`(lines ${number} to ${next - 1} left out)`)
      number = next
    }
    shown.push(numbered(number, texts[number - 1] ?? "", tagged))
  }
  return shown.length === 0 ? "(empty file)" : shown.join("\n")
}
