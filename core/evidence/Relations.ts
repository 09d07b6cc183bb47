import type { Call } from "../domain/Call.ts"
import type { Lesson, LessonRelations } from "../domain/Lesson.ts"
import { callKind } from "./CallKind.ts"
import { sameCall } from "../Turn.ts"
import { alike, type Meaning, meaningOf, opposed } from "./Meaning.ts"

/** What relations are read off. */
export type Correction = Pick<Lesson, "id" | "kind" | "correction" | "call" | "task" | "parent" | "correctedCall">

/** A correction as it is compared: what of it is asked for again and again is read once. */
interface Reading {
  readonly of: Correction
  /** Kind of the denied call, and the words that name it. */
  readonly kind: string
  readonly names: ReadonlyArray<string>
  readonly meaning: Meaning
}

/** The words that name a kind of call: `bash npm install` is named by npm and install. */
const namesOf = (kind: string): ReadonlyArray<string> => {
  const words = kind.split(" ")
  return words.length > 1 ? words.slice(1) : words
}

const reading = (of: Correction): Reading => {
  const kind = callKind(of.call)
  return { of, kind, names: namesOf(kind), meaning: meaningOf(of.correction) }
}

/** The call each denial led to, once its retry was approved; an edit's is its own. By the lesson's id. */
type Wanted = ReadonlyMap<string, { readonly call: Call; readonly kind: string }>

const changedArguments = (from: Call, to: Call): string =>
  [...new Set([...Object.keys(from.arguments), ...Object.keys(to.arguments)])]
    .filter((name) => JSON.stringify(from.arguments[name]) !== JSON.stringify(to.arguments[name]))
    .sort()
    .join(" ")

/** The new values of the arguments that an edit changed. */
const changedText = (from: Call, to: Call): string =>
  Object.entries(to.arguments)
    .filter(([name, value]) => JSON.stringify(from.arguments[name]) !== JSON.stringify(value))
    .map(([, value]) => typeof value === "string" ? value : JSON.stringify(value))
    .join(" ")

/**
 * Whether two corrections say the same: of calls of the same kind, towards calls of the same kind where those are known,
 * and in words that mean the same. An edit has no words of its own: there the changed arguments must be the same ones.
 */
const saysTheSame = (a: Reading, b: Reading, wanted: Wanted): boolean => {
  if (a.kind !== b.kind || a.of.kind !== b.of.kind) return false
  const [x, y] = [wanted.get(a.of.id), wanted.get(b.of.id)]
  if (x !== undefined && y !== undefined && x.kind !== y.kind) return false
  if (a.of.kind !== "edit") return alike(a.meaning, b.meaning)
  return x !== undefined && y !== undefined
    && changedArguments(a.of.call, x.call) === changedArguments(b.of.call, y.call)
    && [...meaningOf(changedText(a.of.call, x.call)).keys()].some((key) =>
      meaningOf(changedText(b.of.call, y.call)).has(key)
    )
}

/** Whether words name a kind of call, by what tells it from the other one: `git` says nothing between two calls of git. */
const isNamed = ({ names }: Reading, meaning: Meaning, other: Reading): boolean =>
  names.some((name) => !other.names.includes(name) && [...meaningOf(name).keys()].some((key) => meaning.has(key)))

const contradiction = (now: Reading, before: Reading, wanted: Wanted): string | undefined => {
  const wantedBefore = wanted.get(before.of.id)
  const wantedNow = wanted.get(now.of.id)
  if (wantedBefore !== undefined && sameCall(wantedBefore.call, now.of.call)) {
    return "it taught the very call you denied now"
  }
  const swapped = wantedBefore !== undefined && wantedNow !== undefined
    && before.kind !== wantedBefore.kind && wantedBefore.kind === now.kind && wantedNow.kind === before.kind
  if (swapped) return `it taught ${wantedBefore.kind} in place of ${before.kind}, now it is the other way round`
  if (now.of.kind === "edit" || before.of.kind === "edit") return undefined
  const [asked, askedBefore] = [isNamed(before, now.meaning, now), isNamed(now, before.meaning, before)]
  if (now.kind !== before.kind && askedBefore && asked) {
    return `it asked for ${now.names.join(" ")} in place of ${before.names.join(" ")}, now it is the other way round`
  }
  if (now.kind !== before.kind && !askedBefore && !asked) return undefined
  const [word] = opposed(now.meaning, before.meaning)
  return word === undefined ? undefined : `one wants "${word}", the other does not`
}

/** Compares corrections, given oldest first, each with all before it. */
const comparer = () => {
  const said: Array<Reading> = []
  const wanted = new Map<string, { readonly call: Call; readonly kind: string }>()

  const add = (one: Correction): Reading => {
    const { correctedCall, id, kind, parent } = one
    if (correctedCall !== undefined) {
      wanted.set(parent ?? id, { call: correctedCall, kind: callKind(correctedCall) })
    }
    const read = reading(one)
    if (kind !== "retry") said.push(read)
    return read
  }

  return {
    add,
    /** Adds one and says how it stands to those before it. */
    compare: (one: Correction): LessonRelations => {
      const earlier = said.filter(({ of }) => of.id !== one.id)
      const now = add(one)
      const same = earlier.filter((before) => saysTheSame(now, before, wanted))
      const newest = same.at(-1)
      for (const before of earlier.toReversed()) {
        if (before === newest) break
        const reason = contradiction(now, before, wanted)
        if (reason === undefined) continue
        const { correction, id } = before.of
        return {
          times: same.length + 1,
          same: same.map(({ of }) => of.id),
          contradicts: { lessonId: id, correction, reason }
        }
      }
      return { times: same.length + 1, same: same.map(({ of }) => of.id) }
    }
  }
}

/**
 * How a lesson stands to all lessons before it, oldest first: how often its correction was said, and the newest earlier
 * lesson that wants the opposite. Deterministic and by words and calls alone, so it misses what only a reader would see.
 */
export const relationsOf = (lesson: Correction, earlier: ReadonlyArray<Correction>): LessonRelations => {
  const { add, compare } = comparer()
  for (const one of earlier) add(one)
  return compare(lesson)
}

/** `relationsOf` for each of these lessons and those before it, oldest first. */
export const relationsOfEach = (lessons: ReadonlyArray<Correction>): ReadonlyArray<LessonRelations> =>
  lessons.map(comparer().compare)
