import { type ConfigError, configError } from "../../core/config/Decode.ts"
import { didYouMean } from "../../core/config/DidYouMean.ts"
import type { Flag } from "./CommandSpec.ts"

/** A command line without meaning yet. */
export interface Words {
  /** Values of flags, `true` for switches. Of a repeated one the last counts. */
  readonly flags: Readonly<Record<string, string | true>>
  /** Words that are neither flags nor settings, in order. */
  readonly words: ReadonlyArray<string>
  /** `key=value` settings, as written. */
  readonly keys: ReadonlyArray<string>
}

/** A setting: a name of letters, then `=`. */
export const SETTING = /^[A-Za-z][\w-]*=/

/** The flag that an argument begins with, and its value where that is written with it: `--flag=value`. */
export const flagIn = (word: string, flags: ReadonlyArray<Flag>): { flag: Flag; value?: string } | undefined => {
  const [, name, value] = /^--([^=]+)(?:=([\s\S]*))?$/.exec(word) ?? []
  const flag = flags.find((one) =>
    name === undefined ? one.short !== undefined && word === `-${one.short}` : one.name === name
  )
  return flag === undefined ? undefined : value === undefined ? { flag } : { flag, value }
}

const written = (flags: ReadonlyArray<Flag>): string =>
  flags.flatMap(({ name, short }) => [...(short === undefined ? [] : [`-${short}`]), `--${name}`]).join(", ")

/** What is said of a flag without its value. */
const needs = ({ name, short, value }: Flag): string =>
  name === "prompt"
    ? `-${short ?? ""} needs a task: -p "fix the test".`
    : name === "resume"
    ? "--resume needs the id of a session: `continualcode sessions` lists them, --continue takes the newest."
    : `--${name} needs a value: --${name} ${value ?? ""}.`

/**
 * Splits a command line into flags, settings and other words, in any order; after `--` there are only words. `what` says whose
 * flags they are.
 */
export const parseWords = (
  argv: ReadonlyArray<string>,
  flags: ReadonlyArray<Flag>,
  { more, whose }: { readonly whose: string; readonly more: string }
): Words | ConfigError => {
  const given: Record<string, string | true> = {}
  const keys: Array<string> = []
  const words: Array<string> = []
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? ""
    if (word === "--") {
      words.push(...argv.slice(i + 1))
      break
    }
    if (!/^-./.test(word)) {
      const kind = SETTING.test(word) ? keys : words
      kind.push(word)
      continue
    }
    const found = flagIn(word, flags)
    if (found === undefined) {
      const name = word.replace(/=.*$/s, "")
      const meant = didYouMean(name, flags.map((flag) => `--${flag.name}`))
      return configError(`unknown flag ${name}.${meant} Flags${whose}: ${written(flags)}. ${more}`.trimEnd())
    }
    const { flag, value } = found
    if (flag.value === undefined) {
      if (value !== undefined) return configError(`--${flag.name} takes no value. Write it alone.`)
      given[flag.name] = true
      continue
    }
    const next = value ?? argv[++i]
    const missing = next === undefined || (value === undefined && flagIn(next, flags) !== undefined)
    if (missing || next.trim() === "") return configError(needs(flag))
    given[flag.name] = next
  }
  return { flags: given, words, keys }
}
