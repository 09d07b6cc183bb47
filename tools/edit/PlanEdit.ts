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

/** How many places an answer names. */
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

const listed = (numbers: ReadonlyArray<number>): string =>
  numbers.slice(0, NAMED_PLACES).join(", ") + (numbers.length > NAMED_PLACES ? ", …" : "")

const ambiguous = (shown: string, text: string, found: Found): Refusal => {
  const numbers = found.spans.map(({ start }) => text.slice(0, start).split("\n").length)
  return refuse(
    `old is in ${shown} ${numbers.length} times (lines ${
      listed(numbers)
    }); add surrounding lines until it is unique, or set all to true`
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
  const places: Array<{ readonly first: number; readonly last: number }> = []
  let newlines = 0
  for (const span of found.spans) {
    const kept = text.slice(done, view.offset(span.start))
    const fresh = span.replacement.replaceAll("\n", ending)
    newlines += newlinesIn(kept)
    const inside = newlinesIn(fresh)
    places.push({ first: newlines + 1, last: newlines + Math.max(1, fresh.endsWith("\n") ? inside : inside + 1) })
    newlines += inside
    next += kept + fresh
    done = view.offset(span.end)
  }
  next += text.slice(done)
  if (next === text) return Result.fail(refuse(`${shown} already reads like that; nothing to change`))
  return Result.succeed({ text: next, output: report(shown, lineTexts(next), places, found.ignoring) })
}

const newlinesIn = (text: string): number => text.split("\n").length - 1

/** What was changed: the one place with its lines as they are now numbered, or the line numbers of several places. */
const report = (
  shown: string,
  lines: ReadonlyArray<string>,
  places: ReadonlyArray<{ readonly first: number; readonly last: number }>,
  ignoring: string | undefined
): string => {
  const [place] = places
  const how = ignoring === undefined ? "" : ` (matched ignoring ${ignoring})`
  if (place === undefined || places.length > 1) {
    return `Edited ${shown} in ${places.length} places (lines ${listed(places.map(({ first }) => first))})${how}.`
  }
  const { first, last } = place
  return `Edited ${shown}, lines ${first} to ${last}${how}:\n${neighbourhood(lines, first, last)}`
}
