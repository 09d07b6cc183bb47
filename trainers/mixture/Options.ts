import * as Schema from "effect/Schema"
import { grpoFields } from "../grpo/Options.ts"
import { describeObjective } from "../lesson/Descriptor.ts"
import { fromSetting, limitFields, ofSetting, targetFields } from "../lesson/Options.ts"

/** Settings of the mixture of GRPO and SDPO. */
export const MixtureOptions = Schema.Struct({
  ...limitFields,
  ...targetFields,
  ...grpoFields,
  /** GRPO's share; the rest is SDPO's. */
  lambda: ofSetting("grpo_share"),
  /** SDPO's divergence on the sampled turns. */
  divergence: ofSetting("divergence"),
  jsdAlpha: ofSetting("jsd_alpha"),
  /** SDPO's part exactly over the vocabulary, as advantages of the sampled tokens, or the better of what the backend can. */
  estimator: fromSetting(
    "estimator",
    Schema.Literals(["auto", "full", "sampled"]),
    (estimator) => estimator === "topk" ? "auto" : estimator
  )
})
export type MixtureOptions = typeof MixtureOptions.Type
/** Any of the options; the rest have their defaults. */
export type MixtureInput = typeof MixtureOptions.Encoded

export const mixtureDescriptor = describeObjective({
  name: "mixture",
  summary: "GRPO and SDPO on the same sampled turns",
  options: MixtureOptions,
  layer: (options) => import("./index.ts").then(({ mixture }) => mixture(options))
})
