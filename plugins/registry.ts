import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { BundledNames } from "../core/config/Help.ts"
import type { Launch, WrittenPart } from "../core/defineAgent.ts"
import type { FeedbackStore } from "../core/FeedbackStore.ts"
import type { LoraBackend } from "../core/LoraBackend.ts"
import type { Access } from "../core/permissions/Access.ts"
import type { Runner } from "../core/Runner.ts"
import type { ToolSandbox } from "../core/ToolSandbox.ts"
import type { Trainer } from "../core/Trainer.ts"
import type { Ui } from "../core/Ui.ts"
import { objectives } from "./Objectives.ts"
import { trainers } from "./Trainers.ts"
import { toolOptions } from "./host/ToolOptions.ts"

type Named<Provides, Needs = never> = Readonly<Record<string, WrittenPart<Provides, Needs>>>

export interface Registry {
  readonly trainer: Named<LoraBackend>
  readonly objective: Named<Trainer, LoraBackend>
  readonly tools: Named<ToolSandbox, Runner | Access>
  readonly ui: Named<Ui>
  readonly ledger: Named<FeedbackStore>
}

/** A layer whose code is only loaded when it is used. */
export const lazy = <A, E, R>(load: () => Promise<Layer.Layer<A, E, R>>): Layer.Layer<A, E, R> =>
  Layer.unwrap(Effect.promise(load))

const ink = () => lazy(() => import("../ui/ink/index.ts").then(({ ink }) => ink()))

const headless = ({ output, prompt }: Launch) =>
  lazy(() =>
    import("../ui/headless/index.ts").then(({ headless }) =>
      headless(prompt === undefined ? { output } : { output, prompt })
    )
  )

/**
 * The bundled parts by name. Each is what a user could write in an agent.ts; none has access to anything that such a part
 * has not.
 */
export const registry: Registry = {
  trainer: Object.fromEntries(trainers.map(({ layer, name }) => [name, layer])),
  objective: Object.fromEntries(objectives.map(({ layer, name }) => [name, ({ settings }: Launch) => layer(settings)])),
  tools: {
    builtin: (launch) =>
      lazy(() =>
        Promise.all([import("../tools/index.ts"), import("../tools/sandbox/index.ts")]).then(([tools, sandbox]) =>
          sandbox.toolSandbox(tools.allTools, toolOptions(launch))
        )
      )
  },
  ui: {
    auto: (launch) => launch.interactive && launch.prompt === undefined ? ink() : headless(launch),
    ink,
    headless
  },
  ledger: {
    sqlite: ({ stateDirectory }) => lazy(() => import("./ledger/index.ts").then(({ ledger }) => ledger(stateDirectory)))
  }
}

/** What the settings that name a bundled part may be. */
export const bundledNames: BundledNames = {
  trainer: Object.keys(registry.trainer),
  objective: Object.keys(registry.objective),
  ui: Object.keys(registry.ui)
}
