import * as Schema from "effect/Schema"

/** One question of a probe run and what the model answered in a fresh context. */
export const ProbeAnswer = Schema.Struct({
  id: Schema.String,
  /** The project's own, a lesson's situation as it was, or that situation with the task in other words. */
  source: Schema.Literals(["project", "lesson", "paraphrase"]),
  lessonId: Schema.optionalKey(Schema.String),
  task: Schema.String,
  /** The greedy turn, as the model writes it. */
  answer: Schema.String,
  /** The denied call came again, or a project's probe was not met. */
  violated: Schema.Boolean,
  /** Whether the call is the one that was wanted instead; absent where that is not known. */
  wanted: Schema.optionalKey(Schema.Boolean)
})
export type ProbeAnswer = typeof ProbeAnswer.Type

/** All probes asked at one revision of the adapter. */
export const ProbeRun = Schema.Struct({
  at: Schema.Number,
  revision: Schema.Int,
  modelIdentity: Schema.String,
  answers: Schema.Array(ProbeAnswer)
})
export type ProbeRun = typeof ProbeRun.Type
