import { commandHelp } from "../text/Commands.ts"
import { type Line, line, span } from "../text/Line.ts"
import { otherKeys, proposalKeys } from "./Keys.ts"

const table = (rows: ReadonlyArray<readonly [string, string]>): ReadonlyArray<Line> =>
  rows.map(([left, right]) => [span(`  ${left.padEnd(16)}`, { color: "cyan" }), span(right)])

/** The help text, made from the tables that the keys and commands themselves are read from. */
export const helpLines: ReadonlyArray<Line> = [
  line("at a proposed call", { bold: true }),
  ...table(proposalKeys.map(({ help, key }) => [key, help])),
  line("elsewhere", { bold: true }),
  ...table(otherKeys),
  line("commands", { bold: true }),
  ...table(commandHelp)
]
