/** The sessions of a client, one after the other. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type { TinkerError } from "../TinkerError.ts"
import type { Core } from "./Core.ts"
import { openSession, type Session } from "./Session.ts"

export interface Sessions {
  /** The service's name of the newest. */
  readonly id: () => string
  /**
   * Makes a model or sampler in the newest session. When the service turns out to have ended or forgotten that session, as in a
   * restart, another is opened and it is made there. What was made before stays with its own session, and fails with it.
   */
  readonly within: <A>(make: (session: Session) => Effect.Effect<A, TinkerError>) => Effect.Effect<A, TinkerError>
}

/** What a service says to requests of a session that it does not know. */
const blamesSession = (error: TinkerError): boolean =>
  error._tag === "TinkerSessionLost" || (error._tag === "TinkerStatusError" && [403, 404, 410].includes(error.status))

export const openSessions = (core: Core): Effect.Effect<Sessions, TinkerError, Scope.Scope> =>
  Effect.gen(function*() {
    const scope = yield* Effect.scope
    const oneAtATime = Semaphore.makeUnsafe(1)
    const open = Effect.gen(function*() {
      const own = yield* Scope.fork(scope)
      const session = yield* Scope.provide(openSession(core), own).pipe(
        Effect.onError((cause) => Scope.close(own, Exit.failCause(cause)))
      )
      return { own, session }
    })
    let current = yield* open

    const follow = (over: Session) =>
      oneAtATime.withPermits(1)(Effect.gen(function*() {
        if (current.session !== over) return
        const next = yield* open
        yield* Scope.close(current.own, Exit.void)
        current = next
      }))

    return {
      id: () => current.session.id,
      within: (make) =>
        Effect.suspend(() => {
          const { session } = current
          return Effect.catchIf(make(session), blamesSession, (error) =>
            Effect.flatMap(session.isKnown, (known) =>
              known
                ? Effect.fail(error)
                : Effect.andThen(follow(session), Effect.suspend(() => make(current.session)))))
        })
    }
  })
