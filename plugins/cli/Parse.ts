import { ConfigError, configError } from "../../core/config/Decode.ts"
import { didYouMean } from "../../core/config/DidYouMean.ts"
import type { Resume } from "../../core/loop/Resume.ts"
import type { PermissionSet } from "../../core/permissions/PermissionSet.ts"
import { type CommandArguments, type CommandSpec, flagsOf } from "./CommandSpec.ts"
import { flagIn, parseWords, SETTING, type Words } from "./ParseWords.ts"
import { takePermissionFlags } from "./PermissionFlags.ts"
import { commandNames, commands, sessionFlags } from "./Tree.ts"

export interface Arguments {
  readonly help: boolean
  readonly version: boolean
  readonly prompt?: string
  readonly output: "text" | "json"
  /** Path of an agent file. */
  readonly agent?: string
  /** Whether code that the project brings along is agreed to. */
  readonly trust: boolean
  /** What the permission flags allow and deny. */
  readonly permissions: PermissionSet
  /** The earlier session to go on with. */
  readonly resume?: Resume
  /** `key=value` settings, as written. */
  readonly keys: ReadonlyArray<string>
}

const AGENT = "agent="

/** `agent=PATH` is the same as `--agent PATH`. */
const agentOf = ({ flags, keys }: Words): { readonly agent?: string } => {
  const { agent = keys.findLast((key) => key.startsWith(AGENT))?.slice(AGENT.length) } = flags
  return typeof agent === "string" ? { agent } : {}
}

const settingsOf = ({ keys }: Words): ReadonlyArray<string> => keys.filter((key) => !key.startsWith(AGENT))

const wrongOutput = (output: string | true, outputs: ReadonlyArray<string>): ConfigError =>
  configError(`--output ${String(output)} is not allowed: ${outputs.join(" or ")}.`)

/** `--fork` alone is about the newest session, as `--continue` is. */
const resumeOf = ({ flags }: Words): { readonly resume?: Resume } | ConfigError => {
  const { resume: id } = flags
  const [goesOn, fork] = [flags["continue"] === true, flags["fork"] === true]
  if (typeof id === "string") {
    return goesOn
      ? configError(`--continue goes on with the newest session, --resume ${id} with another: leave one out.`)
      : { resume: { id, fork } }
  }
  return goesOn || fork ? { resume: { fork } } : {}
}

/** Where the command's name stands: the first word that is no flag, no flag's value and no setting; -1 when there is none. */
const commandAt = (argv: ReadonlyArray<string>): number => {
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? ""
    if (word === "--") return -1
    if (SETTING.test(word)) continue
    if (!/^-./.test(word)) return i
    const found = flagIn(word, sessionFlags)
    if (found?.flag.value !== undefined && found.value === undefined) i++
  }
  return -1
}

/** Takes apart a command line that runs a session. */
export const parseSession = (argv: ReadonlyArray<string>): Arguments | ConfigError => {
  const taken = takePermissionFlags(argv)
  if (taken instanceof ConfigError) return taken
  const parsed = parseWords(taken.rest, sessionFlags, { whose: "", more: "Settings are written key=value." })
  if (parsed instanceof ConfigError) return parsed
  const resume = resumeOf(parsed)
  if (resume instanceof ConfigError) return resume
  const { flags, words } = parsed
  const { output = "text", prompt } = flags
  if (output !== "text" && output !== "json") return wrongOutput(output, ["text", "json"])
  const [word = ""] = words
  const meant = didYouMean(word, commandNames)
  if (meant !== "") return configError(`${word} is not a command.${meant} Commands: ${commandNames.join(", ")}.`)
  return {
    help: flags["help"] === true,
    version: flags["version"] === true,
    output,
    trust: flags["trust"] === true,
    permissions: taken.permissions,
    ...(typeof prompt === "string" ? { prompt } : {}),
    ...resume,
    ...agentOf(parsed),
    // Decoding the settings says what other words should have been.
    keys: [...settingsOf(parsed), ...words]
  }
}

/** Takes apart what stands around a command's name. */
const parseCommand = (spec: CommandSpec, argv: ReadonlyArray<string>): CommandArguments | ConfigError => {
  const { name, outputs } = spec
  const parsed = parseWords(argv, flagsOf(spec), { whose: ` of ${name}`, more: `See continualcode ${name} --help.` })
  if (parsed instanceof ConfigError) return parsed
  const { agent: _, help, output = outputs[0] ?? "text", trust, ...own } = parsed.flags
  if (typeof output !== "string" || !outputs.includes(output)) return wrongOutput(output, outputs)
  return {
    help: help === true,
    output,
    trust: trust === true,
    ...agentOf(parsed),
    words: parsed.words,
    keys: settingsOf(parsed),
    flags: own
  }
}

export type CommandLine =
  | { readonly _tag: "Session"; readonly args: Arguments }
  | { readonly _tag: "Command"; readonly spec: CommandSpec; readonly args: CommandArguments }

/** Takes apart a command line: `key=value` and flags may stand anywhere, before a command's name too. */
export const parseCommandLine = (argv: ReadonlyArray<string>): CommandLine | ConfigError => {
  const at = commandAt(argv)
  const spec = commands.find(({ name }) => name === argv[at])
  if (spec === undefined) {
    const args = parseSession(argv)
    return args instanceof ConfigError ? args : { _tag: "Session", args }
  }
  const args = parseCommand(spec, argv.toSpliced(at, 1))
  return args instanceof ConfigError ? args : { _tag: "Command", spec, args }
}
