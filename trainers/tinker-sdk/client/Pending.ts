import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { type TinkerError, TinkerTimeoutError } from "../TinkerError.ts"

/** An operation on its way. It goes on whether anyone waits or not. */
export interface Pending<A> {
  readonly operation: string
  /** The service took it. */
  readonly accepted: Effect.Effect<void, TinkerError>
  /**
   * Its result, polled for while somebody waits; interruption only stops the polling. The deadline counts from here, and
   * waiting again after it is fine. Once there, the result is kept.
   */
  readonly result: Effect.Effect<A, TinkerError>
}

const late = (operation: string, deadline: Duration.Input) =>
  new TinkerTimeoutError({ operation, seconds: Duration.toSeconds(deadline) })

/** `redeem` gets what was accepted and the time that is left. */
export const makePending = <A, Accepted>(parts: {
  readonly operation: string
  readonly accepted: Effect.Effect<Accepted, TinkerError>
  readonly deadline: Duration.Input
  readonly redeem: (accepted: Accepted, left: Duration.Duration) => Effect.Effect<A, TinkerError>
}): Pending<A> => {
  const { accepted, deadline, operation, redeem } = parts
  let known: { readonly value: A } | undefined
  const result = Effect.gen(function*() {
    if (known !== undefined) return known.value
    const started = yield* Clock.currentTimeMillis
    const promise = yield* Effect.timeoutOrElse(accepted, {
      duration: deadline,
      orElse: () => Effect.fail(late(operation, deadline))
    })
    const used = (yield* Clock.currentTimeMillis) - started
    const value = yield* redeem(promise, Duration.millis(Math.max(Duration.toMillis(deadline) - used, 0)))
    known = { value }
    return value
  })
  return { operation, accepted: Effect.asVoid(accepted), result }
}

/** Another view on the same operation. */
export const mapPending = <A, B>(pending: Pending<A>, f: (value: A) => B): Pending<B> => ({
  ...pending,
  result: Effect.map(pending.result, f)
})
