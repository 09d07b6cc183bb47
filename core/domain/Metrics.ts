import * as Schema from "effect/Schema"
import { Lesson } from "./Lesson.ts"
import { ProbeRun } from "./ProbeRun.ts"
import { StageSeconds } from "./Step.ts"
import { ServiceUsage } from "./Usage.ts"

/** One lesson in the adapter's history: what charts are drawn from. Units as in `Evidence` and `InnerStep`. */
export const LessonPoint = Schema.Struct({
  lessonId: Schema.String,
  at: Schema.Number,
  kind: Lesson.fields.kind,
  correction: Schema.String,
  outcome: Schema.Literals(["learned", "skipped", "rolled back"]),
  /** Why no step was made or kept. */
  reason: Schema.optionalKey(Schema.String),
  /** How often this was said by then, this time included. */
  times: Schema.Int,
  divergenceBefore: Schema.Number,
  /** Of a step: its numbers, and the loss of its first and last update. */
  step: Schema.optionalKey(Schema.Struct({
    revision: Schema.Int,
    updates: Schema.Int,
    lossFirst: Schema.Number,
    lossLast: Schema.Number,
    divergenceAfter: Schema.Number,
    attemptLogProbBefore: Schema.Number,
    attemptLogProbAfter: Schema.Number,
    correctedLogProbBefore: Schema.optionalKey(Schema.Number),
    correctedLogProbAfter: Schema.optionalKey(Schema.Number),
    greedyChanged: Schema.Boolean,
    asCorrected: Schema.optionalKey(Schema.Boolean),
    movement: Schema.optionalKey(Schema.Number),
    baseKl: Schema.Number,
    gradientNorm: Schema.Number,
    updateNorm: Schema.Number,
    canaries: Schema.optionalKey(Schema.Int),
    canaryKl: Schema.optionalKey(Schema.Number),
    canaryUnchanged: Schema.optionalKey(Schema.Number),
    validity: Schema.optionalKey(Schema.Number),
    tokens: Schema.Int,
    seconds: Schema.Number,
    stages: Schema.optionalKey(StageSeconds)
  }))
})
export type LessonPoint = typeof LessonPoint.Type

/** Numbers of the session and of the adapter's whole life, shown by `/metrics`. */
export const Metrics = Schema.Struct({
  lessons: Schema.Int,
  steps: Schema.Int,
  skipped: Schema.Int,
  approvals: Schema.Int,
  denials: Schema.Int,
  edits: Schema.Int,
  /** Adapter revision now: the number of optimiser updates it has seen. */
  revision: Schema.Int,
  lastDivergence: Schema.optionalKey(Schema.Number),
  meanStepSeconds: Schema.optionalKey(Schema.Number),
  greedyChangedShare: Schema.optionalKey(Schema.Number),
  recent: Schema.Array(Schema.Struct({
    correction: Schema.String,
    attemptLogProbBefore: Schema.Number,
    attemptLogProbAfter: Schema.Number,
    greedyChanged: Schema.Boolean,
    seconds: Schema.Number
  })),
  /** What services were asked for; absent where nothing ever left the machine. */
  usage: Schema.optionalKey(Schema.Struct({
    /** By the session that asks; absent outside one. */
    session: Schema.optionalKey(ServiceUsage),
    /** By all sessions of this adapter's ledger, this one included, for each service. */
    project: Schema.Array(ServiceUsage)
  })),
  /** Every lesson, oldest first. */
  history: Schema.optionalKey(Schema.Array(LessonPoint)),
  /** Every probe run, oldest first. */
  probes: Schema.optionalKey(Schema.Array(ProbeRun))
})
export type Metrics = typeof Metrics.Type
