import type { Call } from "../../core/domain/Call.ts"
import type { LessonEntry, LessonSummary } from "../../core/domain/LessonEntry.ts"
import { entryCard } from "../../core/lessons/EntryCard.ts"
import { shortId } from "../../core/lessons/FindLesson.ts"
import type { RebuildCheck } from "../../core/lessons/RebuildCheck.ts"
import { summaryOf } from "../../core/lessons/LessonSummary.ts"
import { callTitle } from "./CallText.ts"
import { cardLines } from "./Card.ts"
import { plain } from "./Line.ts"
import { count, drift } from "./Numbers.ts"
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

const stateText = ({ state, updates = 0 }: LessonSummary): string => {
  switch (state) {
    case "active":
      return `in the adapter, ${count(updates, "update")}`
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
const sentence = ({ call, correctedCall, correction, kind }: LessonSummary): string => {
  if (call === undefined || correction === undefined) return "what it said is gone"
  const wanted = correctedCall === undefined ? undefined : callText(correctedCall)
  switch (kind) {
    case "denial":
      return `instead of ${callText(call)}: "${oneLine(correction)}"`
    case "edit":
      return `instead of ${callText(call)}: you made it ${wanted ?? "another"}`
    case "retry":
      return `you approved ${wanted ?? "the retry"}, after: "${oneLine(correction)}"`
  }
}

/** One lesson in two lines. */
export const lessonLines = (one: LessonSummary): string =>
  `${shortId(one.id)}  ${timeText(one.at)}  ${one.kind}, ${stateText(one)}\n          ${sentence(one)}`

/** All lessons, of the adapter of this name when one is given. */
export const listText = (lessons: ReadonlyArray<LessonSummary>, adapter?: string): string => {
  const whose = adapter === undefined ? "The adapter" : `The adapter ${adapter}`
  if (lessons.length === 0) {
    return `${whose} has no lessons yet. Deny or edit a call in a session, and there is one.`
  }
  const inForce = lessons.filter(({ state }) => state === "active").length
  return [`${whose}: ${count(lessons.length, "lesson")}, ${inForce} in it.`, "", ...lessons.map(lessonLines)].join("\n")
}

/** What an undo did. */
export const undoneText = (
  { forgotten, lessons, relearned, revision }: {
    readonly lessons: ReadonlyArray<LessonSummary>
    readonly relearned: ReadonlyArray<LessonSummary>
    readonly forgotten: boolean
    readonly revision: number
  },
  adapter?: string
): string => {
  const whose = adapter === undefined ? "the adapter" : `the adapter ${adapter}`
  return [
    `${forgotten ? "Forgotten, and out of" : "Out of"} ${whose}:`,
    ...lessons.map(lessonLines),
    relearned.length === 0
      ? `It is, to the byte, as it was before (revision ${revision}).`
      : `Learned anew: ${count(relearned.length, "later lesson")}, as if it had never happened (revision ${revision}).`
  ].join("\n")
}

/** What a rebuild did to calls that were approved before, and a warning if there is one. */
export const checkText = ({ approved, warning }: RebuildCheck): string =>
  [
    ...(approved === undefined ? [] : [
      `Of ${count(approved.count, "call")} you approved before, asked again, ${
        Math.round(approved.unchanged * approved.count)
      } ${approved.count === 1 ? "is" : "are"} as before (drift ${drift(approved.kl)} nats per token).`
    ]),
    ...(warning === undefined ? [] : [warning])
  ].map((text) => `\n${text}`).join("")

/** Everything about one lesson. */
export const showText = (entry: LessonEntry, entries: ReadonlyArray<LessonEntry>): string => {
  const { lesson, trainedWith } = entry
  const head = [
    `lesson ${entry.id}`,
    `  ${entry.kind}, ${stateText(summaryOf(entry))}; learned ${timeText(entry.at)} in session ${entry.sessionId}`
  ]
  const card = entryCard(entry, entries)
  if (card === undefined) {
    return [...head, "  What it said was removed from the ledger; this tombstone stays."].join("\n")
  }
  return [
    ...head,
    ...(lesson?.parent === undefined ? [] : [`  follows from lesson ${shortId(lesson.parent)}`]),
    ...(trainedWith === undefined
      ? []
      : [
        `  objective ${trainedWith.objective} on ${trainedWith.backend} (${trainedWith.engine}), ${entry.shape ?? ""}`
      ]),
    ...cardLines(card).map(plain)
  ].join("\n")
}
