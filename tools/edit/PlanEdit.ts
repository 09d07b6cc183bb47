import * as Result from "effect/Result"
import type { Before, Change } from "../common/FileChange.ts"
import { withoutLineNumbers } from "../common/LineNumbers.ts"
import { lineTexts, neighbourhood, splitLines, usualEnding } from "../common/Lines.ts"
import { count, type Refusal, refuse } from "../common/Outcome.ts"
import { closestRegion } from "./ClosestRegion.ts"
import { findSpans, type Found } from "./FindSpan.ts"
import { lfView } from "./LfView.ts"

export interface Replacement {
  readonly old: string
  readonly new: string
  readonly all?: boolean
}

/** How many places an error names. */
const NAMED_PLACES = 10

const toLf = (text: string): string => text.replaceAll("\r\n", "\n")

const find = (text: string, old: string, replacement: string): Found => {
  const found = findSpans(text, old, replacement)
  if (found.spans.length > 0) return found
  const bare = withoutLineNumbers(old)
  return bare === undefined || bare.text === ""
    ? found
    : findSpans(text, bare.text, withoutLineNumbers(replacement)?.text ?? replacement)
}

const notFound = (shown: string, text: string, old: string): Refusal => {
  const lines = lineTexts(text)
  const region = closestRegion(lines, old)
  if (region === undefined) return refuse(`old is not in ${shown}; read the file and copy the text to replace exactly`)
  return refuse(
    `old is not in ${shown}; the closest text is at line ${region.first}: copy it exactly, without line numbers`,
    neighbourhood(lines, region.first, region.last)
  )
}

const ambiguous = (shown: string, text: string, found: Found): Refusal => {
  const numbers = found.spans.map(({ start }) => text.slice(0, start).split("\n").length)
  const named = numbers.slice(0, NAMED_PLACES).join(", ") + (numbers.length > NAMED_PLACES ? ", …" : "")
  return refuse(
    `old is in ${shown} ${numbers.length} times (lines ${named}); add surrounding lines until it is unique, or set all to true`
  )
}

/**
 * Replaces `old`, which must be in the file once (or `all` of it). Matching is done on LF line breaks; outside the matched
 * spans not one byte changes, and new line breaks take the file's usual form. `$` and the like mean themselves.
 */
export const planEdit = ({ shown, text }: Before, parameters: Replacement): Result.Result<Change, Refusal> => {
  const old = toLf(parameters.old)
  const replacement = toLf(parameters.new)
  if (old === replacement) return Result.fail(refuse("old and new are the same; give the text as it should become"))
  if (old === "") {
    if (text !== undefined && text !== "") {
      return Result.fail(
        refuse(`old is empty but ${shown} is not; give the text to replace, or insert with edit_lines`)
      )
    }
    return Result.succeed({
      text: parameters.new,
      output: `Wrote ${shown} (${count(lineTexts(replacement).length, "line")}).`
    })
  }
  if (text === undefined) return Result.fail(refuse(`${shown} does not exist; create it with write`))

  const view = lfView(text)
  const found = find(view.text, old, replacement)
  if (found.spans.length === 0) return Result.fail(notFound(shown, view.text, old))
  if (found.spans.length > 1 && parameters.all !== true) return Result.fail(ambiguous(shown, view.text, found))

  const ending = usualEnding(splitLines(text))
  let next = ""
  let done = 0
  for (const span of found.spans) {
    next += text.slice(done, view.offset(span.start)) + span.replacement.replaceAll("\n", ending)
    done = view.offset(span.end)
  }
  next += text.slice(done)
  if (next === text) return Result.fail(refuse(`${shown} already reads like that; nothing to change`))
  const notes = [
    ...(found.spans.length > 1 ? [`${found.spans.length} places`] : []),
    ...(found.ignoring === undefined ? [] : [`matched ignoring ${found.ignoring}`])
  ]
  return Result.succeed({ text: next, output: `Edited ${shown}${notes.length > 0 ? ` (${notes.join("; ")})` : ""}.` })
}
