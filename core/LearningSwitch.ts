import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** The project's choice could not be kept. */
export class LearningSwitchError extends Schema.TaggedError<LearningSwitchError>()("LearningSwitchError", {
  message: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {}

/** Whether corrections may change weights in this project: asked once, kept with the project's state, obeyed from the next start. */
export class LearningSwitch extends Context.Service<LearningSwitch, {
  /** What was chosen for this project; undefined when nothing was. */
  readonly chosen: Effect.Effect<boolean | undefined>
  readonly choose: (on: boolean) => Effect.Effect<void, LearningSwitchError>
}>()("continualcode/LearningSwitch") {}
