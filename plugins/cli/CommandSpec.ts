import type * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import type * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import type { ConfigError } from "../../core/config/Decode.ts"
import type { SettingKey } from "../../core/config/Settings.ts"

/** Where a command was started. */
export interface Place {
  readonly directory: string
  readonly home: string
}

export type Machine = FileSystem.FileSystem | Path.Path | ChildProcessSpawner.ChildProcessSpawner

/** A command line taken apart. */
export interface CommandArguments {
  readonly help: boolean
  readonly output: string
  readonly agent?: string
  /** Whether code that the project brings along is agreed to. */
  readonly trust: boolean
  /** Words that are neither flags nor settings, in order. */
  readonly words: ReadonlyArray<string>
  /** `key=value` settings, as written. */
  readonly keys: ReadonlyArray<string>
  /** Flags of the command's own. */
  readonly flags: Readonly<Record<string, string | true>>
}

/** A command that runs and ends, without a session. Errors end with what the person can do. */
export interface Command {
  readonly run: (
    args: CommandArguments,
    place: Place
  ) => Effect.Effect<void, { readonly message: string }, Machine>
}

/** A command that only says something, at once: nothing of the agent is loaded for it. */
export interface Saying {
  readonly say: (args: CommandArguments, place: Place) => string | ConfigError
}

/** What a word or a flag's value names, for completion. */
export type Names = "adapter" | "file" | "nothing" | ReadonlyArray<string> | { readonly setting: SettingKey }

export interface Flag {
  readonly name: string
  readonly short?: string
  /** How help writes its value; absent for a switch. */
  readonly value?: string
  readonly names?: Names
  readonly meaning: string
}

export interface Action {
  /** What its words name, in order; the last one goes for all that follow. */
  readonly words: ReadonlyArray<Names>
  readonly meaning: string
}

/** One command as data: all that parsing, help and completion know of it. */
export interface CommandSpec {
  readonly name: string
  /** For the list of commands. */
  readonly summary: string
  /** The first line of its own help. */
  readonly title: string
  readonly usage: ReadonlyArray<readonly [line: string, meaning: string]>
  /** Paragraphs of its help. */
  readonly notes: string
  /** What its first word may be. */
  readonly actions: Readonly<Record<string, Action>>
  /** Flags of its own. */
  readonly flags: ReadonlyArray<Flag>
  /** What `--output` may be, the first one by default. */
  readonly outputs: ReadonlyArray<string>
  readonly exits: string
  /** Its code, loaded when it runs. */
  readonly load: () => Promise<Command | Saying>
}

/** Flags that name the project's agent, the same for a session and for commands. */
export const agentFlags: ReadonlyArray<Flag> = [
  {
    name: "agent",
    value: "PATH",
    names: "file",
    meaning: "an agent.ts; else the nearest one from here up to the repository's root"
  },
  { name: "trust", meaning: "agree to run the code that this project brings along (agent.ts)" }
]

/** Flags that every command has. */
const commonFlags = (outputs: ReadonlyArray<string>): ReadonlyArray<Flag> => [
  { name: "output", value: outputs.join("|"), names: outputs, meaning: `what is printed (${outputs[0] ?? ""})` },
  ...agentFlags,
  { name: "help", short: "h", meaning: "this page" }
]

export const flagsOf = ({ flags, outputs }: CommandSpec): ReadonlyArray<Flag> => [...flags, ...commonFlags(outputs)]
