import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import { FeedbackStore } from "../FeedbackStore.ts"
import { Learner } from "../Learner.ts"
import type { Proposal, Session } from "./Session.ts"
import { freshId } from "./Session.ts"

/**
 * Keeps an approved call with its tokens: later steps are compared on it. A ledger that cannot take it is no reason to stop,
 * and its failures are told when events are recorded. With training off nothing is kept.
 */
export const keepApproved = Effect.fnUntraced(function*(session: Session, task: string, { attempt, call }: Proposal) {
  const learner = yield* Learner
  const store = yield* FeedbackStore
  if (!(yield* Ref.get(session.training))) return
  yield* store.keepApproved({
    id: yield* freshId,
    at: yield* Clock.currentTimeMillis,
    sessionId: session.id,
    task,
    call,
    attempt,
    modelIdentity: learner.modelIdentity,
    adapterRevision: yield* learner.revision
  }).pipe(Effect.catch((error) => Effect.logWarning(error.message)))
})
