import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"
import { WRONG_INPUT } from "../ExitCodes.ts"
import type { LessonEntry } from "../domain/LessonEntry.ts"

/**
 * Something asked of the lessons cannot be done. Adapter and ledger are as before. `message` ends with what the person can do.
 *
 * - `Unknown`, `Ambiguous`: no lesson, or several, are meant; `Gone`: it is undone or forgotten already;
 * - `OtherModel`, `OtherAdapter`: it belongs elsewhere; `HasLessons`: what is asked is for adapters without any;
 * - `Untrained`: nothing is trained here; `Objective`: what it was learned with cannot be had;
 * - `Relearn`: learning it anew failed; `Adapter`: weights could not be saved, loaded or written.
 */
export class LessonsError extends Schema.TaggedError<LessonsError>()("LessonsError", {
  reason: Schema.Literals([
    "Unknown",
    "Ambiguous",
    "Gone",
    "OtherModel",
    "OtherAdapter",
    "HasLessons",
    "Untrained",
    "Objective",
    "Relearn",
    "Adapter"
  ]),
  message: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get [Runtime.errorExitCode](): number {
    return WRONG_INPUT
  }
}

/** How many characters of an id are shown, and usually enough to name it. */
const SHORT_ID = 8

export const shortId = (id: string): string => id.slice(0, SHORT_ID)

export const LIST = "`continualcode lessons` lists them."

/** The lesson with this id or the only one whose id begins so. */
export const findLesson = (
  entries: ReadonlyArray<LessonEntry>,
  wanted: string
): Effect.Effect<LessonEntry, LessonsError> => {
  const begun = entries.filter(({ id }) => id.startsWith(wanted))
  const found = entries.find(({ id }) => id === wanted) ?? (begun.length === 1 ? begun[0] : undefined)
  if (found !== undefined && wanted !== "") return Effect.succeed(found)
  return Effect.fail(
    new LessonsError({
      reason: begun.length === 0 || wanted === "" ? "Unknown" : "Ambiguous",
      message: begun.length === 0 || wanted === ""
        ? `There is no lesson ${JSON.stringify(wanted)}. ${LIST}`
        : `${begun.length} lessons begin with ${wanted}: ${
          begun.slice(0, 5).map(({ id, lesson }) =>
            `${id.slice(0, SHORT_ID + 4)}${lesson ? ` (${lesson.correction})` : ""}`
          )
            .join(", ")
        }${begun.length > 5 ? ", …" : ""}. Write more of the id.`
    })
  )
}
