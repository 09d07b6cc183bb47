import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { didYouMean } from "../../core/config/DidYouMean.ts"
import type { ConfigError } from "../../core/config/Decode.ts"
import { configError } from "../../core/config/Decode.ts"
import { defaultSettings } from "../../core/config/Settings.ts"
import type { AgentDefinition, Launch, Part, WrittenPart } from "../../core/defineAgent.ts"
import { Learner } from "../../core/Learner.ts"
import { lessons, lessonsToRead } from "../../core/lessons/Layer.ts"
import { loraModel } from "../../core/LoraModel.ts"
import type { Tool } from "../../core/Tool.ts"
import { Access } from "../../core/permissions/Access.ts"
import type { Runner } from "../../core/Runner.ts"
import type { ToolSandbox } from "../../core/ToolSandbox.ts"
import { lazy, type Registry } from "../registry.ts"
import { trainerFor } from "../Retrain.ts"
import { launchPermissions } from "./PermissionSources.ts"
import { learningSwitch } from "./ProjectState.ts"
import { toolOptions } from "./ToolOptions.ts"

type Bundled<P, N> = Readonly<Record<string, WrittenPart<P, N>>>

/** The layer of a part: a name is looked up among the bundled ones, a function gets the launch. */
const layerOf = <P, N>(kind: string, part: Part<P, N>, bundled: Bundled<P, N>, launch: Launch) =>
  Effect.gen(function*() {
    const found = typeof part === "string" ? bundled[part] : part
    if (found === undefined) {
      const names = Object.keys(bundled)
      return yield* configError(
        `${kind}=${String(part)} is not known.${didYouMean(String(part), names)} Bundled: ${names.join(", ")}.`
      )
    }
    return typeof found === "function" ? found(launch) : found
  })

const isToolList = (tools: ReadonlyArray<Tool> | Part<ToolSandbox, Runner | Access>): tools is ReadonlyArray<Tool> =>
  Array.isArray(tools)

const required = <A>(kind: string, part: A | undefined): Effect.Effect<A, ConfigError> =>
  part === undefined
    ? Effect.fail(configError(`The agent has no ${kind}. Give one in agent.ts.`))
    : Effect.succeed(part)

/** The ledger of a launch, alone: enough to read what was learned. */
export const ledgerOf = (definition: AgentDefinition, launch: Launch, registry: Registry) =>
  layerOf("ledger", definition.ledger ?? "sqlite", registry.ledger, launch)

/** Where lessons are learned and kept, and what can be done about them; nothing that talks to a human. */
export const assembleLearning = Effect.fnUntraced(
  function*(definition: AgentDefinition, launch: Launch, registry: Registry) {
    const { settings } = launch
    const ledger = yield* ledgerOf(definition, launch, registry)
    const ground = Layer.merge(ledger, learningSwitch(launch.projectState))
    const { model } = definition
    if (model !== undefined && typeof model !== "string") {
      return { foreign: model, learning: Layer.merge(Learner.none, lessonsToRead).pipe(Layer.provideMerge(ground)) }
    }
    const trainer = yield* layerOf(
      "trainer",
      yield* required("trainer", settings.trainer ?? definition.trainer),
      registry.trainer,
      launch
    )
    const objective = yield* layerOf(
      "objective",
      yield* required("objective", settings.objective ?? definition.objective),
      registry.objective,
      launch
    )
    const guard = {
      canaries: settings.guard_canaries,
      canaryKl: settings.guard_canary_kl,
      validity: settings.guard_validity,
      stepNorm: settings.guard_step_norm
    }
    const learning = Learner.layer({
      training: settings.enable_training,
      saveEvery: settings.save_every,
      exportsDirectory: `${launch.stateDirectory}/exports`,
      guard,
      seed: settings.seed
    })
    return {
      trained: lessons({ seed: settings.seed, guard, trainerFor }).pipe(
        Layer.provideMerge(learning),
        Layer.provide(objective),
        Layer.provideMerge(Layer.merge(ground, trainer))
      )
    }
  }
)

/**
 * Builds the layer a session runs on from an agent's definition. Parts may come from anywhere; nothing here knows a bundled
 * one from another. What the layer still needs are the machine's services.
 */
export const assemble = Effect.fnUntraced(function*(definition: AgentDefinition, launch: Launch, registry: Registry) {
  const { settings } = launch
  const ui = yield* layerOf("ui", settings.ui ?? definition.ui ?? "auto", registry.ui, launch)
  const { tools = "builtin" } = definition
  const contained = Layer.merge(
    lazy(() => import("../../tools/runner/index.ts").then(({ runner }) => runner(settings.sandbox, process.platform))),
    Access.layer({ state: launch.projectState })
  ).pipe(Layer.provideMerge(launchPermissions(definition, launch)))
  const sandbox = Layer.provideMerge(
    isToolList(tools)
      ? lazy(() =>
        import("../../tools/sandbox/index.ts").then(({ toolSandbox }) => toolSandbox(tools, toolOptions(launch)))
      )
      : yield* layerOf("tools", tools, registry.tools, launch),
    contained
  )
  const { foreign, learning, trained } = yield* assembleLearning(definition, launch, registry)
  if (trained === undefined) {
    const model = yield* layerOf("model", foreign, {}, launch)
    return Layer.mergeAll(ui, model).pipe(Layer.provideMerge(Layer.merge(learning, sandbox)))
  }
  const isBundled = settings.model_name === defaultSettings.model_name
  const sampling = {
    temperature: settings.temperature,
    topP: settings.top_p,
    maxTokens: settings.max_tokens,
    // The bundled model was trained on the very words of its prompts, and makes its calls well.
    constrain: settings.constrain === "auto" && !isBundled,
    changingReask: !isBundled,
    example: !isBundled,
    deniedCalls: settings.denied_calls
  }
  return Layer.merge(loraModel(sampling), ui).pipe(Layer.provideMerge(Layer.merge(trained, sandbox)))
})
