import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { TrainedWith } from "../core/domain/LessonEntry.ts"
import type { LoraBackend } from "../core/LoraBackend.ts"
import type { Trainer } from "../core/Trainer.ts"

type Trained = Layer.Layer<Trainer, { readonly message: string }, LoraBackend>

interface Objective<A> {
  readonly options: Schema.ConstraintDecoder<A>
  readonly layer: (options: A) => Layer.Layer<Trainer, never, LoraBackend>
}

/** The objective with exactly these settings, all of them known to it. */
const as = <A>(load: () => Promise<Objective<A>>) => (settings: TrainedWith["settings"]): Trained =>
  Layer.unwrap(Effect.gen(function*() {
    const { layer, options } = yield* Effect.promise(load)
    return layer(yield* Schema.decodeUnknownEffect(options, { errors: "all", onExcessProperty: "error" })(settings))
  }))

const objectives: Readonly<Record<string, (settings: TrainedWith["settings"]) => Trained>> = {
  sdpo: as(() =>
    import("../trainers/sdpo/index.ts").then(({ sdpo, SdpoOptions }) => ({ options: SdpoOptions, layer: sdpo }))
  ),
  sft: as(() =>
    import("../trainers/sft/index.ts").then(({ sft, SftOptions }) => ({ options: SftOptions, layer: sft }))
  ),
  dpo: as(() =>
    import("../trainers/dpo/index.ts").then(({ dpo, DpoOptions }) => ({ options: DpoOptions, layer: dpo }))
  ),
  grpo: as(() =>
    import("../trainers/grpo/index.ts").then(({ grpo, GrpoOptions }) => ({ options: GrpoOptions, layer: grpo }))
  ),
  ppo: as(() =>
    import("../trainers/ppo/index.ts").then(({ ppo, PpoOptions }) => ({ options: PpoOptions, layer: ppo }))
  ),
  mixture: as(() =>
    import("../trainers/mixture/index.ts").then(({ mixture, MixtureOptions }) => ({
      options: MixtureOptions,
      layer: mixture
    }))
  )
}

/**
 * The Trainer that a lesson was learned with, from what it said of itself then: undo must learn later lessons as they were
 * learned, whatever the settings are by now. Undefined for objectives that are not bundled.
 */
export const trainerFor = ({ objective, settings }: TrainedWith): Trained | undefined =>
  objectives[objective]?.(settings)
