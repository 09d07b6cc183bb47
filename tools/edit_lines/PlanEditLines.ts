import * as Result from "effect/Result"
import { joinLines, type Line, lineTexts, neighbourhood, splitLines, usualEnding } from "../common/Lines.ts"
import { withoutLineNumbers } from "../common/LineNumbers.ts"
import { count, type Refusal, refuse } from "../common/Outcome.ts"
import type { Before, Change } from "../common/FileChange.ts"
import { linesWithTag, lineTag } from "../common/LineTags.ts"
import { notCurrent } from "../common/Staleness.ts"

interface LineRange {
  /** 1-based. */
  readonly start_line: number
  /** 1-based, inclusive; `start_line - 1` is the empty range before `start_line`. */
  readonly end_line: number
  readonly content: string
  /** What `read` showed as the tags of the lines `start_line` and `end_line`. */
  readonly start_tag?: string
  readonly end_tag?: string
}

/** Says that a tag does not belong to the line it was given for, and where its line is now when that is clear. */
const wrongTag = (shown: string, texts: ReadonlyArray<string>, line: number, tag: string): Refusal | undefined => {
  const text = texts[line - 1]
  if (text !== undefined && lineTag(text) === tag) return undefined
  const [only, ...others] = linesWithTag(texts, tag)
  const where = only === undefined || others.length > 0 ? "" : `; the line with that tag is now line ${only}`
  const near = Math.min(Math.max(1, line), texts.length)
  return refuse(
    `line ${line} of ${shown} does not have the tag ${tag}: the file is no longer as it was read${where}`,
    neighbourhood(texts, near, near, true)
  )
}

/** Why a model that does not know the file as it is now cannot name its lines by these numbers; undefined when it can. */
const misplaced = (before: Before, texts: ReadonlyArray<string>, range: LineRange): Refusal | undefined => {
  const { end_line: end, end_tag, start_line: start, start_tag } = range
  const wrong = (start_tag === undefined ? undefined : wrongTag(before.shown, texts, start, start_tag))
    ?? (end_tag === undefined ? undefined : wrongTag(before.shown, texts, end, end_tag))
  if (wrong !== undefined) return wrong
  const sure = end < start
    ? (start_tag ?? end_tag) !== undefined
    : start_tag !== undefined && (end === start || end_tag !== undefined)
  return before.knowledge === undefined || sure
    ? undefined
    : notCurrent(before, texts, start, end, "its lines may have other numbers now")
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
 * break keeps that unless lines are added after it. The model must know the file as it is now, or name the lines by their tags.
 */
export const planEditLines = (
  before: Before & { readonly text: string },
  range: LineRange
): Result.Result<Change, Refusal> => {
  const { shown, text } = before
  const { start_line: start, end_line: given } = range
  const tagged = range.start_tag !== undefined || range.end_tag !== undefined
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
      refuse(`end_line ${given} is past the end: ${has}`, neighbourhood(lineTexts(text), start, total, tagged))
    )
  }
  const end = Math.min(given, total)
  const wrong = misplaced(before, lines.map((line) => line.text), { ...range, end_line: end })
  if (wrong !== undefined) return Result.fail(wrong)
  const above = lines.slice(0, start - 1)
  const replaced = lines.slice(start - 1, end)
  const after = lines.slice(end)
  const ending = usualEnding(lines)
  const content = range.content.replace(/^\ufeff+/, "")
  const added = contentLines(content, start, replaced).map((line): Line => ({ text: line, ending }))
  if (added.length === 0 && replaced.length === 0) {
    return Result.fail(refuse("content is empty and the range has no lines: there is nothing to insert or delete"))
  }

  const last = above.at(-1)
  if (added.length > 0 && last?.ending === "") above[above.length - 1] = { text: last.text, ending }
  const closing = added.at(-1)
  const unclosed = replaced.at(-1)?.ending === "" && !content.endsWith("\n")
  if (closing !== undefined && unclosed) added[added.length - 1] = { text: closing.text, ending: "" }

  const next = joinLines([...above, ...added, ...after])
  if (next === text) {
    const now = neighbourhood(lineTexts(text), start, end, tagged)
    return Result.fail(refuse(`${shown} already reads like that; nothing to change`, now))
  }
  const texts = lineTexts(next)
  const lastAdded = start - 1 + added.length
  const nowAt = neighbourhood(texts, start, lastAdded, tagged)
  const output = added.length === 0
    ? `Deleted ${lineRange(start, end)} of ${shown}:\n${nowAt}`
    : `Edited ${shown}, ${lineRange(start, lastAdded)}:\n${nowAt}`
  return Result.succeed({ text: next, output })
}

const lineRange = (first: number, last: number): string => `lines ${first} to ${last}`
