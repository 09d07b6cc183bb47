import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Launch, WrittenPart } from "../core/defineAgent.ts"
import type { FeedbackStore } from "../core/FeedbackStore.ts"
import type { LoraBackend } from "../core/LoraBackend.ts"
import type { Access } from "../core/permissions/Access.ts"
import type { Runner } from "../core/Runner.ts"
import type { ToolSandbox } from "../core/ToolSandbox.ts"
import type { Trainer } from "../core/Trainer.ts"
import type { Ui } from "../core/Ui.ts"
import { gpuPlaces, pocketModel } from "./GpuPlaces.ts"
import {
  dpoOptions,
  gpuOptions,
  grpoOptions,
  mixtureOptions,
  pocketOptions,
  ppoOptions,
  sdpoOptions,
  sftOptions
} from "./PartOptions.ts"

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
  trainer: {
    pocket: ({ settings }) =>
      lazy(() => import("../trainers/pocket/index.ts").then(({ pocket }) => pocket(pocketOptions(settings)))),
    gpu: ({ settings }) =>
      Layer.unwrap(Effect.gen(function*() {
        const places = yield* gpuPlaces()
        const { gpu } = yield* Effect.promise(() => import("../trainers/gpu/index.ts"))
        return gpu({ ...gpuOptions(settings, pocketModel), places })
      })),
    tinker: (launch) => lazy(() => import("./tinker/index.ts").then(({ tinkerTrainer }) => tinkerTrainer(launch)))
  },
  objective: {
    sdpo: ({ settings }) =>
      lazy(() => import("../trainers/sdpo/index.ts").then(({ sdpo }) => sdpo(sdpoOptions(settings)))),
    sdpo_literal: ({ settings }) =>
      lazy(() =>
        import("../trainers/sdpo/index.ts").then(({ literalOptions, sdpo }) =>
          sdpo({ ...literalOptions, learningRate: settings.learning_rate, gate: settings.gate, seed: settings.seed })
        )
      ),
    sft: ({ settings }) => lazy(() => import("../trainers/sft/index.ts").then(({ sft }) => sft(sftOptions(settings)))),
    dpo: ({ settings }) => lazy(() => import("../trainers/dpo/index.ts").then(({ dpo }) => dpo(dpoOptions(settings)))),
    grpo: ({ settings }) =>
      lazy(() => import("../trainers/grpo/index.ts").then(({ grpo }) => grpo(grpoOptions(settings)))),
    ppo: ({ settings }) => lazy(() => import("../trainers/ppo/index.ts").then(({ ppo }) => ppo(ppoOptions(settings)))),
    mixture: ({ settings }) =>
      lazy(() => import("../trainers/mixture/index.ts").then(({ mixture }) => mixture(mixtureOptions(settings))))
  },
  tools: {
    builtin: lazy(() =>
      Promise.all([import("../tools/index.ts"), import("../tools/sandbox/index.ts")]).then(([tools, sandbox]) =>
        sandbox.toolSandbox(tools.builtinTools)
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
