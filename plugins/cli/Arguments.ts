import { parseArgs } from "node:util"
import type { ConfigError } from "../../core/config/Decode.ts"
import { configError } from "../../core/config/Decode.ts"
import { didYouMean } from "../../core/config/DidYouMean.ts"
import type { PermissionSet } from "../../core/permissions/PermissionSet.ts"
import { COMMANDS } from "./Commands.ts"
import { takePermissionFlags } from "./PermissionFlags.ts"

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
  /** `key=value` settings, as written. */
  readonly keys: ReadonlyArray<string>
}

const FLAGS = ["--prompt", "--output", "--agent", "--trust", "--help", "--version"]

/** Splits the command line into flags and `key=value` settings; `agent=PATH` is the same as `--agent PATH`. */
export const parseArguments = (argv: ReadonlyArray<string>): Arguments | ConfigError => {
  const taken = takePermissionFlags(argv)
  if (taken instanceof Error) return taken
  try {
    const { positionals, values } = parseArgs({
      args: [...taken.rest],
      allowPositionals: true,
      options: {
        prompt: { type: "string", short: "p" },
        output: { type: "string" },
        agent: { type: "string" },
        trust: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
        version: { type: "boolean", default: false }
      }
    })
    const output = values.output ?? "text"
    if (output !== "text" && output !== "json") return configError(`--output ${output} is not allowed: text or json.`)
    if (values.prompt?.trim() === "") return configError("-p needs a task: -p \"fix the test\".")
    const [word] = positionals
    const meant = word === undefined || word.includes("=") ? "" : didYouMean(word, Object.keys(COMMANDS))
    if (meant !== "") {
      return configError(`${word} is not a command.${meant} Commands: ${Object.keys(COMMANDS).join(", ")}.`)
    }
    const named = positionals.findLast((word) => word.startsWith("agent="))?.slice("agent=".length)
    const agent = values.agent ?? named
    return {
      help: values.help,
      version: values.version,
      output,
      trust: values.trust,
      permissions: taken.permissions,
      ...(values.prompt === undefined ? {} : { prompt: values.prompt }),
      ...(agent === undefined ? {} : { agent }),
      keys: positionals.filter((word) => !word.startsWith("agent="))
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const flag = /Unknown option '([^']+)'/.exec(message)?.[1]
    return configError(
      flag === undefined
        ? `${message.replace(/\n[\s\S]*/, "")} See --help.`
        : `unknown flag ${flag}.${didYouMean(flag, FLAGS)} Flags: -p, ${
          FLAGS.join(", ")
        }. Settings are written key=value.`
    )
  }
}
