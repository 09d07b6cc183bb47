import * as Schema from "effect/Schema"
import { LessonBrief, LessonRelations } from "./Lesson.ts"
import { LearnOutcome } from "./Step.ts"

/** Everything known of one lesson, for `/why`. */
export const LessonCard = Schema.Struct({
  /** Counted from the end: 1 is the last lesson. */
  number: Schema.Int,
  /** How many lessons there are. */
  of: Schema.Int,
  lesson: LessonBrief,
  outcome: LearnOutcome,
  relations: LessonRelations,
  /** What the approved retry of this denial taught, if it came to that. */
  retry: Schema.optionalKey(Schema.Struct({ lesson: LessonBrief, outcome: LearnOutcome }))
})
export type LessonCard = typeof LessonCard.Type
