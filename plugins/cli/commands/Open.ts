import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import type { Launch } from "../../../core/defineAgent.ts"
import type { FeedbackStore } from "../../../core/FeedbackStore.ts"
import { Learner } from "../../../core/Learner.ts"
import type { LearningSwitch } from "../../../core/LearningSwitch.ts"
import type { Lessons } from "../../../core/Lessons.ts"
import { Workspace } from "../../../core/Workspace.ts"
import { assembleLearning, ledgerOf } from "../../host/Assemble.ts"
import { ledgerToRead } from "../../ledger/index.ts"
import { registry } from "../../registry.ts"
import type { CommandArguments, Place } from "../CommandSpec.ts"
import { prepare } from "../Prepare.ts"
import { say } from "../Say.ts"

/** Settles agent and launch for a command. */
export const openProject = ({ agent, keys, output, trust = false }: CommandArguments, place: Place) =>
  prepare({
    keys,
    output: output === "json" ? "json" : "text",
    trust,
    interactive: false,
    ...(agent === undefined ? {} : { agent })
  }, place)

type Project = Effect.Success<ReturnType<typeof openProject>>

/** Runs with the ledger only to be read: quick, no model is loaded, and a session may be working with it. */
export const withLedgerToRead = <A, E>(project: Project, use: Effect.Effect<A, E, FeedbackStore>) =>
  (project.definition.ledger ?? "sqlite") === "sqlite"
    ? use.pipe(Effect.provide(ledgerToRead(project.launch.stateDirectory)))
    : withLedger(project, use)

/** Runs with the ledger alone: quick, no model is loaded. */
export const withLedger = <A, E>(
  { definition, launch }: Project,
  use: Effect.Effect<A, E, FeedbackStore | FileSystem.FileSystem | Path.Path>
) =>
  Effect.gen(function*() {
    const ledger = yield* ledgerOf(definition, launch, registry)
    return yield* use.pipe(Effect.provide(ledger.pipe(Layer.provide(Workspace.layer(launch.workspace)))))
  })

/** Runs with everything that learns, the adapter loaded. What is to be said about the adapter is said. */
export const withLearning = <A, E>(
  { definition, launch }: Project,
  use: Effect.Effect<A, E, Lessons | Learner | FeedbackStore | LearningSwitch>
) =>
  Effect.gen(function*() {
    const { learning, trained } = yield* assembleLearning(definition, launch, registry)
    const resumed = Effect.gen(function*() {
      const notice = yield* Learner.use(({ resume }) => resume)
      if (notice !== undefined) yield* say(notice)
      return yield* use
    })
    const ground = Workspace.layer(launch.workspace)
    return trained === undefined
      ? yield* resumed.pipe(Effect.provide(learning.pipe(Layer.provide(ground))))
      : yield* resumed.pipe(Effect.provide(trained.pipe(Layer.provide(ground))))
  })

/** The same launch for another folder of an adapter. */
export const inFolder = (launch: Launch, adapter: string, stateDirectory: string): Launch => ({
  ...launch,
  adapter,
  stateDirectory
})
