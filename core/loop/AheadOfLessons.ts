import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Ref from "effect/Ref"
import { Learner } from "../Learner.ts"
import type { Session } from "./Session.ts"
import { watched } from "./Watched.ts"

/** Asks the human, and does meanwhile what a lesson would have to wait for; that stops when the answer is there. */
export const aheadOfLessons = Effect.fnUntraced(function*<A, E, R>(session: Session, asking: Effect.Effect<A, E, R>) {
  const { ahead } = yield* Learner
  if (ahead === undefined || !(yield* Ref.get(session.training))) return yield* asking
  const fiber = yield* Effect.forkChild(ahead(yield* watched))
  return yield* Effect.ensuring(asking, Fiber.interrupt(fiber))
})
