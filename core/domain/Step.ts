import * as Schema from "effect/Schema"

/** Before/after numbers of a step. Log-probabilities are sums over the attempt's tokens, in nats. */
export const Evidence = Schema.Struct({
  attemptLogProbBefore: Schema.Number,
  attemptLogProbAfter: Schema.Number,
  /** Mean per-token divergence from the teacher (nats) before the first and after the last inner step. */
  divergenceBefore: Schema.Number,
  divergenceAfter: Schema.Number,
  /** Mean per-token KL(current || base) on the attempt after the step, nats. */
  baseKl: Schema.Number,
  /** Greedy call under the correction-free prompt, before and after, as the model writes it. */
  greedyBefore: Schema.String,
  greedyAfter: Schema.String,
  greedyChanged: Schema.Boolean
})
export type Evidence = typeof Evidence.Type

/** One inner optimiser step. */
export const InnerStep = Schema.Struct({
  index: Schema.Int,
  loss: Schema.Number,
  /** Mean per-token divergence from the teacher, nats. */
  divergence: Schema.Number,
  baseKl: Schema.Number,
  gradientNorm: Schema.Number,
  updateNorm: Schema.Number,
  /** More of the objective's own numbers, by name, e.g. the mean reward. */
  details: Schema.optionalKey(Schema.Record(Schema.String, Schema.Number))
})
export type InnerStep = typeof InnerStep.Type

/** One learning step: one or more inner optimiser updates made for one lesson, kept or dropped as a whole. */
export const Step = Schema.Struct({
  id: Schema.String,
  lessonId: Schema.String,
  objective: Schema.String,
  /** How the objective was estimated, e.g. `full-vocabulary reverse KL`. */
  estimator: Schema.String,
  /** Adapter revision after the step. */
  revision: Schema.Int,
  inner: Schema.Array(InnerStep),
  tokens: Schema.Int,
  seconds: Schema.Number,
  evidence: Evidence,
  at: Schema.Number
})
export type Step = typeof Step.Type

/** What the Trainer did with a lesson. */
export const LearnOutcome = Schema.Union([
  Schema.TaggedStruct("Stepped", { step: Step }),
  /** No optimiser step was made and no state changed; `reason` is for the user. */
  Schema.TaggedStruct("Skipped", { reason: Schema.String, divergence: Schema.Number })
]).pipe(Schema.toTaggedUnion("_tag"))
export type LearnOutcome = typeof LearnOutcome.Type
