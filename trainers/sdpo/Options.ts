import * as Schema from "effect/Schema"
import type { Divergence } from "../../core/LoraBackend.ts"
import { count, limit, limitFields, nonNegative, openShare, share, withDefault } from "../lesson/Options.ts"
import { LITERAL_KL_COEFFICIENT, literalRatioClip } from "../math/SampledToken.ts"

export const DivergenceKind = Schema.Literals(["reverse_kl", "forward_kl", "jsd"])

/** Settings of the SDPO objective. The defaults are the measured ones; docs/learning.md has the numbers. */
export const SdpoOptions = Schema.Struct({
  ...limitFields,
  /**
   * Whose weights read the correction: the bare base (frozen), the current ones (live), or a moving average of them.
   */
  teacher: withDefault(Schema.Literals(["base", "current", "ema"]), "base"),
  /** Share of the current weights that the EMA teacher takes up after each update. */
  emaRate: withDefault(share, 0.01),
  /** Whether teacher prompts hold the denied attempt beside the correction. */
  teacherSeesAttempt: withDefault(Schema.Boolean, false),
  divergence: withDefault(DivergenceKind, "forward_kl"),
  /** The teacher's weight in `jsd`. */
  jsdAlpha: withDefault(openShare, 0.5),
  /**
   * Exact over the vocabulary, over the student's `topK` most likely tokens and a tail, on the sampled tokens only, or the
   * best of what the backend can.
   */
  estimator: withDefault(Schema.Literals(["auto", "full", "topk", "sampled"]), "auto"),
  topK: withDefault(count(1, 1_000_000), 20),
  /** Weight of KL(current || base) on the same tokens; 0 leaves it out. */
  klCoefficient: withDefault(nonNegative, 0.04),
  /** Updates after the first learn on the student's newest greedy turn once it has left the attempt. */
  onPolicy: withDefault(Schema.Boolean, true),
  /** Bounds of the detached importance ratio. A positive lower one keeps pushing tokens the policy has left. */
  ratioMin: withDefault(nonNegative, 0),
  ratioMax: withDefault(limit, 2),
  /** Sampled-token advantages are cut to [-x, x]. */
  advantageClip: withDefault(limit, 5),
  /** Whether the approved retry of a denied call is a lesson too. */
  learnFromRetry: withDefault(Schema.Boolean, true),
  /** The retry's tokens come from the corrected policy, for which forward KL is the on-policy direction. */
  retryDivergence: withDefault(Schema.Literals(["same", "reverse_kl", "forward_kl", "jsd"]), "forward_kl"),
  /** What an edit teaches beside its denial: the teacher's distributions on the edited call, its tokens, or nothing. */
  editTeachesCall: withDefault(Schema.Literals(["off", "distill", "cross_entropy"]), "distill")
})
export type SdpoOptions = typeof SdpoOptions.Type
/** Any of the options; the rest have their defaults. */
export type SdpoInput = typeof SdpoOptions.Encoded

/** Options with defaults filled in. Unknown names and bad values are refused with a SchemaError that names them. */
export const decodeSdpoOptions = Schema.decodeUnknownEffect(SdpoOptions, { errors: "all", onExcessProperty: "error" })

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

/** The divergence for a kind name. */
export const divergenceOf = (kind: typeof DivergenceKind.Type, jsdAlpha: number): Divergence =>
  kind === "jsd" ? { kind, alpha: jsdAlpha } : { kind }

const names = { reverse_kl: "reverse KL", forward_kl: "forward KL" } as const

export const divergenceName = (divergence: Divergence): string =>
  divergence.kind === "jsd" ? `JSD(${divergence.alpha})` : names[divergence.kind]
