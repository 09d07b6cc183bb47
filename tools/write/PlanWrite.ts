import * as Result from "effect/Result"
import type { Before, Change } from "../common/FileChange.ts"
import { lineTexts, splitLines, usualEnding } from "../common/Lines.ts"
import { count, type Refusal, refuse } from "../common/Outcome.ts"

const mark = /^\s*(?:\/\/|#|--|\/\*|<!--|;)?\s*/
const standIn = new RegExp(
  "^(?:the )?(?:rest|remainder|remaining|existing|previous|other)\\b.{0,40}"
    + "\\b(?:code|file|contents?|functions|methods|implementation|lines|tests)\\b",
  "i"
)
const restOf = /^(?:the )?rest of [\w ]{1,40}$/i
const unchanged =
  /\.\.\.|…|\bunchanged\b|\b(?:stays?|remains?|is|are) (?:the same|as (?:it|they) (?:was|were|is|are))\b|\bas before\b/i

/** Whether a line is a comment by which models stand in for text they did not repeat. */
const isPlaceholder = (line: string): boolean => {
  const start = mark.exec(line)?.[0] ?? ""
  const rest = line.slice(start.length)
  const dots = /^(?:\.\.\.|…)/.test(rest)
  if (start.trim() === "" && !dots) return false
  const words = rest.replace(/^(?:\.\.\.|…)/, "").replace(/(?:\*\/|-->)\s*$/, "").replace(/^[\s(]+|[\s).]+$/g, "")
  return restOf.test(words) || (standIn.test(words) && (dots || unchanged.test(rest)))
}

/** The first line of `content` that stands in for text left out, unless the old file has that line too. */
export const placeholderLine = (content: string, old: string | undefined): string | undefined => {
  const known = new Set(old === undefined ? [] : lineTexts(old).map((line) => line.trim()))
  return lineTexts(content).find((line) => isPlaceholder(line) && !known.has(line.trim()))?.trim()
}

/**
 * The whole new text of a file. An existing file keeps its line endings and its final line break; a file whose lines mostly
 * end in CRLF gets CRLF throughout.
 */
export const planWrite = ({ shown, text }: Before, content: string): Result.Result<Change, Refusal> => {
  const stand = placeholderLine(content, text)
  if (stand !== undefined) {
    return Result.fail(
      refuse(`content leaves text out ("${stand}"); give the whole file, or use edit for a part of it`)
    )
  }
  const old = splitLines(text ?? "")
  let next = content
  if (old.length > 0 && next !== "" && !next.endsWith("\n") && old.at(-1)?.ending !== "") next += "\n"
  if (usualEnding(old) === "\r\n") next = next.replaceAll("\r\n", "\n").replaceAll("\n", "\r\n")
  const lines = count(splitLines(next).length, "line")
  return Result.succeed({
    text: next,
    output: next === text ? `${shown} already had this content (${lines}).` : `Wrote ${shown} (${lines}).`
  })
}
