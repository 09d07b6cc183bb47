import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { BackendError, type LoraBackend } from "../LoraBackend.ts"

/** The adapter before something was done to it, optimiser and shadows included. */
export interface Before {
  readonly bytes: Uint8Array
  /** Brings it back, to the byte. */
  readonly putBack: Effect.Effect<void, BackendError>
}

/** Makes a part of what cannot be interrupted interruptible again. */
export type Interruptible = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

const lost = (cause: BackendError): BackendError =>
  new BackendError({
    reason: cause.reason,
    message: `The weights before could not be brought back. ${cause.message}`,
    cause
  })

/**
 * Does something with the adapter whole or not at all: on failure and interruption adapter, optimiser and shadows are put back,
 * and a gradient that waits is dropped. Only what `work` marks can be interrupted, so that a commit is finished first; once it
 * has succeeded nothing is taken back, and `then` follows. The one place where changes of weights are undone.
 */
export const allOrNothing = <A, E, R, B = void, E2 = never>(
  backend: Pick<LoraBackend["Service"], "discard" | "restore" | "snapshot">,
  work: (before: Before, interruptible: Interruptible) => Effect.Effect<A, E, R>,
  then: (done: A) => Effect.Effect<B, E2>
): Effect.Effect<B, E | E2 | BackendError, R> =>
  Effect.uninterruptibleMask(Effect.fnUntraced(function*(interruptible) {
    const bytes = yield* backend.snapshot
    const putBack = Effect.andThen(backend.discard, backend.restore(bytes)).pipe(Effect.mapError(lost))
    const done = yield* work({ bytes, putBack }, interruptible).pipe(
      Effect.onExit((exit) => Exit.isSuccess(exit) ? Effect.void : putBack)
    )
    return yield* then(done)
  }))
