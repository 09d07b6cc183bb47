import type { Call } from "../domain/Call.ts"
import type { Lesson, LessonRelations } from "../domain/Lesson.ts"
import { callKind } from "./CallKind.ts"
import { sameCall } from "./SameTurn.ts"
import { alike, type Meaning, meaningOf, opposed } from "./Meaning.ts"

/** What relations are read off. */
export type Correction = Pick<Lesson, "id" | "kind" | "correction" | "call" | "task"> & {
  readonly parent?: string
  readonly correctedCall?: Call
}

/** The call each denial led to, once its retry was approved; an edit's is its own. */
const correctedCalls = (lessons: ReadonlyArray<Correction>): ReadonlyMap<string, Call> => {
  const calls = new Map<string, Call>()
  for (const { correctedCall, id, parent } of lessons) {
    if (correctedCall !== undefined) calls.set(parent ?? id, correctedCall)
  }
  return calls
}

const changedArguments = (from: Call, to: Call): string =>
  [...new Set([...Object.keys(from.arguments), ...Object.keys(to.arguments)])]
    .filter((name) => JSON.stringify(from.arguments[name]) !== JSON.stringify(to.arguments[name]))
    .sort()
    .join(" ")

/**
 * Whether two corrections say the same: of calls of the same kind, towards calls of the same kind where those are known,
 * and in words that mean the same. An edit has no words of its own: there the changed arguments must be the same ones.
 */
const saysTheSame = (a: Correction, b: Correction, corrected: ReadonlyMap<string, Call>): boolean => {
  if (callKind(a.call) !== callKind(b.call)) return false
  const [x, y] = [corrected.get(a.id), corrected.get(b.id)]
  if (x !== undefined && y !== undefined && callKind(x) !== callKind(y)) return false
  if (a.kind === "edit" && b.kind === "edit") {
    return x !== undefined && y !== undefined && changedArguments(a.call, x) === changedArguments(b.call, y)
      && [...meaningOf(changedText(a.call, x)).keys()].some((key) => meaningOf(changedText(b.call, y)).has(key))
  }
  return a.kind === b.kind && alike(meaningOf(a.correction), meaningOf(b.correction))
}

/** The new values of the arguments that an edit changed. */
const changedText = (from: Call, to: Call): string =>
  Object.entries(to.arguments)
    .filter(([name, value]) => JSON.stringify(from.arguments[name]) !== JSON.stringify(value))
    .map(([, value]) => typeof value === "string" ? value : JSON.stringify(value))
    .join(" ")

/** The words that name a kind of call: `bash npm install` is named by npm and install. */
const namesOf = (call: Call): ReadonlyArray<string> => {
  const words = callKind(call).split(" ")
  return words.length > 1 ? words.slice(1) : words
}

const names = (wanted: Meaning, call: Call): boolean =>
  namesOf(call).some((name) => [...meaningOf(name).keys()].some((key) => wanted.has(key)))

const contradiction = (
  now: Correction,
  before: Correction,
  corrected: ReadonlyMap<string, Call>
): string | undefined => {
  const wantedBefore = corrected.get(before.id)
  const wantedNow = corrected.get(now.id)
  if (wantedBefore !== undefined && sameCall(wantedBefore, now.call)) return "it taught the very call you denied now"
  const swapped = wantedBefore !== undefined && wantedNow !== undefined
    && callKind(before.call) !== callKind(wantedBefore)
    && callKind(wantedBefore) === callKind(now.call) && callKind(wantedNow) === callKind(before.call)
  if (swapped)
    return `it taught ${callKind(wantedBefore)} in place of ${callKind(before.call)}, now it is the other way round`
  if (now.kind === "edit" || before.kind === "edit") return undefined
  const [said, saidBefore] = [meaningOf(now.correction), meaningOf(before.correction)]
  if (callKind(now.call) !== callKind(before.call) && names(saidBefore, now.call) && names(said, before.call)) {
    return `it asked for ${namesOf(now.call).join(" ")} in place of ${
      namesOf(before.call).join(" ")
    }, now it is the other way round`
  }
  const related = callKind(now.call) === callKind(before.call) || names(saidBefore, now.call) ||
    names(said, before.call)
  const [word] = opposed(said, saidBefore)
  return related && word !== undefined ? `one wants "${word}", the other does not` : undefined
}

/**
 * How a lesson stands to all lessons before it, oldest first: how often its correction was said, and the newest earlier
 * lesson that wants the opposite. Deterministic and by words and calls alone, so it misses what only a reader would see.
 */
export const relationsOf = (lesson: Correction, earlier: ReadonlyArray<Correction>): LessonRelations => {
  const corrected = correctedCalls([...earlier, lesson])
  const said = earlier.filter(({ id, kind }) => kind !== "retry" && id !== lesson.id)
  const same = said.filter((one) => saysTheSame(lesson, one, corrected))
  for (const before of said.toReversed()) {
    if (same.includes(before)) break
    const reason = contradiction(lesson, before, corrected)
    if (reason === undefined) continue
    const { correction, id } = before
    return {
      times: same.length + 1,
      same: same.map((one) => one.id),
      contradicts: { lessonId: id, correction, reason }
    }
  }
  return { times: same.length + 1, same: same.map((one) => one.id) }
}
