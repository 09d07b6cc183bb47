import * as Schema from "effect/Schema"

/** A token with its probability (0 to 1) under the weights before and after a step. */
export const TokenChance = Schema.Struct({
  id: Schema.Int,
  /** What the token adds to the text; empty for one that only ends the turn. */
  text: Schema.String,
  /** Absent: it was below every token listed. */
  before: Schema.optionalKey(Schema.Number),
  after: Schema.optionalKey(Schema.Number)
})
export type TokenChance = typeof TokenChance.Type

/** The token of the attempt at which the model decides between the attempt and what it does instead. */
export const BranchingToken = Schema.Struct({
  /** Index into the attempt's tokens. */
  position: Schema.Int,
  /** The attempt's text just before it. */
  lead: Schema.String,
  attempt: TokenChance,
  /** The most likely tokens there before or after, the attempt's own among them if it is one, likeliest first. */
  alternatives: Schema.Array(TokenChance)
})
export type BranchingToken = typeof BranchingToken.Type

/**
 * The call that should come instead, and its log-probability (sum over its tokens, nats) under the correction-free prompt.
 * `source` says how it is known: the human's edit, the approved retry, or, before either, what the teacher would do.
 */
export const CorrectedTurn = Schema.Struct({
  source: Schema.Literals(["edit", "retry", "teacher"]),
  text: Schema.String,
  logProbBefore: Schema.Number,
  logProbAfter: Schema.Number
})
export type CorrectedTurn = typeof CorrectedTurn.Type

/** Approved calls of the past, asked again after a step; while there are none, calls that the base model is sure of here. */
export const CanaryReport = Schema.Struct({
  /** True where none was approved, so that the base model's own were asked. */
  own: Schema.optionalKey(Schema.Boolean),
  /** How many were asked; 0 when there are none yet. */
  count: Schema.Int,
  /** Their tokens in all. */
  tokens: Schema.Int,
  /** Mean per-token KL(weights before || after) on them, nats. */
  kl: Schema.Number,
  /** How `kl` was computed, e.g. `the 32 likeliest tokens and the rest`. */
  estimator: Schema.String,
  /** Share whose greedy turn is what it was before the step. */
  unchanged: Schema.Number,
  /** Share whose greedy turn is a call that can be run, before and after the step. */
  validBefore: Schema.Number,
  valid: Schema.Number,
  /** Those whose greedy turn changed. */
  changed: Schema.Array(Schema.Struct({
    task: Schema.String,
    before: Schema.String,
    after: Schema.String
  }))
})
export type CanaryReport = typeof CanaryReport.Type

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
  greedyChanged: Schema.Boolean,
  /** Whether the weights alone would still make the denied call, the greedy turn after the step being it; absent when not. */
  stillDenied: Schema.optionalKey(Schema.Boolean),
  /** Whether the greedy call after the step is the edited, the approved or the teacher's call; absent without any. */
  asCorrected: Schema.optionalKey(Schema.Boolean),
  /** The teacher's greedy call, the correction in view. */
  taught: Schema.optionalKey(Schema.String),
  /** How far the policy moved on the attempt's tokens since before the step, nats per token. */
  movement: Schema.optionalKey(Schema.Number),
  corrected: Schema.optionalKey(CorrectedTurn),
  branch: Schema.optionalKey(BranchingToken),
  canaries: Schema.optionalKey(CanaryReport)
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
  /** How many kept turns were rehearsed with it; absent: none. Such updates may come after `inner_steps`. */
  rehearsed: Schema.optionalKey(Schema.Int),
  /** More of the objective's own numbers, by name, e.g. the mean reward. */
  details: Schema.optionalKey(Schema.Record(Schema.String, Schema.Number))
})
export type InnerStep = typeof InnerStep.Type

/**
 * Wall-clock seconds of a step by what was waited for. A backend may compute ahead, so a number belongs to the call that
 * waited, not always to the work it is named after.
 */
export const StageSeconds = Schema.Struct({
  /** The teacher's scores and greedy turn. */
  teacher: Schema.Number,
  /** The student's scores and greedy turn before the step. */
  student: Schema.Number,
  /** Losses and gradients. */
  backward: Schema.Number,
  /** Optimiser updates, snapshots and restores. */
  update: Schema.Number,
  /** Correction-free scores and greedy turns after each update. */
  greedy: Schema.Number,
  /** What only the evidence needs. */
  evidence: Schema.Number,
  /** Looking whether kept turns still hold; the updates that bring them back count as the lesson's. */
  rehearsal: Schema.optionalKey(Schema.Number),
  /** Approved calls of the past, before and after. */
  canaries: Schema.optionalKey(Schema.Number)
})
export type StageSeconds = typeof StageSeconds.Type

/** Where a lesson is: what it waits for, how long it has gone on (seconds), and how much may follow. */
export const LearnStage = Schema.Struct({
  stage: Schema.Literals(["canaries", "teacher", "student", "backward", "greedy", "rehearsal", "evidence"]),
  seconds: Schema.Number,
  /** Updates made so far, of at most `of`. */
  updates: Schema.Int,
  of: Schema.optionalKey(Schema.Int),
  /** Seconds that all updates would still take, at the pace so far; absent before the first. */
  left: Schema.optionalKey(Schema.Number)
})
export type LearnStage = typeof LearnStage.Type

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
  stages: Schema.optionalKey(StageSeconds),
  evidence: Evidence,
  at: Schema.Number
})
export type Step = typeof Step.Type

/** What the Trainer did with a lesson, and what the guard said to it. */
export const LearnOutcome = Schema.Union([
  Schema.TaggedStruct("Stepped", { step: Step }),
  /** No optimiser step was made and no state changed; `reason` is for the user. */
  Schema.TaggedStruct("Skipped", { reason: Schema.String, divergence: Schema.Number }),
  /** The step broke a limit of the guard: adapter and optimiser are, to the byte, as before it. `step` is what was dropped. */
  Schema.TaggedStruct("RolledBack", { reason: Schema.String, step: Step })
]).pipe(Schema.toTaggedUnion("_tag"))
export type LearnOutcome = typeof LearnOutcome.Type
