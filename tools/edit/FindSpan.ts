import type { ToolMeta } from "../../core/domain/ToolResult.ts"
import { indentOf, indentTranslation, type Translation } from "./Indentation.ts"

/** A step of the ladder by which `old` is looked for. */
export type Step = NonNullable<ToolMeta["matched"]>

/** A replacement in a text: offsets into it and what comes there. */
export interface Span {
  readonly start: number
  readonly end: number
  readonly replacement: string
}

/** What one rung of the ladder found. */
export interface Found {
  readonly step: Step
  /** Offsets where `old` stands, in order and not overlapping; empty when it was not found. */
  readonly places: ReadonlyArray<number>
  /** A span for each place; undefined when the indentation of one does not say how the new lines are to be indented. */
  readonly spans: ReadonlyArray<Span> | undefined
}

const nothing = (step: Step): Found => ({ step, places: [], spans: [] })

const exactSpans = (text: string, old: string, replacement: string): ReadonlyArray<Span> => {
  const spans: Array<Span> = []
  for (let at = text.indexOf(old); at !== -1; at = text.indexOf(old, at + old.length)) {
    spans.push({ start: at, end: at + old.length, replacement })
  }
  return spans
}

const blanks = /[\u00a0\u2000-\u200a\u202f\u205f\u3000]/g
const dashes = /[\u2010-\u2015\u2212]/g
const singleQuotes = /[\u2018-\u201b]/g
const doubleQuotes = /[\u201c-\u201f]/g

/** Typographic punctuation as its plain ASCII equivalent, one character for one. */
const plainPunctuation = (text: string): string =>
  text.replace(blanks, " ").replace(dashes, "-").replace(singleQuotes, "'").replace(doubleQuotes, "\"")

const trailing = (line: string): string => line.replace(/[ \t\r]+$/, "")

/** A new line with the file's indentation; undefined when the matched lines do not tell what that is. */
const reindent = (line: string, translate: Translation): string | undefined => {
  if (line.trim() === "") return line
  const indent = indentOf(line)
  const wanted = translate(indent)
  return wanted === undefined ? undefined : wanted + line.slice(indent.length)
}

interface Rung {
  readonly step: Step
  readonly normal: (line: string) => string
  readonly indentation: boolean
}

const rungs: ReadonlyArray<Rung> = [
  { step: "trailing blanks", normal: trailing, indentation: false },
  { step: "indentation", normal: (line) => trailing(line).trimStart(), indentation: true },
  {
    step: "punctuation style",
    normal: (line) => trailing(plainPunctuation(line)).trimStart(),
    indentation: true
  }
]

/**
 * Replaces whole lines that equal `old` after `rung.normal`. Lines that `old` and `replacement` share at their start and end
 * keep the file's own spelling: only what the model really changes is touched.
 */
const lineSpans = (text: string, old: string, replacement: string, rung: Rung): Found => {
  const closed = old.endsWith("\n")
  const linesOf = (block: string) => (closed && block.endsWith("\n") ? block.slice(0, -1) : block).split("\n")
  const oldLines = linesOf(old)
  const newLines = replacement === "" ? [] : linesOf(replacement)
  const wanted = oldLines.map(rung.normal)
  if (wanted.every((line) => line === "")) return nothing(rung.step)
  const fileLines = text.split("\n")
  const normal = fileLines.map(rung.normal)
  const starts: Array<number> = []
  let offset = 0
  for (const line of fileLines) {
    starts.push(offset)
    offset += line.length + 1
  }

  let head = 0
  while (head < Math.min(oldLines.length, newLines.length) && oldLines[head] === newLines[head]) head += 1
  let tail = 0
  while (
    tail < Math.min(oldLines.length, newLines.length) - head && oldLines.at(-1 - tail) === newLines.at(-1 - tail)
  ) tail += 1

  const places: Array<number> = []
  const spans: Array<Span> = []
  for (let at = 0; at + wanted.length <= fileLines.length; at += 1) {
    if (!wanted.every((line, index) => line === normal[at + index])) continue
    const matched = fileLines.slice(at, at + wanted.length)
    const fresh = newLines.slice(head, newLines.length - tail)
    const translate = indentTranslation(oldLines, matched)
    const placed = rung.indentation
      ? fresh.map((line) => translate === undefined ? undefined : reindent(line, translate))
      : fresh
    const start = starts[at] ?? 0
    places.push(start)
    const last = at + wanted.length - 1
    if (placed.every((line) => line !== undefined)) {
      const merged = [...matched.slice(0, head), ...placed, ...matched.slice(matched.length - tail)]
      const lineEnd = (starts[last] ?? 0) + (fileLines[last] ?? "").length
      // A block that ends with a line break takes the file's along; at the end of a file there may be none.
      const takesBreak = closed && lineEnd < text.length
      const end = takesBreak ? lineEnd + 1 : lineEnd
      const body = merged.join("\n")
      const kept = takesBreak && replacement.endsWith("\n")
      spans.push({ start, end, replacement: kept ? `${body}\n` : body })
    }
    at = last
  }
  return { step: rung.step, places, spans: spans.length === places.length ? spans : undefined }
}

/**
 * Where `old` stands in `text` (both with LF line breaks), by the first rung of the ladder that finds anything: exactly; line
 * by line without trailing blanks; without indentation, the new lines taking over the file's; with typographic punctuation
 * taken as plain. There is no similarity threshold: a match is all of `old` or none.
 */
export const findSpans = (text: string, old: string, replacement: string): Found => {
  const exact = exactSpans(text, old, replacement)
  if (exact.length > 0) return { step: "exact", places: exact.map(({ start }) => start), spans: exact }
  for (const rung of rungs) {
    const found = lineSpans(text, old, replacement, rung)
    if (found.places.length > 0) return found
  }
  return nothing("exact")
}
