import * as Schema from "effect/Schema"
import { describeObjective } from "../lesson/Descriptor.ts"
import { limitFields, ofSetting, targetFields } from "../lesson/Options.ts"

/** Settings of supervised fine-tuning on the corrected call. */
export const SftOptions = Schema.Struct({
  ...limitFields,
  ...targetFields,
  klCoefficient: ofSetting("kl_coef")
})
export type SftOptions = typeof SftOptions.Type
/** Any of the options; the rest have their defaults. */
export type SftInput = typeof SftOptions.Encoded

export const sftDescriptor = describeObjective({
  name: "sft",
  summary: "cross-entropy on the corrected call",
  options: SftOptions,
  layer: (options) => import("./index.ts").then(({ sft }) => sft(options))
})
