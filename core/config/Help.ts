import type * as Schema from "effect/Schema"
import type * as SchemaAST from "effect/SchemaAST"
import { aboutSetting, type SettingKey, settingKeys, Settings } from "./Settings.ts"

/** Names that a setting may be, where the schema only knows that it is a name: those of the bundled parts. */
export type BundledNames = { readonly [K in SettingKey]?: ReadonlyArray<string> }

const choicesOf = (ast: SchemaAST.AST): ReadonlyArray<string> => {
  switch (ast._tag) {
    case "Boolean":
      return ["true", "false"]
    case "Literal":
      return [String(ast.literal)]
    case "Union":
      return ast.types.flatMap(choicesOf)
    default:
      return []
  }
}

interface SettingHelp {
  readonly key: SettingKey
  /** All it may be, or none where that is no short list. */
  readonly choices: ReadonlyArray<string>
  readonly values: string
  readonly default: string
  readonly meaning: string
}

/** One row per setting, read off the schema. */
export const settingsHelp = (bundled: BundledNames = {}): ReadonlyArray<SettingHelp> =>
  settingKeys.map((key) => {
    const field: Schema.Top = Settings.fields[key]
    const choices = bundled[key] ?? choicesOf(field.ast)
    const { absent = "", default: byDefault = absent, meaning } = aboutSetting(key)
    return {
      key,
      choices,
      values: choices.length > 0 ? choices.join("|") : field.ast._tag === "Number" ? "number" : "text",
      default: String(byDefault),
      meaning
    }
  })

/** The settings as `--help` prints them. */
export const settingsHelpText = (bundled: BundledNames = {}): string => {
  const rows = settingsHelp(bundled)
  const left = rows.map(({ key, values }) => `${key}=${values}`)
  const width = Math.min(36, Math.max(...left.map((text) => text.length)))
  return rows.map((setting, index) => {
    const name = left[index] ?? ""
    const gap = name.length > width ? `\n  ${" ".repeat(width)}` : " ".repeat(width - name.length)
    return `  ${name}${gap}  ${setting.meaning} (${setting.default})`
  }).join("\n")
}
