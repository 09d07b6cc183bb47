import * as Schema from "effect/Schema"
import { describeObjective } from "../lesson/Descriptor.ts"
import { limitFields, nonNegative, ofSetting, rolloutFields, targetFields, withDefault } from "../lesson/Options.ts"

export const grpoFields = {
  ...rolloutFields,
  /**
   * `grpo`: rewards divided by their standard deviation, every turn counts the same. `dr_grpo`: no such division, every token
   * counts the same, against a length that does not depend on the turns.
   */
  variant: withDefault(Schema.Literals(["grpo", "dr_grpo"]), "grpo"),
  /** The ratio may go from 1 - clipLow to 1 + clipHigh before a token stops counting. */
  clipLow: withDefault(nonNegative, 0.2),
  clipHigh: withDefault(nonNegative, 0.28),
  klCoefficient: ofSetting("kl_coef"),
  /** How that KL is taken: exactly over the vocabulary, or by the k3 estimate on the sampled tokens. */
  kl: withDefault(Schema.Literals(["exact", "k3"]), "exact")
} as const

/** Settings of group relative policy optimisation. */
export const GrpoOptions = Schema.Struct({ ...limitFields, ...targetFields, ...grpoFields })
export type GrpoOptions = typeof GrpoOptions.Type
/** Any of the options; the rest have their defaults. */
export type GrpoInput = typeof GrpoOptions.Encoded

export const grpoDescriptor = describeObjective({
  name: "grpo",
  summary: "turns sampled without the correction, rewarded by the corrected call, compared within their group",
  options: GrpoOptions,
  layer: (options) => import("./index.ts").then(({ grpo }) => grpo(options))
})
