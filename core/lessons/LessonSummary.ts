import type { LessonEntry, LessonSummary } from "../domain/LessonEntry.ts"

/** A lesson as a list shows it. */
export const summaryOf = (
  { at, id, kind, lesson, number, outcome, shape, state }: LessonEntry
): LessonSummary => ({
  id,
  number,
  at,
  kind,
  state,
  ...(shape === undefined ? {} : { shape }),
  ...(lesson === undefined
    ? {}
    : {
      task: lesson.task,
      correction: lesson.correction,
      call: lesson.call,
      ...(lesson.correctedCall === undefined ? {} : { correctedCall: lesson.correctedCall }),
      ...(lesson.parent === undefined ? {} : { parent: lesson.parent })
    }),
  ...(outcome?._tag === "Stepped"
    ? { revision: outcome.step.revision, updates: outcome.step.inner.length }
    : {}),
  ...(outcome === undefined || outcome._tag === "Stepped" ? {} : { reason: outcome.reason })
})
