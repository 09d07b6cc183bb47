import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { SettingKey, Settings } from "../../core/config/Settings.ts"
import type { TrainedWith } from "../../core/domain/LessonEntry.ts"
import type { LoraBackend } from "../../core/LoraBackend.ts"
import type { Trainer } from "../../core/Trainer.ts"
import { decodeOptions, optionsFrom, settingsOf } from "./Options.ts"

type Objective = Layer.Layer<Trainer, never, LoraBackend>
type OptionsSchema<Options> = Schema.ConstraintDecoder<Options> & { readonly fields: Schema.Struct.Fields }

/** An objective as everything that offers objectives sees it: light, since its code is only loaded when its layer is built. */
export interface ObjectiveDescriptor<Options = unknown> {
  /** What `objective=` calls it. */
  readonly name: string
  /** One line for help and docs. */
  readonly summary: string
  /** Bounds and defaults of its options. */
  readonly options: OptionsSchema<Options>
  /** The settings that reach it. As a finished layer in agent.ts it ignores them. */
  readonly settings: ReadonlyArray<SettingKey>
  /** Whether it is another one with most options fixed. */
  readonly isFixed: boolean
  /** Its options under these settings. */
  readonly optionsUnder: (settings: Settings) => Options
  /** It with these settings. */
  readonly layer: (settings: Settings) => Objective
  /** It as a lesson recorded it. Fails when one of those options is not known to it, or out of bounds. */
  readonly recorded: (options: TrainedWith["settings"]) => Layer.Layer<Trainer, Schema.SchemaError, LoraBackend>
}

/** What an objective says of itself; the settings it takes follow from its options. */
interface ObjectiveDescription<Options> {
  readonly name: string
  readonly summary: string
  readonly options: OptionsSchema<Options>
  /** Loads its code. */
  readonly layer: (options: Options) => Promise<Objective>
  /** Where it is another one with fixed options: those, and the settings that it still takes. */
  readonly fixed?: { readonly options: Readonly<Record<string, unknown>>; readonly except: ReadonlyArray<SettingKey> }
}

export const describeObjective = <Options>(about: ObjectiveDescription<Options>): ObjectiveDescriptor<Options> => {
  const { fixed, name, options, summary } = about
  const optionsUnder = (settings: Settings): Options =>
    Schema.decodeUnknownSync(options)({
      ...fixed?.options,
      ...optionsFrom(options, settings, fixed?.except)
    })
  const layer = (decoded: Options): Objective => Layer.unwrap(Effect.promise(() => about.layer(decoded)))
  return {
    name,
    summary,
    options,
    isFixed: fixed !== undefined,
    settings: fixed?.except ?? settingsOf(options),
    optionsUnder,
    layer: (settings) => Layer.suspend(() => layer(optionsUnder(settings))),
    recorded: (given) => Layer.unwrap(Effect.map(decodeOptions(options, given), layer))
  }
}
