import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { BackendError, LoraBackend } from "../../core/LoraBackend.ts"

type Backend = LoraBackend["Service"]

/*
 * Where each operation is a wait for a distant machine, what will be needed is asked for early. Such a backend remembers its
 * answers, so asking again for what is under way is no other wait. Everywhere else one thing is done after the other.
 */

const overlaps = ({ info }: Backend): boolean => info.capabilities.overlaps === true

/** How to run operations that do not depend on each other: at once where the backend overlaps them, else one by one. */
export const together = (backend: Backend): { readonly concurrency: "unbounded" | 1 } => ({
  concurrency: overlaps(backend) ? "unbounded" : 1
})

/** Asks something of the weights as they are now. What it succeeds with is the answer, to be had later. */
export const askNow = <A>(
  backend: Backend,
  question: Effect.Effect<A, BackendError>
): Effect.Effect<Effect.Effect<A, BackendError>, BackendError> =>
  overlaps(backend)
    ? Effect.map(Effect.forkChild(question, { startImmediately: true }), Fiber.join)
    : Effect.map(question, Effect.succeed)

/**
 * The same backend, which is asked `questions` as soon as an update is made: what somebody will want to know of the new weights
 * is then answered along with the first thing they are asked. `questions` are told how many updates were made.
 */
export const askedAhead = (
  backend: Backend,
  questions: (updates: number) => ReadonlyArray<Effect.Effect<unknown, BackendError>>
): Backend => {
  if (!overlaps(backend)) return backend
  let updates = 0
  return {
    ...backend,
    update: (options) =>
      backend.update(options).pipe(
        // They start when the caller waits: what it asks first goes first.
        Effect.tap(() =>
          Effect.forEach(questions(++updates), (question) => Effect.forkChild(Effect.ignore(question)), {
            discard: true
          })
        )
      )
  }
}
