import * as Schema from "effect/Schema"
import { limit, limitFields, nonNegative, targetFields, withDefault } from "../lesson/Options.ts"

/** Settings of direct preference optimisation. */
export const DpoOptions = Schema.Struct({
  ...limitFields,
  ...targetFields,
  /** How strongly the policy is held to the reference. */
  beta: withDefault(limit, 0.1),
  /** Weight of -mean_t log pi(y+_t), which keeps the chosen call from falling together with the rejected one. */
  nllCoefficient: withDefault(nonNegative, 0),
  /** Weight of an exact KL(current || base) beside the one DPO implies; 0 leaves it out. */
  klCoefficient: withDefault(nonNegative, 0)
})
export type DpoOptions = typeof DpoOptions.Type
/** Any of the options; the rest have their defaults. */
export type DpoInput = typeof DpoOptions.Encoded

/** Options with defaults filled in. Unknown names and bad values are refused with a SchemaError that names them. */
export const decodeDpoOptions = Schema.decodeUnknownEffect(DpoOptions, { errors: "all", onExcessProperty: "error" })
