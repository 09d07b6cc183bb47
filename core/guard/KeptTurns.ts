import type { ApprovedTurn } from "../domain/ApprovedTurn.ts"
import type { Call } from "../domain/Call.ts"
import type { Lesson } from "../domain/Lesson.ts"
import { callKind } from "../evidence/CallKind.ts"
import type { LearnedLesson } from "../evidence/LessonCard.ts"
import { sameCall } from "../evidence/SameTurn.ts"
import type { LoraBackend } from "../LoraBackend.ts"
import { parseToolCall } from "../prompt/ParseToolCall.ts"
import { turnIds } from "../prompt/TurnIds.ts"
import type { KeptTurn } from "../Trainer.ts"

/** How many approved turns are looked at for each that may be kept. */
const LOOKED_AT = 4
/** Share of the places that approved turns can't take from taught ones. */
const FOR_TAUGHT = 3 / 4

/** How many of the newest approved turns are enough to choose `count` kept ones. */
export const approvedTurnsFor = (count: number): number => LOOKED_AT * count

interface Taught {
  readonly lesson: Lesson
  /** The turn that the model made untold right after the step. */
  readonly text: string
  readonly call: Pick<Call, "tool" | "arguments"> | undefined
}

const taughtBy = ({ lesson, outcome }: LearnedLesson): ReadonlyArray<Taught> => {
  if (outcome._tag !== "Stepped" || outcome.step.evidence.asCorrected !== true) return []
  const text = outcome.step.evidence.greedyAfter
  const turn = parseToolCall(text)
  return [{ lesson, text, call: turn._tag === "OneCall" ? turn : undefined }]
}

/** Whether a later lesson denies the very call, or wants what this one denied in its place. */
const superseded = (
  { call, lesson }: Taught,
  later: ReadonlyArray<LearnedLesson>,
  taught: ReadonlyArray<Taught>
): boolean => {
  if (call === undefined) return false
  const kind = callKind(call)
  const denied = callKind(lesson.call)
  return later.some((other) =>
    sameCall(call, other.lesson.call)
    || callKind(other.lesson.call) === kind &&
      taught.some((one) => one.lesson === other.lesson && one.call !== undefined && callKind(one.call) === denied)
  )
}

/**
 * What a lesson should leave as it is, newest first, at most `count`: what earlier lessons taught, where the model did it
 * untold right after the step, and calls that were approved before it was made. What the human no longer wants is left out:
 * approved calls of a kind that a later lesson denied, and what a later lesson took back. The same lessons and turns give the
 * same, so that learning a lesson anew rehearses what was rehearsed then.
 */
export const keptTurns = (
  { info, tokenizer }: LoraBackend["Service"],
  { at: made }: Lesson,
  turns: ReadonlyArray<ApprovedTurn>,
  lessons: ReadonlyArray<LearnedLesson>,
  count: number
): ReadonlyArray<KeptTurn> => {
  const newestFirst = <A extends { readonly at: number }>(list: ReadonlyArray<A>) =>
    list.toSorted((a, b) => b.at - a.at)
  const denied = lessons.map(({ lesson }) => ({ at: lesson.at, kind: callKind(lesson.call) }))
  const approved = newestFirst(turns.filter(({ at }) => at <= made)).slice(0, approvedTurnsFor(count)).filter(
    ({ at, call }) => !denied.some((one) => one.at >= at && one.kind === callKind(call))
  ).map(({ at, attempt: { ids, logProbs, promptIds } }) => ({
    at,
    turn: (): KeptTurn => ({ promptIds, ids, logProbs })
  }))

  const all = lessons.flatMap(taughtBy)
  const taught = newestFirst(
    all.filter((one) =>
      one.lesson.modelIdentity === info.modelIdentity
      && !superseded(one, lessons.filter(({ lesson }) => lesson.at > one.lesson.at), all)
    ).map(({ lesson: { at, attempt }, text }) => ({
      at,
      turn: (): KeptTurn => ({ promptIds: attempt.promptIds, ids: turnIds(tokenizer, text) })
    }))
  )
  const places = Math.max(count - approved.length, Math.ceil(FOR_TAUGHT * count))
  const chosen = taught.slice(0, places)
  return newestFirst([...chosen, ...approved.slice(0, count - chosen.length)]).map(({ turn }) => turn())
}
