import * as Result from "effect/Result"
import type { Before, Change } from "../common/FileChange.ts"
import { withoutLineNumbers } from "../common/LineNumbers.ts"
import { lineTexts, neighbourhood, splitLines, usualEnding } from "../common/Lines.ts"
import { count, type Refusal, refuse } from "../common/Outcome.ts"
import { notCurrent } from "../common/Staleness.ts"
import { closestRegion } from "./ClosestRegion.ts"
import { findSpans, type Found, type Step } from "./FindSpan.ts"
import { lfView } from "./LfView.ts"

export interface Replacement {
  readonly old: string
  readonly new: string
  readonly all?: boolean
}

/** How many places an answer names. */
const NAMED_PLACES = 10

/** A byte order mark belongs to the file, not to its text. */
const withoutMark = (text: string): string => text.replace(/^\ufeff+/, "")

const toLf = (text: string): string => text.replaceAll("\r\n", "\n")

const find = (text: string, old: string, replacement: string): Found => {
  const found = findSpans(text, old, replacement)
  if (found.places.length > 0) return found
  const bare = withoutLineNumbers(old)
  if (bare === undefined || bare.text === "") return found
  const stripped = findSpans(text, bare.text, withoutLineNumbers(replacement)?.text ?? replacement)
  return stripped.places.length > 0 && stripped.step === "exact" ? { ...stripped, step: "line numbers" } : stripped
}

const unclearIndent = (shown: string, lines: ReadonlyArray<string>, line: number): Refusal =>
  refuse(
    `old is in ${shown} at line ${line}, but indented in another way, and that does not tell how new is to be indented: copy the `
      + "indentation from the file",
    neighbourhood(lines, line, line)
  )

const notFound = (shown: string, text: string, old: string): Refusal => {
  const lines = lineTexts(text)
  const region = closestRegion(lines, old)
  if (region === undefined) return refuse(`old is not in ${shown}; read the file and copy the text to replace exactly`)
  return refuse(
    `old is not in ${shown}; the closest text is at line ${region.first}: copy it exactly, without line numbers`,
    neighbourhood(lines, region.first, region.last)
  )
}

/** The 1-based number of the line in which an offset lies. */
const lineAt = (text: string, offset: number): number => newlinesIn(text.slice(0, offset)) + 1

const listed = (numbers: ReadonlyArray<number>): string =>
  numbers.slice(0, NAMED_PLACES).join(", ") + (numbers.length > NAMED_PLACES ? ", …" : "")

const ambiguous = (shown: string, text: string, found: Found): Refusal => {
  const numbers = found.places.map((start) => lineAt(text, start))
  return refuse(
    `old is in ${shown} ${numbers.length} times (lines ${
      listed(numbers)
    }); add surrounding lines until it is unique, or set all to true`
  )
}

/**
 * Replaces `old`, which must be in the file once (or `all` of it). Matching is done on LF line breaks; outside the matched
 * spans not one byte changes, and new line breaks take the file's usual form. `$` and the like mean themselves. The model
 * must have read the file; when it changed since, `old` has to be there exactly and once.
 */
export const planEdit = (before: Before, parameters: Replacement): Result.Result<Change, Refusal> => {
  const { knowledge, shown, text } = before
  const old = toLf(withoutMark(parameters.old))
  const replacement = toLf(withoutMark(parameters.new))
  if (old === replacement) return Result.fail(refuse("old and new are the same; give the text as it should become"))
  if (old === "") {
    if (text !== undefined && text !== "") {
      return Result.fail(
        refuse(`old is empty but ${shown} is not; give the text to replace, or insert with edit_lines`)
      )
    }
    return Result.succeed({
      text: text === undefined ? parameters.new.replace(/^\ufeff+/, "\ufeff") : withoutMark(parameters.new),
      output: `Wrote ${shown} (${count(lineTexts(replacement).length, "line")}).`
    })
  }
  if (text === undefined) return Result.fail(refuse(`${shown} does not exist; create it with write`))

  const view = lfView(text)
  if (knowledge === "unread") return Result.fail(notCurrent(before, [], 1, 1, "old may not be what is in it"))
  const found = find(view.text, old, replacement)
  const [place] = found.places
  if (place === undefined) return Result.fail(notFound(shown, view.text, old))
  if (found.places.length > 1 && parameters.all !== true) return Result.fail(ambiguous(shown, view.text, found))
  const line = lineAt(view.text, place)
  if (found.spans === undefined) return Result.fail(unclearIndent(shown, lineTexts(view.text), line))
  if (knowledge === "stale" && (found.step !== "exact" || found.places.length > 1)) {
    return Result.fail(notCurrent(before, lineTexts(view.text), line, line, "old is not unmistakably in it"))
  }

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
  const note = knowledge === "stale" ? "\n(the file had changed since it was read)" : ""
  return Result.succeed({
    text: next,
    output: report(shown, lineTexts(next), places, found.step) + note,
    matched: found.step
  })
}

const newlinesIn = (text: string): number => text.split("\n").length - 1

/** What was changed: the one place with its lines as they are now numbered, or the line numbers of several places. */
const report = (
  shown: string,
  lines: ReadonlyArray<string>,
  places: ReadonlyArray<{ readonly first: number; readonly last: number }>,
  step: Step
): string => {
  const [place] = places
  const how = step === "exact" ? "" : ` (matched ignoring ${step})`
  if (place === undefined || places.length > 1) {
    return `Edited ${shown} in ${places.length} places (lines ${listed(places.map(({ first }) => first))})${how}.`
  }
  const { first, last } = place
  return `Edited ${shown}, lines ${first} to ${last}${how}:\n${neighbourhood(lines, first, last)}`
}
