import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import { correctionIn } from "../domain/Verdict.ts"
import { teach } from "./Learn.ts"
import type { Session } from "./Session.ts"
import { remember } from "./Session.ts"

/**
 * `/no`: corrects the last call that ran, after the fact. The attempt is that call's exact tokens under the conversation before
 * it, so it teaches what a denial would have. What was done stays done; the model reads the correction with the next task.
 */
export const correctLast = Effect.fnUntraced(function*(session: Session, given: string) {
  const correction = correctionIn(given)
  if (correction === undefined) {
    return yield* session.announce({ _tag: "Failure", message: "/no needs a correction: say what to do instead." })
  }
  const last = yield* Ref.getAndSet(session.lastRan, undefined)
  if (last === undefined) {
    return yield* session.announce({
      _tag: "Failure",
      message: "There is no call to correct: /no is about the last one that ran, once. Send a task first."
    })
  }
  const { attempt, call, conversation, task } = last
  yield* session.announce({ _tag: "VerdictGiven", call, verdict: { _tag: "Deny", correction } })
  yield* remember(session, { _tag: "Correction", text: correction })
  yield* teach(session, {
    kind: "denial",
    task,
    call,
    attempt,
    conversation,
    refusals: [{ call, attempt, correction }]
  })
})
