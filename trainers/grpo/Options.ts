import * as Schema from "effect/Schema"
import { limitFields, nonNegative, targetFields, withDefault } from "../lesson/Options.ts"
import { rolloutFields } from "../lesson/Rollouts.ts"

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
  /** Weight of KL(current || base); 0 leaves it out. */
  klCoefficient: withDefault(nonNegative, 0.04),
  /** How that KL is taken: exactly over the vocabulary, or by the k3 estimate on the sampled tokens. */
  kl: withDefault(Schema.Literals(["exact", "k3"]), "exact")
} as const

/** Settings of group relative policy optimisation. */
export const GrpoOptions = Schema.Struct({ ...limitFields, ...targetFields, ...grpoFields })
export type GrpoOptions = typeof GrpoOptions.Type
/** Any of the options; the rest have their defaults. */
export type GrpoInput = typeof GrpoOptions.Encoded

/** Options with defaults filled in. Unknown names and bad values are refused with a SchemaError that names them. */
export const decodeGrpoOptions = Schema.decodeUnknownEffect(GrpoOptions, { errors: "all", onExcessProperty: "error" })
