import * as Schema from "effect/Schema"
import type * as SchemaAST from "effect/SchemaAST"
import { absentMeans, defaultSettings, settingKeys, Settings } from "./Settings.ts"

const valuesOf = (ast: SchemaAST.AST): string => {
  switch (ast._tag) {
    case "Boolean":
      return "true|false"
    case "Union":
      return ast.types.map((type) => type._tag === "Literal" ? String(type.literal) : valuesOf(type)).join("|")
    case "Number":
      return "number"
    default:
      return "text"
  }
}

export interface SettingHelp {
  readonly key: string
  readonly values: string
  readonly default: string
  readonly meaning: string
}

/** One row per setting, read off the schema. */
export const settingsHelp: ReadonlyArray<SettingHelp> = settingKeys.map((key) => {
  const field: Schema.Top = Settings.fields[key]
  return {
    key,
    values: valuesOf(field.ast),
    default: String(defaultSettings[key] ?? absentMeans[key] ?? ""),
    meaning: Schema.resolveAnnotations(field)?.description ?? ""
  }
})

/** The settings as `--help` prints them. */
export const settingsHelpText = (): string => {
  const left = settingsHelp.map(({ key, values }) => `${key}=${values}`)
  const width = Math.min(36, Math.max(...left.map((text) => text.length)))
  return settingsHelp.map((setting, index) => {
    const name = left[index] ?? ""
    const gap = name.length > width ? `\n  ${" ".repeat(width)}` : " ".repeat(width - name.length)
    return `  ${name}${gap}  ${setting.meaning} (${setting.default})`
  }).join("\n")
}
