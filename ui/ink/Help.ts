import { commandHelp } from "../text/Commands.ts"
import { type Line, line, span, width, wrapWords } from "../text/Line.ts"
import { otherKeys, proposalKeys } from "./Keys.ts"

type Rows = ReadonlyArray<readonly [string, string]>

/** In windows narrower than this the meaning stands below its key. */
const BESIDE = 60

/** Two columns, the right one wrapped within itself; in a narrow window one below the other. */
const table = (rows: Rows, columns: number): ReadonlyArray<Line> => {
  const left = columns < BESIDE ? 2 : Math.max(...rows.map(([name]) => width(name))) + 2
  return rows.flatMap(([name, meaning]): ReadonlyArray<Line> => {
    const lines = wrapWords(meaning, Math.max(8, columns - left - 2))
    const below = columns < BESIDE
    const head = span(`  ${below ? name : name.padEnd(left)}`, { color: "cyan" })
    const rest = (below ? lines : lines.slice(1)).map((text) => line(`  ${" ".repeat(left)}${text}`))
    return [below ? [head] : [head, span(lines[0] ?? "")], ...rest]
  })
}

/** The help text for a window, made from the tables that the keys and commands themselves are read from. */
export const helpLines = (columns: number): ReadonlyArray<Line> => [
  line("at a proposed call", { bold: true }),
  ...table(proposalKeys.map(({ help, key }) => [key, help]), columns),
  line("elsewhere", { bold: true }),
  ...table(otherKeys, columns),
  line("commands", { bold: true }),
  ...table(commandHelp, columns)
]
