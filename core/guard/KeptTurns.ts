import type { ApprovedTurn } from "../domain/ApprovedTurn.ts"
import type { AskedCall } from "../domain/Call.ts"
import type { Lesson } from "../domain/Lesson.ts"
import type { LearnOutcome } from "../domain/Step.ts"
import { callKind } from "../evidence/CallKind.ts"
import type { LearnedLesson } from "../evidence/LessonCard.ts"
import type { LoraBackend, Tokenizer } from "../LoraBackend.ts"
import type { KeptTurn } from "../Trainer.ts"
import { callOf, readTurn, said, sameCall, writtenTurn } from "../Turn.ts"

/** How many approved turns are looked at for each that may be kept. */
const LOOKED_AT = 4
/** Share of the places that approved turns can't take from taught ones. */
const FOR_TAUGHT = 3 / 4

/** How many of the newest approved turns are enough to choose `count` kept ones. */
export const approvedTurnsFor = (count: number): number => LOOKED_AT * count

/** What the choice needs of a lesson; tokens only the chosen ones. */
type Told = Pick<Lesson, "at" | "call" | "modelIdentity">

/** An approved turn, or what a lesson taught: `text` after the prompt of its attempt. */
type ChosenTurn<L> =
  | { readonly _tag: "Approved"; readonly at: number; readonly turn: KeptTurn }
  | { readonly _tag: "Taught"; readonly at: number; readonly lesson: L; readonly text: string }

interface Considered<L> {
  readonly at: number
  readonly lesson: L
  /** The kind of call it denied. */
  readonly denied: string
  /** The turn that the model made untold right after the step, where that is what the human wanted. */
  readonly taught?: {
    readonly text: string
    readonly call?: { readonly asked: AskedCall; readonly kind: string }
  }
}

const consider = <L extends Told>(
  { lesson, outcome }: { readonly lesson: L; readonly outcome: LearnOutcome }
): Considered<L> => {
  const bare = { at: lesson.at, lesson, denied: callKind(lesson.call) }
  if (outcome._tag !== "Stepped" || outcome.step.evidence.asCorrected !== true) return bare
  const text = outcome.step.evidence.greedyAfter
  const asked = callOf(said(text))
  return { ...bare, taught: asked === undefined ? { text } : { text, call: { asked, kind: callKind(asked) } } }
}

const newestFirst = <A extends { readonly at: number }>(list: ReadonlyArray<A>): ReadonlyArray<A> =>
  list.toSorted((a, b) => b.at - a.at)

/**
 * Chooses what a lesson should leave as it is, newest first, at most `count`: what earlier lessons taught, where the model did
 * it untold right after the step, and calls that were approved before it was made. What the human no longer wants is left
 * out: the very call that is denied now, approved calls of a kind that a later lesson denied, and what a later lesson took back. The same lessons and turns
 * give the same, so that learning a lesson anew rehearses what was rehearsed then.
 */
export const chooseKept = <L extends Told>(
  modelIdentity: string,
  { at: made, call: denied }: Pick<Lesson, "at" | "call">,
  turns: ReadonlyArray<ApprovedTurn>,
  lessons: ReadonlyArray<{ readonly lesson: L; readonly outcome: LearnOutcome }>,
  count: number
): ReadonlyArray<ChosenTurn<L>> => {
  const all = newestFirst(lessons.map(consider))
  const denying = Map.groupBy(all, ({ denied }) => denied)
  const approved = newestFirst(turns.filter(({ at }) => at <= made)).slice(0, approvedTurnsFor(count))
    .filter(({ at, call }) =>
      !sameCall(call, denied) && !(denying.get(callKind(call)) ?? []).some((one) => one.at >= at)
    )
    .map(({ at, attempt }) => ({
      _tag: "Approved" as const,
      at,
      turn: { ...readTurn(attempt), promptIds: attempt.promptIds }
    }))

  /** Whether a later lesson denies the very call, or wants what this one denied in its place. */
  const superseded = ({ at, denied, taught }: Considered<L>): boolean => {
    const call = taught?.call
    return call !== undefined &&
      (denying.get(call.kind) ?? []).some((other) =>
        other.at > at && (sameCall(call.asked, other.lesson.call) || other.taught?.call?.kind === denied)
      )
  }

  const places = Math.max(count - approved.length, Math.ceil(FOR_TAUGHT * count))
  const chosen: Array<ChosenTurn<L>> = []
  for (const one of all) {
    if (chosen.length === places) break
    const { at, lesson, taught } = one
    if (taught === undefined || lesson.modelIdentity !== modelIdentity || superseded(one)) continue
    chosen.push({ _tag: "Taught", at, lesson, text: taught.text })
  }
  return newestFirst([...chosen, ...approved.slice(0, count - chosen.length)])
}

/** The tokens of a chosen turn. */
export const keptTurn = (tokenizer: Tokenizer, chosen: ChosenTurn<Pick<Lesson, "attempt">>): KeptTurn =>
  chosen._tag === "Approved"
    ? chosen.turn
    : { ...writtenTurn(tokenizer, chosen.text), promptIds: chosen.lesson.attempt.promptIds }

/** `chooseKept` of lessons that have their tokens. */
export const keptTurns = (
  { info, tokenizer }: LoraBackend["Service"],
  lesson: Lesson,
  turns: ReadonlyArray<ApprovedTurn>,
  lessons: ReadonlyArray<LearnedLesson>,
  count: number
): ReadonlyArray<KeptTurn> =>
  chooseKept(info.modelIdentity, lesson, turns, lessons, count).map((chosen) => keptTurn(tokenizer, chosen))
