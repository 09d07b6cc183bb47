import type { AskedCall, Call } from "../../core/domain/Call.ts"
import type { Preview } from "../../core/domain/ToolResult.ts"
import { type Line, line, span } from "./Line.ts"
import { visible, visibleLines } from "./Visible.ts"

const text = (value: unknown): string => typeof value === "string" ? value : JSON.stringify(value) ?? String(value)

/** The argument that says most about a call: its command, path or pattern, else its first one. */
const subject = (call: AskedCall): string => {
  const { arguments: args } = call
  for (const key of ["command", "path", "pattern"]) {
    if (typeof args[key] === "string") return args[key]
  }
  const first = Object.values(args)[0]
  return first === undefined ? "" : text(first)
}

/** A call on one line: tool and subject. Line breaks are shown as `⏎`; the body shows the whole. */
export const callTitle = (call: AskedCall): Line => [
  span(visible(call.tool), { bold: true, color: "cyan" }),
  span(`  ${visible(subject(call).replace(/\n/g, "⏎"))}`)
]

const diffLine = (raw: string): Line => {
  const shown = visible(raw)
  if (raw.startsWith("+++") || raw.startsWith("---")) return line(shown, { dim: true })
  if (raw.startsWith("@@")) return line(shown, { color: "cyan" })
  if (raw.startsWith("+")) return line(shown, { color: "green" })
  if (raw.startsWith("-")) return line(shown, { color: "red" })
  return line(shown)
}

const diffLines = (diff: string): ReadonlyArray<Line> => diff.replace(/\n$/, "").split("\n").map(diffLine)

const argumentLines = (name: string, value: unknown): ReadonlyArray<Line> => {
  const [first = "", ...rest] = visibleLines(text(value))
  const label = visible(name)
  return [
    [span(`${label}: `, { dim: true }), span(first)],
    ...rest.map((more) => line(`${" ".repeat(label.length + 2)}${more}`))
  ]
}

/** Every argument in full. */
export const argumentsBody = (call: Call): ReadonlyArray<Line> =>
  Object.entries(call.arguments).flatMap(([name, value]) => argumentLines(name, value))

/** What a call would do, in full: its preview if it has one, else every argument. A command is always shown whole, and once. */
export const callBody = (call: Call, preview: Preview | undefined): ReadonlyArray<Line> => {
  if (preview === undefined) return argumentsBody(call)
  const notes = (preview.notes ?? []).flatMap(visibleLines).map((note) => line(note, { color: "yellow" }))
  if (preview._tag === "Diff") return [...notes, ...diffLines(preview.diff)]
  const shown = [...notes, ...visibleLines(preview.text).map((one) => line(one))]
  const { command } = call.arguments
  return typeof command === "string" && preview.text !== command ? [...argumentsBody(call), ...shown] : shown
}

/** What was repaired in what the model said, on a line of its own each. */
export const repairLines = (repairs: ReadonlyArray<string> = []): ReadonlyArray<Line> =>
  repairs.map((repair) => line(`read so: ${visible(repair)}`, { color: "yellow" }))
