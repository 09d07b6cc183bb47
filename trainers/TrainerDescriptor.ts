import type * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { SettingKey, Settings } from "../core/config/Settings.ts"
import type { HostServices, Launch, PartError } from "../core/defineAgent.ts"
import type { LoraBackend } from "../core/LoraBackend.ts"

type Backend = Layer.Layer<LoraBackend, PartError, HostServices>

/** A trainer as everything that offers trainers sees it: light, since its code is only loaded when its layer is built. */
export interface TrainerDescriptor {
  /** What `trainer=` calls it. */
  readonly name: string
  /** One line for help and docs. */
  readonly summary: string
  /** The settings that reach it. As a finished layer in agent.ts it ignores them. */
  readonly settings: ReadonlyArray<SettingKey>
  readonly layer: (launch: Launch) => Backend
}

interface TrainerDescription<Key extends SettingKey> {
  readonly name: string
  readonly summary: string
  readonly settings: ReadonlyArray<Key>
  /** Loads its code. It sees no settings but those it names. */
  readonly layer: (settings: Pick<Settings, Key>) => Effect.Effect<Backend, PartError, HostServices>
}

export const describeTrainer = <const Key extends SettingKey>(about: TrainerDescription<Key>): TrainerDescriptor => ({
  name: about.name,
  summary: about.summary,
  settings: about.settings,
  layer: ({ settings }) => Layer.unwrap(about.layer(settings))
})
