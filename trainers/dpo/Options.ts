import * as Schema from "effect/Schema"
import { describeObjective } from "../lesson/Descriptor.ts"
import { limitFields, nonNegative, ofSetting, targetFields, withDefault } from "../lesson/Options.ts"

/** Settings of direct preference optimisation. */
export const DpoOptions = Schema.Struct({
  ...limitFields,
  ...targetFields,
  beta: ofSetting("dpo_beta"),
  /** Weight of -mean_t log pi(y+_t), which keeps the chosen call from falling together with the rejected one. */
  nllCoefficient: ofSetting("dpo_nll"),
  /** Weight of an exact KL(current || base) beside the one DPO implies; 0 leaves it out. No setting: DPO holds to the base by itself. */
  klCoefficient: withDefault(nonNegative, 0)
})
export type DpoOptions = typeof DpoOptions.Type
/** Any of the options; the rest have their defaults. */
export type DpoInput = typeof DpoOptions.Encoded

export const dpoDescriptor = describeObjective({
  name: "dpo",
  summary: "the corrected call preferred to the denied one, against the base model",
  options: DpoOptions,
  layer: (options) => import("./index.ts").then(({ dpo }) => dpo(options))
})
