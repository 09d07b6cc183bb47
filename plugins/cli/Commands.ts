import { parseArgs } from "node:util"
import type { ConfigError } from "../../core/config/Decode.ts"
import { configError } from "../../core/config/Decode.ts"
import { didYouMean } from "../../core/config/DidYouMean.ts"
import type { Command } from "./commands/Command.ts"

interface Listed {
  readonly summary: string
  /** Flags beside those that every command has. */
  readonly flags: Readonly<Record<string, { readonly type: "string" | "boolean" }>>
  /** What `--output` may be; default: text or json. A command that knows `html` finds a flag of that name. */
  readonly outputs?: ReadonlyArray<string>
  readonly load: () => Promise<Command>
}

/** What can be done without a session, by the first word of the command line. */
export const COMMANDS: Readonly<Record<string, Listed>> = {
  lessons: {
    summary: "what was learned: list, show, undo, forget, replay, export, import, where",
    flags: { form: { type: "string" }, adapter: { type: "boolean" }, objective: { type: "string" } },
    load: () => import("./commands/Lessons.ts").then(({ lessonsCommand }) => lessonsCommand)
  },
  adapters: {
    summary: "the project's adapters: list, create, switch, copy, delete, push-user",
    flags: { from: { type: "string" }, as: { type: "string" } },
    load: () => import("./commands/Adapters.ts").then(({ adaptersCommand }) => adaptersCommand)
  },
  metrics: {
    summary: "what was learned, in numbers and charts: text, json, or a page (html)",
    flags: {},
    outputs: ["text", "json", "html"],
    load: () => import("../metrics/Command.ts").then(({ metricsCommand }) => metricsCommand)
  },
  probe: {
    summary: "ask in fresh contexts whether corrections still hold, and how that changed over time",
    flags: {},
    load: () => import("../probe/Command.ts").then(({ probeCommand }) => probeCommand)
  },
  learn: {
    summary: "whether corrections teach in this project: on, off, status",
    flags: {},
    load: () => import("./commands/Learn.ts").then(({ learnCommand }) => learnCommand)
  },
  doctor: {
    summary: "what the trainers need, what is there, and which models fit",
    flags: {},
    load: () => import("../doctor/index.ts").then(({ doctorCommand }) => doctorCommand)
  }
}

export interface CommandArguments {
  readonly help: boolean
  readonly output: "text" | "json"
  readonly agent?: string
  /** Whether code that the project brings along is agreed to. */
  readonly trust?: boolean
  /** Words that are neither flags nor settings, in order. */
  readonly words: ReadonlyArray<string>
  /** `key=value` settings, as written. */
  readonly keys: ReadonlyArray<string>
  readonly flags: Readonly<Record<string, string | boolean>>
}

const SETTING = /^[a-z_]+=/

/** Takes apart what follows the command's name. */
export const parseCommand = (name: string, argv: ReadonlyArray<string>): CommandArguments | ConfigError => {
  const own = COMMANDS[name]?.flags ?? {}
  const known = [...Object.keys(own), "output", "agent", "trust", "help"].map((flag) => `--${flag}`)
  try {
    const { positionals, values } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        ...own,
        output: { type: "string" },
        agent: { type: "string" },
        trust: { type: "boolean" },
        help: { type: "boolean", short: "h" }
      }
    })
    const { agent, help, output = "text", trust, ...given } = values
    const outputs = COMMANDS[name]?.outputs ?? ["text", "json"]
    if (typeof output !== "string" || !outputs.includes(output)) {
      return configError(`--output ${String(output)} is not allowed: ${outputs.join(" or ")}.`)
    }
    const settings = positionals.filter((word) => SETTING.test(word))
    const named = settings.findLast((word) => word.startsWith("agent="))?.slice("agent=".length)
    const file = typeof agent === "string" ? agent : named
    const flags = Object.entries(given).flatMap(([flag, value]) =>
      typeof value === "string" || typeof value === "boolean" ? [[flag, value] as const] : []
    )
    return {
      help: help === true,
      output: output === "json" ? "json" : "text",
      ...(file === undefined ? {} : { agent: file }),
      ...(trust === true ? { trust } : {}),
      words: positionals.filter((word) => !SETTING.test(word)),
      keys: settings.filter((word) => !word.startsWith("agent=")),
      flags: { ...Object.fromEntries(flags), ...(output === "html" ? { html: true } : {}) }
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const flag = /Unknown option '([^']+)'/.exec(message)?.[1]
    return configError(
      flag === undefined
        ? `${message.replace(/\n[\s\S]*/, "")} See continualcode ${name} --help.`
        : `unknown flag ${flag}.${didYouMean(flag, known)} Flags of ${name}: ${known.join(", ")}.`
    )
  }
}
