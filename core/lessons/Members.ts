import type { AdapterKey, LessonEntry } from "../domain/LessonEntry.ts"
import type { Lesson } from "../domain/Lesson.ts"

/** An entry whose content is still there. */
export type ReadableEntry = LessonEntry & { readonly lesson: Lesson }

const counts = (entry: LessonEntry): entry is ReadableEntry =>
  entry.lesson !== undefined && (entry.state === "active" || entry.state === "skipped")

/** Lessons of a model that are in its adapters, or would be had there been something to learn. */
export const lessonsOfModel = (entries: ReadonlyArray<LessonEntry>, modelIdentity: string) =>
  entries.filter(counts).filter((entry) => entry.modelIdentity === modelIdentity)

export const belongsTo = (entry: LessonEntry, adapter: AdapterKey): boolean =>
  entry.modelIdentity === adapter.modelIdentity && (entry.shape === undefined || entry.shape === adapter.shape)

/** Of these lessons, those that `ids` and the approved retries that followed from them. */
export const withRetries = (
  entries: ReadonlyArray<LessonEntry>,
  ids: ReadonlySet<string>
): ReadonlyArray<LessonEntry> => {
  const chosen = new Set(ids)
  return entries.filter((entry) => {
    const follows = entry.lesson?.kind === "retry" && chosen.has(entry.lesson.parent ?? "")
    if (follows) chosen.add(entry.id)
    return follows || chosen.has(entry.id)
  })
}

const plain = (text: string): string => text.normalize("NFC").replace(/\s+/g, " ").trim()

/**
 * Lessons whose prompts hold what these corrections say, because they were made later in the same conversation or say the
 * same. `decode` turns token ids into text.
 */
export const quoting = (
  entries: ReadonlyArray<LessonEntry>,
  corrections: ReadonlyArray<string>,
  decode: (ids: ReadonlyArray<number>) => string
): ReadonlyArray<ReadableEntry> => {
  const wanted = corrections.map(plain).filter((text) => text !== "")
  return entries.filter((entry): entry is ReadableEntry => {
    if (entry.lesson === undefined) return false
    const { attempt, correction, teacherPromptIds } = entry.lesson
    const held = plain([correction, decode(attempt.promptIds), decode(teacherPromptIds)].join("\n"))
    return wanted.some((text) => held.includes(text))
  })
}
