import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import { correctionIn } from "../domain/Verdict.ts"
import { teachDenial } from "./Learn.ts"
import { remember, type Session } from "./Session.ts"
import type { Refused } from "./Turn.ts"

/**
 * `/no`: corrects what the model did last, after the fact: the last call that ran, else the answer. The attempt is its exact tokens
 * under the conversation before it, so it teaches what a denial would have. What was done stays done, and the model reads the
 * correction with the next task; an answer is tried again, which is the turn that is given.
 */
export const correctLast = Effect.fnUntraced(function*(session: Session, given: string) {
  const correction = correctionIn(given)
  if (correction === undefined) {
    yield* session.announce({ _tag: "Failure", message: "/no needs a correction: say what to do instead." })
    return undefined
  }
  const ran = yield* Ref.getAndSet(session.lastRan, undefined)
  const last = ran ?? (yield* Ref.getAndSet(session.lastSaid, undefined))
  if (last === undefined) {
    yield* session.announce({
      _tag: "Failure",
      message:
        "There is nothing to correct: /no is about the last call that ran or the last answer, once. Send a task first."
    })
    return undefined
  }
  const { call, conversation, task } = last
  if (ran === undefined) yield* session.announce({ _tag: "TurnResumed" })
  yield* session.announce({ _tag: "VerdictGiven", call, verdict: { _tag: "Deny", correction } })
  const saidLast = (yield* Ref.get(session.conversation)).at(-1)?._tag === "Assistant"
  yield* remember(
    session,
    ran === undefined && saidLast ? { _tag: "Denied", call, correction } : { _tag: "Correction", text: correction }
  )
  const { lessonId, refusal } = yield* teachDenial(session, last, correction)
  if (ran !== undefined) return undefined
  const refused: Refused = { conversation, refusals: [refusal], lessonId }
  return { task, refused } as const
})
