import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { baseWeights, currentWeights, type Weights } from "../../core/LoraBackend.ts"
import type { LessonLimits } from "./Objective.ts"

export const nonNegative = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
/** Infinity switches a limit off. */
export const limit = Schema.Number.check(Schema.isGreaterThan(0))
export const share = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))
export const openShare = Schema.Finite.check(
  Schema.isBetween({ minimum: 0, maximum: 1, exclusiveMinimum: true, exclusiveMaximum: true })
)
const belowOne = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1, exclusiveMaximum: true }))
export const count = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

export const withDefault = <S extends Schema.Constraint>(schema: S, value: S["Encoded"]) =>
  Schema.withDecodingDefaultKey<S>(Effect.succeed(value))(schema)

/** Options of the optimiser and of how far one lesson may go, the same for every objective. */
export const limitFields = {
  learningRate: withDefault(nonNegative, 0.006),
  /** Optimiser updates per lesson at most. */
  innerSteps: withDefault(count(1, 100), 24),
  /**
   * When a denial's updates may end: the correction-free greedy turn is the teacher's, or merely another usable one than
   * the attempt.
   */
  until: withDefault(Schema.Literals(["taught", "changed"]), "taught"),
  /**
   * And each token of that turn must be this many times as likely as with the correction in view, at least. A call that is
   * merely the likeliest one holds on few tasks beyond the corrected one. 0 asks for no more than that; so does a backend that
   * does not report likelihoods with a sample.
   */
  confidence: withDefault(belowOne, 0.75),
  /** Updates end when the policy has moved this far on the attempt's tokens, nats per token. */
  divergenceBudget: withDefault(limit, 2),
  /** How many of the newest kept turns a lesson may not change; 0 rehearses nothing. */
  rehearse: withDefault(count(0, 1000), 64),
  /** Further updates made, at most, while some of those have been changed. */
  rehearsalSteps: withDefault(count(0, 100), 8),
  /** No step when the model is closer than this to what is taught, nats per token. */
  gate: withDefault(nonNegative, 0.01),
  /**
   * How much of the moments an update takes from those before it. With 0 a lesson is not moved along by what the lessons
   * before it taught.
   */
  beta1: withDefault(belowOne, 0),
  beta2: withDefault(belowOne, 0),
  epsilon: withDefault(limit, 1e-4),
  weightDecay: withDefault(nonNegative, 0),
  maxGradientNorm: withDefault(limit, 1),
  seed: withDefault(Schema.Int, 0)
} as const

/** Options of objectives that learn towards one call; see `findTarget`. */
export const targetFields = {
  /** Whose weights read the correction. */
  teacher: withDefault(Schema.Literals(["base", "current"]), "base"),
  /** Whether teacher prompts hold the denied attempt beside the correction. */
  teacherSeesAttempt: withDefault(Schema.Boolean, false),
  /**
   * What a denial alone teaches: the teacher's greedy turn, the first usable other turn among `rejectionSamples` sampled
   * from it, or nothing, so that only edits and approved retries do.
   */
  denialTarget: withDefault(Schema.Literals(["greedy", "rejection", "off"]), "greedy"),
  rejectionSamples: withDefault(count(1, 64), 4),
  /** Whether the approved retry of a denied call is a lesson too. */
  learnFromRetry: withDefault(Schema.Boolean, true)
} as const

const limitOptions = Schema.Struct(limitFields)
const targetOptions = Schema.Struct(targetFields)
export type LimitOptions = typeof limitOptions.Type
export type TargetOptions = typeof targetOptions.Type

/** The limits of one lesson from an objective's options. */
export const limitsOf = (options: LimitOptions, onPolicy: boolean): LessonLimits => ({
  innerSteps: options.innerSteps,
  until: options.until,
  confidence: options.confidence,
  onPolicy,
  divergenceBudget: options.divergenceBudget,
  gate: options.gate,
  rehearse: options.rehearse,
  rehearsalSteps: options.rehearsalSteps,
  seed: options.seed,
  optimizer: {
    learningRate: options.learningRate,
    beta1: options.beta1,
    beta2: options.beta2,
    epsilon: options.epsilon,
    weightDecay: options.weightDecay,
    maxGradientNorm: options.maxGradientNorm
  }
})

export const teacherWeightsOf = (teacher: "base" | "current"): Weights =>
  teacher === "base" ? baseWeights : currentWeights
