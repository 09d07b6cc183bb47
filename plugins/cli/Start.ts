import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeChildProcessSpawner from "@effect/platform-node/NodeChildProcessSpawner"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as References from "effect/References"
import { runSession } from "../../core/Agent.ts"
import { Workspace } from "../../core/Workspace.ts"
import { assemble } from "../host/Assemble.ts"
import { registry } from "../registry.ts"
import type { Arguments } from "./Arguments.ts"
import type { Command, Machine, Place } from "./commands/Command.ts"
import type { CommandArguments } from "./Commands.ts"
import { prepare } from "./Prepare.ts"
import { say } from "./Say.ts"

export interface Start {
  readonly args: Arguments
  readonly directory: string
  readonly home: string
  readonly interactive: boolean
}

const machine = NodeChildProcessSpawner.layer.pipe(
  Layer.provideMerge(Layer.mergeAll(NodeFileSystem.layer, NodePath.layer))
)

const session = Effect.fnUntraced(function*({ args, directory, home, interactive }: Start) {
  const { definition, launch } = yield* prepare({ ...args, interactive }, { directory, home })
  const services = yield* assemble(definition, launch, registry)
  yield* runSession({ seed: launch.settings.seed }).pipe(
    Effect.provide(services.pipe(Layer.provideMerge(Workspace.layer(launch.workspace))))
  )
})

/** Errors of what the person wrote, as opposed to what went wrong while running. */
const CONFIGURATION: ReadonlySet<unknown> = new Set(["ConfigError", "LedgerBusy", "LessonsError", "ToolListError"])

const isConfiguration = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "_tag" in error
  && (CONFIGURATION.has(error._tag)
    || (error._tag === "BackendError" && "reason" in error && error.reason === "ModelFiles"))

const exitCode = <A, E>(exit: Exit.Exit<A, E>): number => {
  if (Exit.isSuccess(exit)) return 0
  if (Cause.hasInterruptsOnly(exit.cause)) return 130
  return isConfiguration(Cause.squash(exit.cause)) ? 2 : 1
}

const explain = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  return Cause.hasFails(cause) && error instanceof Error ? error.message : Cause.pretty(cause)
}

/** Runs work as this process and ends it with one of the exit codes of `--help`. */
const runAsProcess = <E>(work: Effect.Effect<void, E, Machine>): void =>
  NodeRuntime.runMain(
    work.pipe(
      Effect.tapCause((cause) => Cause.hasInterruptsOnly(cause) ? Effect.void : say(explain(cause))),
      Effect.provide(machine),
      Effect.provideService(References.LogToStderr, true)
    ),
    {
      disableErrorReporting: true,
      // A headless interface has set the code of its last turn by now.
      teardown: (exit, onExit) => onExit(exitCode(exit) || Number(process.exitCode ?? 0))
    }
  )

/** Runs the agent. */
export const main = (start: Start): void => runAsProcess(session(start))

/** Runs a command that ends by itself. */
export const runCommand = (command: Command, args: CommandArguments, place: Place): void =>
  runAsProcess(command.run(args, place))
