import { diffArrays } from "diff"
import * as Result from "effect/Result"
import type { Before, Change } from "../common/FileChange.ts"
import { endingsIn, joinLines, type Line, lineTexts, splitLines, usualEnding } from "../common/Lines.ts"
import { count, type Refusal, refuse } from "../common/Outcome.ts"
import { notCurrent } from "../common/Staleness.ts"
import { placeholderLine } from "./Placeholder.ts"

/** Lines that stay keep their own ending, new ones get the usual one. */
const alignedEndings = (old: ReadonlyArray<Line>, next: ReadonlyArray<Line>): ReadonlyArray<Line> => {
  const usual = usualEnding(old)
  const lines: Array<Line> = []
  let at = 0
  for (const part of diffArrays(old.map(({ text }) => text), next.map(({ text }) => text))) {
    if (part.removed) at += part.value.length
    else if (part.added) lines.push(...part.value.map((text): Line => ({ text, ending: usual })))
    else {
      lines.push(...part.value.map((text, index): Line => ({ text, ending: old[at + index]?.ending || usual })))
      at += part.value.length
    }
  }
  const last = lines.at(-1)
  if (last !== undefined && next.at(-1)?.ending === "") lines[lines.length - 1] = { text: last.text, ending: "" }
  return lines
}

/** The content with the line endings of the old file. A file that has none yet takes them as they come. */
const withEndingsOf = (old: ReadonlyArray<Line>, content: string): string => {
  const endings = endingsIn(old)
  if (endings.size === 0) return content
  if (endings.size === 2) return joinLines(alignedEndings(old, splitLines(content)))
  const lf = content.replaceAll("\r\n", "\n")
  return endings.has("\r\n") ? lf.replaceAll("\n", "\r\n") : lf
}

/** The whole new text of a file. An existing file keeps its line endings, its final line break and its byte order mark. */
export const planWrite = (before: Before, given: string): Result.Result<Change, Refusal> => {
  const { shown, text } = before
  // The mark belongs to the file, not to its text; a new file may begin with one.
  const content = given.replace(/^\ufeff+/, text === undefined && given.startsWith("\ufeff") ? "\ufeff" : "")
  const stand = placeholderLine(shown, content, text)
  if (stand !== undefined) {
    return Result.fail(
      refuse(`content leaves text out ("${stand}"); give the whole file, or use edit for a part of it`)
    )
  }
  const old = splitLines(text ?? "")
  let next = content
  if (old.length > 0 && next !== "" && !next.endsWith("\n") && old.at(-1)?.ending !== "") next += "\n"
  next = withEndingsOf(old, next)
  const lines = count(splitLines(next).length, "line")
  if (next === text) return Result.succeed({ text: next, output: `${shown} already had this content (${lines}).` })
  if (before.knowledge !== undefined) {
    return Result.fail(notCurrent(before, lineTexts(text ?? ""), 1, 1, "it would be replaced as a whole"))
  }
  return Result.succeed({ text: next, output: `Wrote ${shown} (${lines}).` })
}
