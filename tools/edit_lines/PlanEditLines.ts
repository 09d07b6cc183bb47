import * as Result from "effect/Result"
import { joinLines, type Line, lineTexts, neighbourhood, splitLines, usualEnding } from "../common/Lines.ts"
import { withoutLineNumbers } from "../common/LineNumbers.ts"
import { count, type Refusal, refuse } from "../common/Outcome.ts"
import type { Change } from "../common/FileChange.ts"

export interface LineRange {
  /** 1-based. */
  readonly start_line: number
  /** 1-based, inclusive; `start_line - 1` is the empty range before `start_line`. */
  readonly end_line: number
  readonly content: string
}

/** Content as plain lines; line numbers pasted from `read` come off unless the lines they replace look like that too. */
const contentLines = (content: string, start: number, replaced: ReadonlyArray<Line>): ReadonlyArray<string> => {
  const pasted = withoutLineNumbers(content.replaceAll("\r\n", "\n"))
  const genuine = replaced.length > 0 && withoutLineNumbers(replaced.map((line) => line.text).join("\n")) !== undefined
  const use = pasted !== undefined && !genuine && (pasted.count > 1 || pasted.first === start)
  return lineTexts(use ? pasted.text : content)
}

/**
 * Replaces lines `start_line` to `end_line` of `text`. Empty content deletes them; an empty range inserts; one line past
 * the end appends. New lines get the file's usual ending; all others keep theirs, and a file whose last line has no line
 * break keeps that unless lines are added after it.
 */
export const planEditLines = (shown: string, text: string, range: LineRange): Result.Result<Change, Refusal> => {
  const { start_line: start, end_line: given } = range
  const lines = splitLines(text)
  const total = lines.length
  const has = `${shown} has ${count(total, "line")}`
  if (start < 1) return Result.fail(refuse(`start_line is ${start}, but lines are counted from 1`))
  if (start > total + 1) {
    return Result.fail(refuse(`start_line ${start} is past the end: ${has}; use ${total + 1} to append`))
  }
  if (given < start - 1) {
    return Result.fail(refuse(`end_line ${given} is before start_line ${start}; give the last line to replace`))
  }
  if (given > total && !(given === total + 1 && start === total + 1)) {
    return Result.fail(
      refuse(`end_line ${given} is past the end: ${has}`, neighbourhood(lineTexts(text), start, total))
    )
  }
  const end = Math.min(given, total)
  const before = lines.slice(0, start - 1)
  const replaced = lines.slice(start - 1, end)
  const after = lines.slice(end)
  const ending = usualEnding(lines)
  const added = contentLines(range.content, start, replaced).map((line): Line => ({ text: line, ending }))
  if (added.length === 0 && replaced.length === 0) {
    return Result.fail(refuse("content is empty and the range has no lines: there is nothing to insert or delete"))
  }

  const last = before.at(-1)
  if (added.length > 0 && last?.ending === "") before[before.length - 1] = { text: last.text, ending }
  const closing = added.at(-1)
  const unclosed = replaced.at(-1)?.ending === "" && !range.content.endsWith("\n")
  if (closing !== undefined && unclosed) added[added.length - 1] = { text: closing.text, ending: "" }

  const next = joinLines([...before, ...added, ...after])
  if (next === text) {
    const now = neighbourhood(lineTexts(text), start, end)
    return Result.fail(refuse(`${shown} already reads like that; nothing to change`, now))
  }
  const texts = lineTexts(next)
  const lastAdded = start - 1 + added.length
  const nowAt = neighbourhood(texts, start, lastAdded)
  const output = added.length === 0
    ? `Deleted ${lineRange(start, end)} of ${shown}:\n${nowAt}`
    : `Edited ${shown}, ${lineRange(start, lastAdded)}:\n${nowAt}`
  return Result.succeed({ text: next, output })
}

const lineRange = (first: number, last: number): string => `lines ${first} to ${last}`
