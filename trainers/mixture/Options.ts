import * as Schema from "effect/Schema"
import { grpoFields } from "../grpo/Options.ts"
import { limitFields, openShare, share, targetFields, withDefault } from "../lesson/Options.ts"
import { DivergenceKind } from "../sdpo/Options.ts"

/** Settings of the mixture of GRPO and SDPO. */
export const MixtureOptions = Schema.Struct({
  ...limitFields,
  ...targetFields,
  ...grpoFields,
  /** GRPO's share; the rest is SDPO's. */
  lambda: withDefault(share, 0.5),
  /** SDPO's divergence on the sampled turns. */
  divergence: withDefault(DivergenceKind, "forward_kl"),
  /** The teacher's weight in `jsd`. */
  jsdAlpha: withDefault(openShare, 0.5),
  /** SDPO's part exactly over the vocabulary, as advantages of the sampled tokens, or the better of what the backend can. */
  estimator: withDefault(Schema.Literals(["auto", "full", "sampled"]), "auto")
})
export type MixtureOptions = typeof MixtureOptions.Type
/** Any of the options; the rest have their defaults. */
export type MixtureInput = typeof MixtureOptions.Encoded

/** Options with defaults filled in. Unknown names and bad values are refused with a SchemaError that names them. */
export const decodeMixtureOptions = Schema.decodeUnknownEffect(MixtureOptions, {
  errors: "all",
  onExcessProperty: "error"
})
