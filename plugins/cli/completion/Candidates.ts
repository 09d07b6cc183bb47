import { settingsHelp } from "../../../core/config/Help.ts"
import { aboutSetting, type SettingKey } from "../../../core/config/Settings.ts"
import { bundledNames } from "../../registry.ts"
import { type Flag, flagsOf, type Names } from "../CommandSpec.ts"
import { permissionFlags } from "../PermissionFlags.ts"
import { flagIn, SETTING } from "../ParseWords.ts"
import { commands, sessionFlags } from "../Tree.ts"

export interface Candidate {
  readonly word: string
  readonly meaning: string
}

/** What may be written next: words, and whether names of files fit too. */
export interface Candidates {
  readonly words: ReadonlyArray<Candidate>
  readonly files: boolean
}

const none: Candidates = { words: [], files: false }
const files: Candidates = { words: [], files: true }
const plain = (words: ReadonlyArray<string>): Candidates => ({
  words: words.map((word) => ({ word, meaning: "" })),
  files: false
})

const settings = settingsHelp(bundledNames)
const isSetting = (key: string): key is SettingKey => settings.some((setting) => setting.key === key)

/** What a setting may be. */
const valuesOf = (key: string, adapters: ReadonlyArray<string>): Candidates => {
  if (key === "agent") return files
  if (key === "adapter") return plain(adapters)
  if (!isSetting(key)) return none
  const { choices } = settings.find((setting) => setting.key === key) ?? { choices: [] }
  return { ...plain(choices), files: aboutSetting(key).isPath }
}

const namesOf = (names: Names | undefined, adapters: ReadonlyArray<string>): Candidates => {
  if (names === undefined || names === "nothing") return none
  if (names === "file") return files
  if (names === "adapter") return plain(adapters)
  return "setting" in names ? valuesOf(names.setting, adapters) : plain(names)
}

const keys: ReadonlyArray<Candidate> = [
  ...settings.map(({ key, meaning }) => ({ word: `${key}=`, meaning })),
  { word: "agent=", meaning: "an agent.ts" }
]

/** What the words before the last one say: which flag waits for its value, and the words that are neither flags nor settings. */
const readBefore = (before: ReadonlyArray<string>) => {
  const words: Array<string> = []
  let flags: ReadonlyArray<Flag> = sessionFlags
  let waiting: Flag | undefined
  for (const word of before) {
    if (waiting !== undefined) {
      waiting = undefined
      continue
    }
    const found = flagIn(word, flags)
    if (found?.flag.value !== undefined && found.value === undefined) waiting = found.flag
    if (found !== undefined || SETTING.test(word)) continue
    words.push(word)
    const spec = words.length === 1 ? commands.find(({ name }) => name === word) : undefined
    if (spec !== undefined) flags = flagsOf(spec)
  }
  return { flags, waiting, words }
}

/**
 * What may stand where the last of `words` is begun, `""` when nothing of it is there yet. All that could, beginning as it
 * does.
 */
export const candidates = (words: ReadonlyArray<string>, adapters: ReadonlyArray<string>): Candidates => {
  const last = words.at(-1) ?? ""
  const { flags, waiting, words: [name, action, ...more] } = readBefore(words.slice(0, -1))
  const fitting = (found: Candidates, prefix = ""): Candidates => ({
    words: found.words
      .map(({ meaning, word }) => ({ word: `${prefix}${word}`, meaning }))
      .filter(({ word }) => word.startsWith(last)),
    files: found.files
  })
  if (waiting !== undefined) return fitting(namesOf(waiting.names, adapters))
  const assigned = /^(--)?([\w-]+)=/.exec(last)
  if (assigned !== null) {
    const [prefix, dashes, key = ""] = assigned
    return dashes === undefined
      ? fitting(valuesOf(key, adapters), prefix)
      : fitting(namesOf(flags.find((flag) => flag.name === key)?.names, adapters), prefix)
  }
  if (last.startsWith("-")) {
    const more = name === undefined
      ? permissionFlags.map((word) => ({ word, meaning: "what calls may do, or may not" }))
      : []
    return fitting({
      words: flags.map((flag) => ({ word: `--${flag.name}`, meaning: flag.meaning })).concat(more),
      files: false
    })
  }
  const spec = commands.find((command) => command.name === name)
  if (spec === undefined) {
    const here = name === undefined ? commands.map((command) => ({ word: command.name, meaning: command.summary })) : []
    return fitting({ words: [...here, ...keys], files: false })
  }
  if (action === undefined) {
    const actions = Object.entries(spec.actions).map(([word, { meaning }]) => ({ word, meaning }))
    return fitting({ words: [...actions, ...keys], files: false })
  }
  const named = spec.actions[action]?.words ?? []
  const found = namesOf(named[more.length], adapters)
  return fitting({ words: [...found.words, ...keys], files: found.files })
}
