import { COMMANDS } from "./Commands.ts"
import { settingsHelpText } from "../../core/config/Help.ts"
import { objectives } from "../Objectives.ts"
import { bundledNames } from "../registry.ts"
import { trainers } from "../Trainers.ts"

const list = (rows: ReadonlyArray<{ readonly name: string; readonly summary: string }>): string =>
  rows.map(({ name, summary }) => `  ${name.padEnd(22)} ${summary}`).join("\n")

const commandList = (): string => list(Object.entries(COMMANDS).map(([name, { summary }]) => ({ name, summary })))

export const helpText = (): string =>
  `continualcode: a coding agent that learns from your corrections

Usage
  continualcode [key=value …]                 talk to it in the terminal
  continualcode -p "task" [--output json]     run one task; verdicts come as lines on standard input
  continualcode COMMAND [key=value …]         one of the commands below; COMMAND --help says more

Commands
${commandList()}

Flags
  -p, --prompt TEXT      the one task to run
      --output text|json what is printed without a terminal (text)
      --agent PATH       an agent.ts; else the nearest one from here up to the repository's root
      --trust            agree to run the code that this project brings along (agent.ts)
      --allow-read[=…]   let calls read without asking: all, or the paths listed; also --allow-write (paths),
                         --allow-run (beginnings of commands), --allow-net (hosts), --allow-env (variables)
      --deny-read[=…]    and never: each --allow flag has its --deny twin, which wins
  -h, --help             this page
      --version          the version

Settings (default)
${settingsHelpText(bundledNames)}

Trainers (trainer=)
${list(trainers)}

Objectives (objective=)
${list(objectives)}

Exit codes
  0 done   1 failed   2 a wrong argument, setting or agent.ts   3 a call got no verdict   130 interrupted
`
