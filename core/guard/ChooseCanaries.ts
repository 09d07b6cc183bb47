import type { ApprovedTurn } from "../domain/ApprovedTurn.ts"
import type { Lesson } from "../domain/Lesson.ts"
import { callKind } from "../evidence/CallKind.ts"
import { sameCall, sameIds } from "../Turn.ts"

/** Approved turns looked at. */
export const LOOKED_AT = 48
/** Longest prompt with its call, tokens: a canary is one pass over them. */
const LONGEST = 1536
const LONGEST_CALL = 128

/** Equal for equal texts, spread evenly (FNV-1a). */
const hash = (text: string): number => {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  return value >>> 0
}

/**
 * The approved calls a step is judged by: half of them the newest, half a draw that stays the same as new ones come. Left
 * out is what the lesson is about: calls of the kind just denied or of the wanted one, and its own prompt; and what is long.
 */
export const chooseCanaries = (
  turns: ReadonlyArray<ApprovedTurn>,
  lesson: Lesson,
  count: number
): ReadonlyArray<ApprovedTurn> => canariesBeside(turns, [lesson], count)

/** The same for what several lessons are about, or none. */
export const canariesBeside = (
  turns: ReadonlyArray<ApprovedTurn>,
  lessons: ReadonlyArray<Lesson>,
  count: number
): ReadonlyArray<ApprovedTurn> => {
  const concerned = new Set(
    lessons.flatMap(({ call, correctedCall }) => correctedCall === undefined ? [call] : [call, correctedCall])
      .map(callKind)
  )
  const fit = turns.filter(({ attempt, call }) =>
    !concerned.has(callKind(call))
    && attempt.ids.length > 0 && attempt.ids.length <= LONGEST_CALL
    && attempt.promptIds.length + attempt.ids.length <= LONGEST
    && !lessons.some((lesson) => sameIds(attempt.promptIds, lesson.attempt.promptIds))
  )
  const distinct = fit.filter((turn, index) =>
    fit.findIndex((other) => other.task === turn.task && sameCall(other.call, turn.call)) === index
  )
  const newest = distinct.slice(0, Math.ceil(count / 2))
  const drawn = distinct.slice(newest.length).toSorted((a, b) => hash(a.id) - hash(b.id)).slice(
    0,
    count - newest.length
  )
  return [...newest, ...drawn]
}
