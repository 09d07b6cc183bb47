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
import { findAgent, namedAgent } from "../host/FindAgent.ts"
import { unreachable } from "../host/FixedParts.ts"
import { prepareLaunch } from "../host/Launch.ts"
import { loadAgent } from "../host/LoadAgent.ts"
import { trustNote } from "../host/Trust.ts"
import { registry } from "../registry.ts"
import type { Arguments } from "./Arguments.ts"
import { defaultAgent } from "./DefaultAgent.ts"

export interface Start {
  readonly args: Arguments
  readonly directory: string
  readonly home: string
  readonly interactive: boolean
}

const machine = NodeChildProcessSpawner.layer.pipe(
  Layer.provideMerge(Layer.mergeAll(NodeFileSystem.layer, NodePath.layer))
)

const say = (message: string): Effect.Effect<void> =>
  Effect.sync(() => {
    for (const line of message.split("\n")) process.stderr.write(`continualcode: ${line}\n`)
  })

const session = Effect.fnUntraced(function*({ args, directory, home, interactive }: Start) {
  const { agent, keys, output, prompt } = args
  const request = { keys, directory, output, interactive, ...(prompt === undefined ? {} : { prompt }) }
  const bundled = yield* loadAgent(defaultAgent)
  const file = agent === undefined ? yield* findAgent(directory, home) : yield* namedAgent(agent, directory)
  if (file !== undefined) {
    const { projectState } = yield* prepareLaunch(bundled, request)
    const note = yield* trustNote(file, projectState)
    if (note !== undefined) yield* say(note)
  }
  const definition = file === undefined ? bundled : { ...bundled, ...(yield* loadAgent(file)) }
  const launch = yield* prepareLaunch(definition, request)
  yield* Effect.forEach(unreachable(definition, keys), say)
  const services = yield* assemble(definition, launch, registry)
  yield* runSession({ seed: launch.settings.seed }).pipe(
    Effect.provide(services.pipe(Layer.provideMerge(Workspace.layer(launch.workspace))))
  )
})

/** Errors of what the person wrote, as opposed to what went wrong while running. */
const CONFIGURATION: ReadonlySet<unknown> = new Set(["ConfigError", "LedgerBusy", "ToolListError"])

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

/** Runs the agent as this process. Exit codes are those of `--help`. */
export const main = (start: Start): void =>
  NodeRuntime.runMain(
    session(start).pipe(
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
