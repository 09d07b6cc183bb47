import type { LessonCard } from "../domain/LessonCard.ts"
import type { Lesson, LessonBrief } from "../domain/Lesson.ts"
import type { LearnOutcome } from "../domain/Step.ts"
import { relationsOf } from "./Relations.ts"

/** A lesson without its tokens, and what learning it did. */
export interface ToldLesson {
  readonly lesson: LessonBrief
  readonly outcome: LearnOutcome
}

export interface LearnedLesson {
  readonly lesson: Lesson
  readonly outcome: LearnOutcome
}

/** A lesson without its tokens. */
export const briefOf = (lesson: Lesson): LessonBrief => {
  const { adapterRevision, at, attempt, call, correctedCall, correction, id, kind, modelIdentity, parent, task } =
    lesson
  return {
    id,
    kind,
    ...(parent === undefined ? {} : { parent }),
    at,
    task,
    correction,
    call,
    ...(correctedCall === undefined ? {} : { correctedCall }),
    attempt: attempt.text,
    modelIdentity,
    adapterRevision
  }
}

/** A lesson's card beside the lessons before it and that of its approved retry. */
export const cardOf = (
  place: Pick<LessonCard, "number" | "of">,
  { lesson, outcome }: ToldLesson,
  earlier: ReadonlyArray<LessonBrief>,
  retry: ToldLesson | undefined
): LessonCard => ({
  ...place,
  lesson,
  outcome,
  relations: relationsOf(lesson, earlier),
  ...(retry === undefined ? {} : { retry })
})

/**
 * The card of a lesson, counted from the end of `lessons` (oldest first); undefined when there are not so many. A denial
 * and the lesson of its approved retry are one: they count once, and the card holds both.
 */
export const lessonCard = (lessons: ReadonlyArray<ToldLesson>, number: number): LessonCard | undefined => {
  const ids = new Set(lessons.map(({ lesson }) => lesson.id))
  const heads = lessons.filter(({ lesson }) => lesson.kind !== "retry" || !ids.has(lesson.parent ?? ""))
  const head = heads.at(-number)
  if (head === undefined || number < 1) return undefined
  const retry = lessons.findLast(({ lesson }) => lesson.kind === "retry" && lesson.parent === head.lesson.id)
  const earlier = lessons.slice(0, lessons.indexOf(head)).map(({ lesson }) => lesson)
  return cardOf({ number, of: heads.length }, head, earlier, retry)
}
