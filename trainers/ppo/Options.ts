import * as Schema from "effect/Schema"
import { describeObjective } from "../lesson/Descriptor.ts"
import {
  count,
  limitFields,
  nonNegative,
  ofSetting,
  rolloutFields,
  share,
  targetFields,
  withDefault
} from "../lesson/Options.ts"

/** Settings of proximal policy optimisation. */
export const PpoOptions = Schema.Struct({
  ...limitFields,
  ...targetFields,
  ...rolloutFields,
  /** The ratio may go from 1 - clipLow to 1 + clipHigh before a token stops counting. */
  clipLow: withDefault(nonNegative, 0.2),
  clipHigh: withDefault(nonNegative, 0.2),
  /** Of generalised advantage estimation. */
  gamma: withDefault(share, 1),
  lambda: withDefault(share, 0.95),
  /** Weight of the k1 estimate of KL(current || base), taken off every token's reward. */
  klCoefficient: ofSetting("kl_coef"),
  /** A value may move this far from what it was when the group was sampled before it stops counting. */
  valueClip: withDefault(nonNegative, 0.2),
  /** Adam steps of the value head before each update of the policy, and their learning rate. */
  valueSteps: withDefault(count(0, 1000), 16),
  valueLearningRate: withDefault(nonNegative, 0.05)
})
export type PpoOptions = typeof PpoOptions.Type
/** Any of the options; the rest have their defaults. */
export type PpoInput = typeof PpoOptions.Encoded

export const ppoDescriptor = describeObjective({
  name: "ppo",
  summary: "the same turns and rewards, with a value head",
  options: PpoOptions,
  layer: (options) => import("./index.ts").then(({ ppo }) => ppo(options))
})
