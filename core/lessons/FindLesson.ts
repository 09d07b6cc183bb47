import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { LessonEntry } from "../domain/LessonEntry.ts"

/** Something asked of the lessons cannot be done. Adapter and ledger are as before. */
export class LessonsError extends Schema.TaggedError<LessonsError>()("LessonsError", { message: Schema.String }) {}

/** How many characters of an id are shown, and usually enough to name it. */
export const SHORT_ID = 8

export const shortId = (id: string): string => id.slice(0, SHORT_ID)

const LIST = "`continualcode lessons` lists them."

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
