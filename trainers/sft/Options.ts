import * as Schema from "effect/Schema"
import { limitFields, nonNegative, targetFields, withDefault } from "../lesson/Options.ts"

/** Settings of supervised fine-tuning on the corrected call. */
export const SftOptions = Schema.Struct({
  ...limitFields,
  ...targetFields,
  /** Weight of KL(current || base) on the same tokens; 0 leaves it out. */
  klCoefficient: withDefault(nonNegative, 0.04)
})
export type SftOptions = typeof SftOptions.Type
/** Any of the options; the rest have their defaults. */
export type SftInput = typeof SftOptions.Encoded

/** Options with defaults filled in. Unknown names and bad values are refused with a SchemaError that names them. */
export const decodeSftOptions = Schema.decodeUnknownEffect(SftOptions, { errors: "all", onExcessProperty: "error" })
