import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"
import { WRONG_INPUT } from "./ExitCodes.ts"
import type { PermissionSet } from "./permissions/PermissionSet.ts"

/** A runner that cannot be had, or cannot contain a command. */
export class RunnerError extends Schema.TaggedError<RunnerError>()("RunnerError", {
  /** `Missing`: not installed. `Unusable`: there, but this machine does not let it work. `Command`: this command cannot be contained. */
  reason: Schema.Literals(["Missing", "Unusable", "Command"]),
  message: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get [Runtime.errorExitCode](): number {
    return WRONG_INPUT
  }
}

/**
 * What a program may use up. While `run` waits, it looks at what all processes use together, and ends them when that is too much.
 * In between the system holds each process to some memory beyond, and bubblewrap those inside to some more of them.
 */
export interface RunnerLimits {
  /** Bytes that all processes have in memory: their own, and files in memory; not programs and what is read from files. */
  readonly memory?: number
  /** Processes and threads at once. */
  readonly processes?: number
  /** Of the clock; 60 when left out. */
  readonly seconds?: number
  /** Bytes, both streams together; 1 MiB when left out. */
  readonly output?: number
}

/** A command to contain. */
export interface RunnerCommand {
  readonly argv: readonly [string, ...ReadonlyArray<string>]
  /** Absolute path of the folder it runs in. */
  readonly cwd: string
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>
  /**
   * What it may reach; paths are absolute and real. Left out: everything may be read, nothing written, no host reached.
   * `run` is judged before a command gets here, and `env` is the caller's.
   */
  readonly permissions: PermissionSet
  readonly limits?: RunnerLimits
}

/** How a program ended: by itself, by a signal, or for going over a limit. */
export type RunEnding =
  | { readonly _tag: "Exit"; readonly code: number }
  | { readonly _tag: "Signal"; readonly name: string }
  | { readonly _tag: "Limit"; readonly limit: keyof RunnerLimits }

/** What came of a program. */
export interface RunOutcome {
  readonly ending: RunEnding
  /** What it wrote, as UTF-8, up to the limit. */
  readonly stdout: string
  readonly stderr: string
  /** Of the clock. */
  readonly seconds: number
  /** What the containment seems to have refused; see `Contained`. */
  readonly refusal?: string
}

/** How a contained command ended: its exit code, if it was not killed, and what it wrote. */
export interface Ended {
  readonly code: number | undefined
  readonly output: string
}

/** What to start in place of the command. */
export interface Contained {
  readonly argv: readonly [string, ...ReadonlyArray<string>]
  /** The folder to start it in, absolute. */
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /**
   * What the containment seems to have refused, as one sentence about what was not allowed and what the person can do, or
   * undefined. It is never the human's denial.
   */
  readonly refusal: (ended: Ended) => string | undefined
}

/** Isolates processes: commands of tools, plugins and graders alike. */
export class Runner extends Context.Service<Runner, {
  /** `none`, `bubblewrap`, `seatbelt`, … Shown to the user. */
  readonly name: string
  /** Why there is no better one, as a sentence that says what the person can do; absent where there is nothing to say. */
  readonly note?: string
  /** What it really holds; the rest is only asked for. */
  readonly holds: {
    readonly files: boolean
    /** Nothing of the network. */
    readonly network: boolean
    /** Some hosts and not others. */
    readonly hosts: boolean
    /** Every process of the command ends with the process that was started, even when the agent is killed. */
    readonly processes: boolean
  }
  /** The command to start, contained. What it needs meanwhile lasts as long as the runner. */
  readonly contain: (command: RunnerCommand) => Effect.Effect<Contained, RunnerError>
  /**
   * Runs a program under its limits until it ends or goes over one, with `input` to read, else none. Nothing of it is left
   * running, whatever it does and however this ends.
   */
  readonly run: (command: RunnerCommand, input?: string) => Effect.Effect<RunOutcome, RunnerError>
}>()("continualcode/Runner") {}
