import { settingsHelpText } from "../../core/config/Help.ts"
import { objectives } from "../Objectives.ts"
import { bundledNames } from "../registry.ts"
import { trainers } from "../Trainers.ts"
import { type CommandSpec, type Flag, flagsOf } from "./CommandSpec.ts"
import { commands, sessionFlags } from "./Tree.ts"

const list = (rows: ReadonlyArray<{ readonly name: string; readonly summary: string }>): string =>
  rows.map(({ name, summary }) => `  ${name.padEnd(22)} ${summary}`).join("\n")

const flagList = (flags: ReadonlyArray<Flag>): string => {
  const left = flags.map(({ name, short, value }) =>
    `  ${short === undefined ? "    " : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`
  )
  const width = Math.max(...left.map((text) => text.length))
  return flags.map(({ meaning }, index) => `${(left[index] ?? "").padEnd(width)}  ${meaning}`).join("\n")
}

/** What `continualcode COMMAND --help` prints. */
export const commandHelp = (spec: CommandSpec): string => {
  const lines = spec.usage.map(([line]) => `  continualcode ${spec.name} ${line}`.trimEnd())
  const width = Math.max(...lines.map((line) => line.length))
  const usage = spec.usage.map(([, meaning], index) => `${(lines[index] ?? "").padEnd(width)}  ${meaning}`)
  return `continualcode ${spec.name}: ${spec.title}

Usage
${usage.join("\n")}

${spec.notes}

Flags
${flagList(flagsOf(spec))}

Exit codes
  ${spec.exits}
`
}

/** What `continualcode --help` prints. */
export const helpText = (): string =>
  `continualcode: a coding agent that learns from your corrections

Usage
  continualcode [key=value …]                 talk to it in the terminal
  continualcode -p "task" [--output json]     run one task; verdicts come as lines on standard input
  continualcode COMMAND [key=value …]         one of the commands below; COMMAND --help says more

Commands
${list(commands)}

Flags
${flagList(sessionFlags)}
  --allow-read[=…]  let calls read without asking: all, or the paths listed; also --allow-write (paths), --allow-run
                    (beginnings of commands), --allow-net (hosts), --allow-env (variables)
  --deny-read[=…]   and never: each --allow flag has its --deny twin, which wins

Settings, key=value in any place (default)
${settingsHelpText(bundledNames)}

Trainers (trainer=)
${list(trainers)}

Objectives (objective=)
${list(objectives)}

Exit codes
  0 done   1 failed   2 a wrong argument, setting or agent.ts   3 a call got no verdict   130 interrupted   143 terminated
`
