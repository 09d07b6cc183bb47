import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { ConfigError } from "./config/Decode.ts"

/** Whether corrections may change weights in this project: asked once, kept with the project's state, obeyed from the next start. */
export class LearningSwitch extends Context.Service<LearningSwitch, {
  /** What was chosen for this project; undefined when nothing was. */
  readonly chosen: Effect.Effect<boolean | undefined>
  readonly choose: (on: boolean) => Effect.Effect<void, ConfigError>
}>()("continualcode/LearningSwitch") {}
