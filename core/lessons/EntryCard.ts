import type { LessonCard } from "../domain/Event.ts"
import type { LessonEntry } from "../domain/LessonEntry.ts"
import { briefOf } from "../evidence/LessonCard.ts"
import { relationsOf } from "../evidence/Relations.ts"

/** Everything known of one of the ledger's lessons; undefined when it was forgotten. */
export const entryCard = (entry: LessonEntry, entries: ReadonlyArray<LessonEntry>): LessonCard | undefined => {
  const { lesson, outcome } = entry
  if (lesson === undefined || outcome === undefined) return undefined
  const place = entries.indexOf(entry)
  const retry = entries.findLast((one) => one.lesson?.kind === "retry" && one.lesson.parent === entry.id)
  return {
    number: entries.length - place,
    of: entries.length,
    lesson: briefOf(lesson),
    outcome,
    relations: relationsOf(lesson, entries.slice(0, place).flatMap((one) => one.lesson ?? [])),
    ...(retry?.lesson === undefined || retry.outcome === undefined
      ? {}
      : { retry: { lesson: briefOf(retry.lesson), outcome: retry.outcome } })
  }
}
