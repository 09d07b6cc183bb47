import type { LessonCard } from "../domain/LessonCard.ts"
import type { LessonEntry } from "../domain/LessonEntry.ts"
import { briefOf, cardOf, type ToldLesson } from "../evidence/LessonCard.ts"

const learned = ({ lesson, outcome }: LessonEntry): ReadonlyArray<ToldLesson> =>
  lesson === undefined || outcome === undefined ? [] : [{ lesson: briefOf(lesson), outcome }]

/** Everything known of one of the ledger's lessons; undefined when it was forgotten. */
export const entryCard = (entry: LessonEntry, entries: ReadonlyArray<LessonEntry>): LessonCard | undefined => {
  const [own] = learned(entry)
  if (own === undefined) return undefined
  const place = entries.indexOf(entry)
  const retry = entries.flatMap(learned).findLast(({ lesson }) => lesson.kind === "retry" && lesson.parent === entry.id)
  return cardOf(
    { number: entries.length - place, of: entries.length },
    own,
    entries.slice(0, place).flatMap(({ lesson }) => lesson === undefined ? [] : [briefOf(lesson)]),
    retry
  )
}
