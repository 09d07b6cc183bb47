import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeChildProcessSpawner from "@effect/platform-node/NodeChildProcessSpawner"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as References from "effect/References"
import * as Runtime from "effect/Runtime"
import { totalmem } from "node:os"
import { runSession } from "../../core/Agent.ts"
import type { Launch } from "../../core/defineAgent.ts"
import { Learner } from "../../core/Learner.ts"
import { dataNotice, FOREIGN_MODEL } from "../../core/lessons/DataStatement.ts"
import { Lessons } from "../../core/Lessons.ts"
import { Ui } from "../../core/Ui.ts"
import { Workspace } from "../../core/Workspace.ts"
import { assemble } from "../host/Assemble.ts"
import { mustTell } from "../host/ProjectState.ts"
import { registry } from "../registry.ts"
import type { Arguments } from "./Parse.ts"
import type { Command, CommandArguments, Machine, Place } from "./CommandSpec.ts"
import { prepare } from "./Prepare.ts"
import { say } from "./Say.ts"
import { endOnTerminate, TERMINATED } from "./Terminate.ts"

export interface Start {
  readonly args: Arguments
  readonly directory: string
  readonly home: string
  readonly interactive: boolean
}

const machine = NodeChildProcessSpawner.layer.pipe(
  Layer.provideMerge(Layer.mergeAll(NodeFileSystem.layer, NodePath.layer))
)

/**
 * Says what is stored and what is sent where, and with the bundled model how to have a coder: once in a project, and again when
 * it goes elsewhere. Between the lines of a
 * headless interface there are only events that somebody may count, so there it is on standard error.
 */
const firstNotice = Effect.fnUntraced(function*({ interactive, projectState, settings, stateDirectory }: Launch) {
  const { present } = yield* Lessons
  const { training: learning } = yield* Learner
  const backend = present?.backend ?? FOREIGN_MODEL
  if (!(yield* mustTell(projectState, backend.sendsTo))) return
  const { coderHint } = yield* Effect.promise(() => import("../models/Choices.ts"))
  const message = dataNotice({ backend, stateDirectory, learning, chosen: false })
    + (settings.model_name === "pocket" && backend.modelName === "pocket" ? `\n${coderHint(totalmem())}` : "")
  yield* interactive ? Ui.use(({ show }) => show({ _tag: "Notice", message })) : say(message)
})

const session = Effect.fnUntraced(function*({ args, directory, home, interactive }: Start) {
  const { definition, launch } = yield* prepare({ ...args, interactive }, { directory, home })
  const services = yield* assemble(definition, launch, registry)
  yield* firstNotice(launch).pipe(
    Effect.andThen(runSession({
      seed: launch.settings.seed,
      ...(launch.resume === undefined ? {} : { resume: launch.resume })
    })),
    Effect.provide(services.pipe(Layer.provideMerge(Workspace.layer(launch.workspace))))
  )
})

const explain = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  return Cause.hasFails(cause) && error instanceof Error ? error.message : Cause.pretty(cause)
}

/** Runs work as this process and ends it with one of the exit codes of `--help`. */
const runAsProcess = <E>(work: Effect.Effect<void, E, Machine>): void => {
  const wasTerminated = endOnTerminate(process)
  NodeRuntime.runMain(
    work.pipe(
      Effect.tapCause((cause) => Cause.hasInterruptsOnly(cause) ? Effect.void : say(explain(cause))),
      Effect.provide(machine),
      Effect.provideService(References.LogToStderr, true)
    ),
    {
      disableErrorReporting: true,
      // Errors carry their exit code. A headless interface has set the code of its last turn by now.
      teardown: (exit, onExit) =>
        Runtime.defaultTeardown(
          exit,
          (code) => onExit(wasTerminated() ? TERMINATED : code || Number(process.exitCode ?? 0))
        )
    }
  )
}

/** Runs the agent. */
export const main = (start: Start): void => runAsProcess(session(start))

/** Runs a command that ends by itself. */
export const runCommand = (command: Command, args: CommandArguments, place: Place): void =>
  runAsProcess(command.run(args, place))
