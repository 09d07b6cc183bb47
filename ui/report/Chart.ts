import { escaped } from "./Html.ts"

const WIDTH = 360
const HEIGHT = 202
const LEFT = 46
const RIGHT = 12
const TOP = 26
const BOTTOM = 26

interface Axis {
  readonly format: (value: number) => string
  readonly low?: number
  readonly high?: number
  /** What one step to the right is. */
  readonly each: string
  /** What the numbers on the left are. */
  readonly unit: string
}

const number = (value: number): string => value.toFixed(1)

interface Scale {
  readonly x: (index: number) => number
  readonly y: (value: number) => number
  readonly low: number
  readonly high: number
}

const scaleOf = (values: ReadonlyArray<number>, count: number, { high, low }: Axis): Scale => {
  const bottom = low ?? Math.min(0, ...values)
  const top = high ?? Math.max(...values)
  const range = top - bottom === 0 ? 1 : top - bottom
  const across = WIDTH - LEFT - RIGHT
  return {
    low: bottom,
    high: bottom + range,
    x: (index) => LEFT + (count <= 1 ? across / 2 : across * index / (count - 1)),
    y: (value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - (value - bottom) / range)
  }
}

const frame = ({ each, format, unit }: Axis, scale: Scale, count: number): string => {
  const ticks = [0, 0.5, 1].map((part) => scale.low + part * (scale.high - scale.low))
  return [
    `<text class="tick" x="0" y="11">${escaped(unit)}</text>`,
    ...ticks.map((value) => {
      const y = number(scale.y(value))
      return `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y}" y2="${y}"/>`
        + `<text class="tick" x="${LEFT - 6}" y="${y}" dy="4" text-anchor="end">${escaped(format(value))}</text>`
    }),
    `<text class="tick" x="${LEFT}" y="${HEIGHT - 8}">1</text>`,
    ...(count > 1
      ? [`<text class="tick" x="${WIDTH - RIGHT}" y="${HEIGHT - 8}" text-anchor="end">${count}</text>`]
      : []),
    `<text class="tick" x="${(WIDTH + LEFT - RIGHT) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${
      escaped(each)
    }</text>`
  ].join("")
}

/** A drawing that reads as its label and what it shows in words. */
const svg = (label: string, words: string, body: string, height = HEIGHT): string =>
  `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(`${label}: ${words}`)}">`
  + `<desc>${escaped(words)}</desc>${body}</svg>`

/** What a reader who does not see the drawing should know of its values. */
const inWords = (values: ReadonlyArray<number>, { each, format }: Pick<Axis, "each" | "format">): string => {
  const [first, last] = [values[0], values.at(-1)]
  if (first === undefined || last === undefined) return "nothing yet"
  if (values.length === 1) return `one ${each}, ${format(first)}`
  return `${values.length} values, one for each ${each}, from ${format(first)} to ${format(last)}, between ${
    format(Math.min(...values))
  } and ${format(Math.max(...values))}`
}

/** Where a value would be without a number there: nothing is drawn, nothing shifts. */
export type Point = { readonly value: number | undefined; readonly label: string }

const finite = (points: ReadonlyArray<Point>): ReadonlyArray<number> =>
  points.flatMap(({ value }) => value === undefined || !Number.isFinite(value) ? [] : [value])

/** A line through the points with a dot and a tooltip for each; `limit` is drawn across as a dashed line. */
export const lineChart = (
  label: string,
  points: ReadonlyArray<Point>,
  axis: Axis,
  limit?: { readonly value: number; readonly name: string }
): string => {
  const values = finite(points)
  const scale = scaleOf(limit === undefined ? values : [...values, limit.value], points.length, axis)
  const known = points.flatMap((point, index) =>
    point.value === undefined || !Number.isFinite(point.value) ? [] : [{ ...point, index, value: point.value }]
  )
  const path = known.map(({ index, value }, place) =>
    `${place === 0 ? "M" : "L"}${number(scale.x(index))} ${number(scale.y(value))}`
  ).join("")
  const radius = known.length > 60 ? 1.5 : 3
  const dots = known.map(({ index, label: name, value }) =>
    `<circle class="dot" cx="${number(scale.x(index))}" cy="${number(scale.y(value))}" r="${radius}">`
    + `<title>${escaped(`${name}: ${axis.format(value)}`)}</title></circle>`
  )
  const across = limit === undefined ? "" : `<line class="limit" x1="${LEFT}" x2="${WIDTH - RIGHT}" `
    + `y1="${number(scale.y(limit.value))}" y2="${number(scale.y(limit.value))}"/>`
    + `<text class="tick" x="${WIDTH - RIGHT}" y="${number(scale.y(limit.value))}" dy="-4" text-anchor="end">`
    + `${escaped(limit.name)}</text>`
  return svg(
    label,
    inWords(values, axis),
    `${frame(axis, scale, points.length)}${across}<path class="line" d="${path}"/>${dots.join("")}`
  )
}

export interface Change {
  readonly before: number
  readonly after: number
  readonly label: string
}

/** One upright line for each change: a ring where it was before, a dot where it is after. */
export const changeChart = (
  label: string,
  changes: ReadonlyArray<Change>,
  axis: Axis,
  kind: "good" | "bad"
): string => {
  const scale = scaleOf(changes.flatMap(({ after, before }) => [after, before]), changes.length, axis)
  const radius = changes.length > 40 ? 2 : 3.5
  const marks = changes.map(({ after, before, label: name }, index) => {
    const x = number(scale.x(index))
    const [from, to] = [number(scale.y(before)), number(scale.y(after))]
    return `<g class="${kind}"><title>${escaped(`${name}: ${axis.format(before)} to ${axis.format(after)}`)}</title>`
      + `<line class="change" x1="${x}" x2="${x}" y1="${from}" y2="${to}"/>`
      + `<circle class="ring" cx="${x}" cy="${from}" r="${radius}"/><circle class="mark" cx="${x}" cy="${to}" r="${radius}"/></g>`
  })
  const words = `before: ${inWords(changes.map(({ before }) => before), axis)}; after: ${
    inWords(changes.map(({ after }) => after), axis)
  }`
  return svg(label, words, frame(axis, scale, changes.length) + marks.join(""))
}

/** Horizontal bars with their names and values. */
export const barChart = (
  label: string,
  bars: ReadonlyArray<{ readonly name: string; readonly value: number }>,
  format: (value: number) => string
): string => {
  const most = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE)
  const row = 24
  const left = 116
  const room = WIDTH - left - 64
  const rows = bars.map(({ name, value }, index) => {
    const y = 6 + index * row
    const length = number(Math.max(1, room * value / most))
    return `<text class="name" x="${left - 8}" y="${y + 13}" text-anchor="end">${escaped(name)}</text>`
      + `<rect class="bar" x="${left}" y="${y + 2}" width="${length}" height="15" rx="3"/>`
      + `<text class="tick" x="${number(left + Number(length) + 6)}" y="${y + 13}">${escaped(format(value))}</text>`
  })
  const words = bars.map(({ name, value }) => `${name} ${format(value)}`).join(", ")
  return svg(label, words, rows.join(""), bars.length * row + 12)
}
