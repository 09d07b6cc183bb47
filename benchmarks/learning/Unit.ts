import * as Schema from "effect/Schema"

/** Null: it could not be measured here. Shares are from 0 to 1. */
const Measured = Schema.NullOr(Schema.Number)
const later = Schema.optionalKey(Measured)

/** What a chain measured; see `runChain`. */
export const ChainResult = Schema.Struct({
  kind: Schema.String,
  way: Schema.String,
  seed: Schema.Int,
  /** Corrections until the call in a fresh conversation was the wanted one; null when it never was. */
  fixedAfter: Measured,
  given: Schema.Int,
  updates: Schema.Int,
  skipped: Schema.Int,
  /** Wall-clock time of one correction, retry and its lesson included. */
  lessonSeconds: Schema.Number,
  heldOut: Schema.Number,
  heldOutBefore: Schema.Number,
  /** Share of greedy calls on other kinds that changed. */
  drift: Schema.Number,
  /** Share of those that are now in the manner that was taught, and were not. */
  overGeneralised: Schema.Number,
  /** Share of all greedy calls asked for that changed, the corrected kind's own among them. */
  anyChanged: Schema.Number,
  /** Of the next token along the base model's turns on untaught kinds, nats. */
  entropy: Schema.Number,
  /** Tokens of the turns on held-out tasks. */
  length: Schema.Number,
  lengthBefore: Schema.Number,
  laterGiven: later,
  laterFixed: later,
  laterSeconds: later,
  /** Whether the corrected call is still made after the later lessons; null when it never was. */
  retention: later,
  heldOutLater: later,
  /** Share still right of the held-out tasks that were right before the later lessons. */
  heldOutRetention: later,
  /** Share of the later lessons (each kind's last) that hold at the end. */
  laterRetention: later,
  driftLater: later,
  entropyLater: later,
  /** Corrections until the opposite is made; 0 when it was back by itself, null when it never came. */
  flipAfter: later,
  seconds: Schema.Number
})
export type ChainResult = typeof ChainResult.Type

/** One piece of work: a chain of one arm. What is finished is kept under its `id`, so that a rerun goes on after it. */
export const Unit = Schema.Struct({
  id: Schema.String,
  stage: Schema.Literals(["tune", "compare"]),
  arm: Schema.String,
  learningRate: Schema.Number,
  focal: Schema.String,
  way: Schema.String,
  seed: Schema.Int,
  later: Schema.Int
})
export type Unit = typeof Unit.Type

/** A finished unit. `result` is null where the model had nothing to be corrected. */
export const Finished = Schema.Struct({
  unit: Unit,
  modelIdentity: Schema.String,
  result: Schema.NullOr(ChainResult),
  /** Processor seconds of all threads, and the process's largest resident size until then. */
  cpuSeconds: Schema.Number,
  peakMegabytes: Schema.Number
})
export type Finished = typeof Finished.Type
