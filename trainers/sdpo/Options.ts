import * as Schema from "effect/Schema"
import type { Divergence } from "../../core/Loss.ts"
import { describeObjective } from "../lesson/Descriptor.ts"
import { limit, limitFields, nonNegative, ofSetting, withDefault } from "../lesson/Options.ts"
import { LITERAL_KL_COEFFICIENT, literalRatioClip } from "../math/SampledToken.ts"

/** Settings of the SDPO objective. The defaults are the measured ones; docs/learning.md has the numbers. */
export const SdpoOptions = Schema.Struct({
  ...limitFields,
  teacher: ofSetting("teacher"),
  emaRate: ofSetting("ema_rate"),
  teacherSeesAttempt: ofSetting("teacher_sees_attempt"),
  divergence: ofSetting("divergence"),
  jsdAlpha: ofSetting("jsd_alpha"),
  estimator: ofSetting("estimator"),
  topK: ofSetting("top_k"),
  /** Weight of KL(current || base) on the same tokens; 0 leaves it out. */
  klCoefficient: ofSetting("kl_coef"),
  /** The student's newest greedy turn takes the attempt's place once it has left it. */
  onPolicy: ofSetting("on_policy"),
  /** Bounds of the detached importance ratio. A positive lower one keeps pushing tokens the policy has left. */
  ratioMin: withDefault(nonNegative, 0),
  ratioMax: withDefault(limit, 2),
  advantageClip: ofSetting("advantage_clip"),
  toldTurn: ofSetting("told_turn"),
  /** Of a denial the corrected call is known only where the told turn is held, and used where there are full distributions. */
  learnOn: ofSetting("learn_on"),
  learnFromRetry: ofSetting("learn_from_retry"),
  /** The retry's tokens come from the corrected policy, for which forward KL is the on-policy direction. */
  retryDivergence: ofSetting("retry_divergence"),
  editTeachesCall: ofSetting("edit_teaches_call")
})
export type SdpoOptions = typeof SdpoOptions.Type
/** Any of the options; the rest have their defaults. */
export type SdpoInput = typeof SdpoOptions.Encoded

/**
 * The original design, with its ratio and advantage detached: one update from the sampled tokens, a live teacher that
 * sees the attempt, ratio in [0.5, 2], beta 0.04. Kept for comparison.
 */
export const literalOptions: SdpoInput = {
  estimator: "sampled",
  divergence: "reverse_kl",
  teacher: "current",
  teacherSeesAttempt: true,
  ratioMin: literalRatioClip.min,
  ratioMax: literalRatioClip.max,
  klCoefficient: LITERAL_KL_COEFFICIENT,
  advantageClip: Infinity,
  innerSteps: 1,
  until: "changed",
  confidence: 0,
  rehearse: 0,
  onPolicy: false,
  learnFromRetry: false,
  editTeachesCall: "off"
}

export const sdpoDescriptor = describeObjective({
  name: "sdpo",
  summary: "self-distillation: the model with the correction in view teaches the model without it",
  options: SdpoOptions,
  layer: (options) => import("./index.ts").then(({ sdpo }) => sdpo(options))
})

export const sdpoLiteralDescriptor = describeObjective({
  name: "sdpo_literal",
  summary: "sdpo as first designed, one update from sampled tokens, for comparison",
  options: SdpoOptions,
  layer: (options) => import("./index.ts").then(({ sdpo }) => sdpo(options)),
  fixed: { options: literalOptions, except: ["learning_rate", "gate", "seed"] }
})

/** The divergence for a kind name. */
export const divergenceOf = (kind: Divergence["kind"], jsdAlpha: number): Divergence =>
  kind === "jsd" ? { kind, alpha: jsdAlpha } : { kind }

const names = { reverse_kl: "reverse KL", forward_kl: "forward KL" } as const

export const divergenceName = (divergence: Divergence): string =>
  divergence.kind === "jsd" ? `JSD(${divergence.alpha})` : names[divergence.kind]
