import { type Line, line, span, width } from "./Line.ts"

const EIGHTHS = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

interface PlotOptions {
  /** Cells for the whole plot, labels included. */
  readonly columns: number
  /** Rows of bars. */
  readonly rows: number
  readonly format: (value: number) => string
  /** Default: the smallest of 0 and the values. */
  readonly low?: number
  /** Default: the largest value. */
  readonly high?: number
}

/** At most `columns` values: neighbours are averaged, so that the newest is always part of the last one. */
export const fitted = (values: ReadonlyArray<number>, columns: number): ReadonlyArray<number> => {
  if (values.length <= columns) return values
  return Array.from({ length: columns }, (_, column) => {
    const part = values.slice(
      Math.floor(column * values.length / columns),
      Math.floor((column + 1) * values.length / columns)
    )
    return part.reduce((sum, value) => sum + value, 0) / part.length
  })
}

/**
 * A bar chart for the terminal, one column for each value, oldest first, with the scale on its left. The lowest value is
 * a thin bar, values that are not finite leave a gap. Equal values with nothing below them fill half of the height.
 */
export const plot = (values: ReadonlyArray<number>, options: PlotOptions): ReadonlyArray<Line> => {
  const { format, rows } = options
  const finite = values.filter(Number.isFinite)
  if (finite.length === 0) return [line("  nothing yet", { dim: true })]
  const low = options.low ?? Math.min(0, ...finite)
  const high = options.high ?? Math.max(...finite)
  const range = high - low
  const labels = [format(high), format(low)]
  const margin = Math.max(...labels.map(width))
  const shown = fitted(values, Math.max(1, options.columns - margin - 4))
  const eighths = shown.map((value) =>
    Number.isFinite(value) ? Math.max(1, Math.round((range === 0 ? 0.5 : (value - low) / range) * rows * 8)) : 0
  )
  return Array.from({ length: rows }, (_, row): Line => {
    const floor = (rows - 1 - row) * 8
    const label = row === 0 ? labels[0] : row === rows - 1 ? labels[1] : ""
    const bars = eighths.map((height) => EIGHTHS[Math.min(8, Math.max(0, height - floor))] ?? " ").join("")
    return [span(`  ${(label ?? "").padStart(margin)} ┤`, { dim: true }), span(bars)]
  })
}
