import type { Call } from "../../core/domain/Call.ts"
import type { LessonEntry } from "../../core/domain/LessonEntry.ts"
import { briefOf } from "../../core/evidence/LessonCard.ts"
import { relationsOf } from "../../core/evidence/Relations.ts"
import { shortId } from "../../core/lessons/FindLesson.ts"
import { callTitle } from "./CallText.ts"
import { cardLines } from "./Card.ts"
import { plain } from "./Line.ts"
import { visible } from "./Visible.ts"

/** Local date and time of milliseconds since 1970, to the minute. */
export const timeText = (at: number): string => {
  const date = new Date(at)
  const two = (value: number) => String(value).padStart(2, "0")
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} `
    + `${two(date.getHours())}:${two(date.getMinutes())}`
}

const oneLine = (text: string): string => visible(text.trim().replace(/\s*\n\s*/g, " ⏎ "))
const callText = (call: Call): string => plain(callTitle(call)).replace(/\s+/g, " ")

const stateText = ({ outcome, state }: LessonEntry): string => {
  switch (state) {
    case "active": {
      const updates = outcome?._tag === "Stepped" ? outcome.step.inner.length : 0
      return `in the adapter, ${updates} update${updates === 1 ? "" : "s"}`
    }
    case "skipped":
      return "nothing to learn"
    case "rolled back":
      return "rolled back by the guard"
    case "undone":
      return "undone"
    case "forgotten":
      return "forgotten"
  }
}

/** What a lesson was about, in a sentence. */
const sentence = (entry: LessonEntry): string => {
  const { lesson } = entry
  if (lesson === undefined) return "what it said is gone"
  const call = callText(lesson.call)
  switch (lesson.kind) {
    case "denial":
      return `instead of ${call}: "${oneLine(lesson.correction)}"`
    case "edit":
      return `instead of ${call}: you made it ${
        lesson.correctedCall === undefined ? "another" : callText(lesson.correctedCall)
      }`
    case "retry":
      return `you approved ${
        lesson.correctedCall === undefined ? "the retry" : callText(lesson.correctedCall)
      }, after: `
        + `"${oneLine(lesson.correction)}"`
  }
}

/** One lesson in two lines. */
export const lessonLines = (entry: LessonEntry): string =>
  `${shortId(entry.id)}  ${timeText(entry.at)}  ${entry.kind}, ${stateText(entry)}\n          ${sentence(entry)}`

/** `1 lesson`, `2 lessons`. */
export const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? "" : "s"}`

export const listText = (entries: ReadonlyArray<LessonEntry>, adapter: string): string => {
  if (entries.length === 0) {
    return `The adapter ${adapter} has no lessons yet. Deny or edit a call in a session, and there is one.`
  }
  const inForce = entries.filter(({ state }) => state === "active").length
  return [
    `The adapter ${adapter}: ${count(entries.length, "lesson")}, ${inForce} in it.`,
    "",
    ...entries.map(lessonLines)
  ].join("\n")
}

/** Everything about one lesson. */
export const showText = (entry: LessonEntry, entries: ReadonlyArray<LessonEntry>): string => {
  const { lesson, outcome, trainedWith } = entry
  const head = [
    `lesson ${entry.id}`,
    `  ${entry.kind}, ${stateText(entry)}; learned ${timeText(entry.at)} in session ${entry.sessionId}`
  ]
  if (lesson === undefined || outcome === undefined) {
    return [...head, "  What it said was removed from the ledger; this tombstone stays."].join("\n")
  }
  const place = entries.indexOf(entry)
  const retry = entries.findLast((one) => one.lesson?.kind === "retry" && one.lesson.parent === entry.id)
  const card = cardLines({
    number: entries.length - place,
    of: entries.length,
    lesson: briefOf(lesson),
    outcome,
    relations: relationsOf(lesson, entries.slice(0, place).flatMap((one) => one.lesson ?? [])),
    ...(retry?.lesson === undefined || retry.outcome === undefined
      ? {}
      : { retry: { lesson: briefOf(retry.lesson), outcome: retry.outcome } })
  })
  return [
    ...head,
    ...(lesson.parent === undefined ? [] : [`  follows from lesson ${shortId(lesson.parent)}`]),
    ...(trainedWith === undefined
      ? []
      : [
        `  objective ${trainedWith.objective} on ${trainedWith.backend} (${trainedWith.engine}), ${entry.shape ?? ""}`
      ]),
    ...card.map(plain)
  ].join("\n")
}

/** A lesson for programs: what the list shows. */
export const summaryOf = ({ at, id, kind, lesson, number, outcome, shape, state }: LessonEntry) => ({
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
