import stringWidth from "string-width"

/** ANSI colour names only, so that every terminal theme stays readable. Meaning never rests on colour alone. */
type Color = "red" | "green" | "yellow" | "blue" | "magenta" | "cyan"

/** A run of text in one style. Holds no control characters (see `visible`). */
export interface Span {
  readonly text: string
  readonly color?: Color
  readonly bold?: boolean
  readonly dim?: boolean
}

/** One line of the screen, before wrapping. */
export type Line = ReadonlyArray<Span>

export const span = (text: string, style: Omit<Span, "text"> = {}): Span => ({ text, ...style })
export const line = (text: string, style: Omit<Span, "text"> = {}): Line => [span(text, style)]
export const plain = (spans: Line): string => spans.map((part) => part.text).join("")

/** Lines that belong to the one above them. */
export const indented = (lines: ReadonlyArray<Line>): ReadonlyArray<Line> => lines.map((one) => [span("  "), ...one])

/** The first lines, and how many more there are; one more is shown. */
export const capped = (lines: ReadonlyArray<Line>, limit: number): ReadonlyArray<Line> =>
  lines.length <= limit + 1
    ? lines
    : [...lines.slice(0, limit), line(`… ${lines.length - limit} more lines`, { dim: true })]

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" })
const isAscii = (text: string) => /^[\x20-\x7e]*$/.test(text)

/** Grapheme clusters of a text, in order. */
export const graphemes = (text: string): ReadonlyArray<string> =>
  isAscii(text) ? text.split("") : Array.from(segmenter.segment(text), (part) => part.segment)

/** Terminal cells a text takes. */
export const width = (text: string): number => isAscii(text) ? text.length : stringWidth(text)

/**
 * Breaks a line after `columns` cells, styles kept. Nothing is dropped: joined again, the pieces are the line. An empty
 * line is one piece.
 */
export const wrapLine = (spans: Line, columns: number): ReadonlyArray<Line> => {
  const limit = Math.max(1, columns)
  const rows: Array<Line> = []
  let row: Array<Span> = []
  let used = 0
  const breakRow = () => {
    rows.push(row)
    row = []
    used = 0
  }
  for (const part of spans) {
    let piece = ""
    const flush = () => {
      if (piece.length > 0) row.push({ ...part, text: piece })
      piece = ""
    }
    const units = isAscii(part.text) ? asciiPieces(part.text, limit, limit - used) : graphemes(part.text)
    for (const unit of units) {
      const cells = width(unit)
      if (used + cells > limit && used > 0) {
        flush()
        breakRow()
      }
      piece += unit
      used += cells
    }
    flush()
  }
  if (row.length > 0 || rows.length === 0) rows.push(row)
  return rows
}

/** Breaks a text at spaces where it can, else as `wrapLine` does. For prose; spaces at breaks are dropped. */
export const wrapWords = (text: string, columns: number): ReadonlyArray<string> => {
  const rows: Array<string> = []
  let row = ""
  for (const word of text.split(" ")) {
    const joined = row === "" ? word : `${row} ${word}`
    if (width(joined) <= columns) {
      row = joined
      continue
    }
    if (row !== "") rows.push(row)
    const pieces = wrapLine(line(word), columns).map(plain)
    rows.push(...pieces.slice(0, -1))
    row = pieces.at(-1) ?? ""
  }
  return [...rows, row]
}

/** Long runs of ASCII are cut by length: measuring each character of a large diff would stall the screen. */
const asciiPieces = (text: string, limit: number, room: number): ReadonlyArray<string> => {
  const pieces: Array<string> = []
  let start = 0
  let take = room > 0 ? room : limit
  while (start < text.length) {
    pieces.push(text.slice(start, start + take))
    start += take
    take = limit
  }
  return pieces
}

export const wrapLines = (lines: ReadonlyArray<Line>, columns: number): ReadonlyArray<Line> =>
  lines.flatMap((one) => wrapLine(one, columns))

/** The line cut to `columns` cells, ending in `…` when something was left out. */
export const truncateLine = (spans: Line, columns: number): Line => {
  const rows = wrapLine(spans, columns)
  const first = rows[0] ?? []
  if (rows.length <= 1) return first
  const kept = wrapLine(spans, Math.max(1, columns - 1))[0] ?? []
  return [...kept, span("…", { dim: true })]
}
