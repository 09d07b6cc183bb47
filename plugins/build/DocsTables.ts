import { settingsHelp } from "../../core/config/Help.ts"
import { settingKeys } from "../../core/config/Settings.ts"
import { otherKeys, proposalKeys } from "../../ui/ink/Keys.ts"
import { commandHelp } from "../../ui/text/Commands.ts"
import { objectives } from "../Objectives.ts"
import { bundledNames } from "../registry.ts"
import { trainers } from "../Trainers.ts"

const row = (...cells: ReadonlyArray<string>): string =>
  `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`
const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<string>): string =>
  [row(...head), `|${head.map(() => "---|").join("")}`, ...rows].join("\n")
const code = (text: string): string => `\`${text}\``

const whole = objectives.filter(({ isFixed }) => !isFixed)
const fixed = objectives.filter(({ isFixed }) => isFixed)
/** What every objective takes, so that a table need not say it seven times. */
const common = settingKeys.filter((key) => whole.every(({ settings }) => settings.includes(key)))

/** The tables that docs pages hold between `<!-- NAME: … -->` and `<!-- /NAME -->`. */
const tables: Readonly<Record<string, () => string>> = {
  settings: () =>
    table(
      ["key", "values", "default", "meaning"],
      settingsHelp(bundledNames).map(({ default: byDefault, key, meaning, values }) =>
        row(code(key), values, byDefault, meaning)
      )
    ),
  "keys at a call": () => table(["key", "does"], proposalKeys.map(({ help, key }) => row(code(key), help))),
  "other keys": () => table(["key", "does"], otherKeys.map(([key, meaning]) => row(code(key), meaning))),
  commands: () => table(["command", "does"], commandHelp.map(([command, help]) => row(code(command), help))),
  trainers: () =>
    table(
      ["`trainer=`", "where it runs", "settings that reach it"],
      trainers.map(({ name, settings, summary }) => row(code(name), summary, settings.map(code).join(", ")))
    ),
  objectives: () =>
    [
      table(
        ["`objective=`", "what it teaches with", "settings of its own"],
        objectives.map(({ isFixed, name, settings, summary }) =>
          row(
            code(name),
            summary,
            isFixed
              ? `only ${settings.map(code).join(", ")}`
              : settings.filter((key) => !common.includes(key)).map(code).join(", ")
          )
        )
      ),
      "",
      `Every objective but ${fixed.map(({ name }) => code(name)).join(", ")} also takes ${common.map(code).join(", ")}.`
    ].join("\n")
}

/** The page with its tables as the code has them now. Fails on a mark that is not closed. */
export const withTables = (page: string): string =>
  Object.entries(tables).reduce((text, [name, make]) => {
    const open = new RegExp(`<!-- ${name}: [^\n]*-->\n`).exec(text)
    if (open === null) return text
    const from = open.index + open[0].length
    const to = text.indexOf(`\n<!-- /${name} -->`, from)
    if (to === -1) throw new Error(`<!-- /${name} --> is missing`)
    return text.slice(0, from) + make() + text.slice(to)
  }, page)
