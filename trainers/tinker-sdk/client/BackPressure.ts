/** How much sampling may be under way at once. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import type { Observer } from "../transport/Progress.ts"

/** Submissions at once. */
const DISPATCH = 400
/** A throttled client sends 10 at once: each counts for 40. */
const THROTTLED_WEIGHT = 40
const THROTTLED_BYTES = 20
const THROTTLED_FOR = 10_000
const BYTES_PER_TOKEN = 10
const LARGE = 131_072
const SHORT_PAUSE = 1000
const LONG_PAUSE = 5000

/** About how large a prompt is. */
export const promptBytes = (tokens: number): number => tokens * BYTES_PER_TOKEN

export interface BackPressure {
  /** Runs a submission when there is room and no pause. */
  readonly dispatch: <A, E, R>(bytes: number, submission: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** Runs a whole sampling, from submission to result. */
  readonly inFlight: <A, E, R>(sampling: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** The service asked for less: nothing is sent for 1 s (5 s after a prompt above 128 KiB). */
  readonly throttled: (bytes: number, operation: string, observe: Observer) => Effect.Effect<void>
  /** Nothing is sent for this long. */
  readonly pause: (ms: number) => Effect.Effect<void>
}

export const makeBackPressure = (limits: {
  readonly bytes: number
  readonly concurrent: number
}): BackPressure => {
  const slots = Semaphore.makeUnsafe(DISPATCH)
  const room = Semaphore.makeUnsafe(limits.bytes)
  const flying = Semaphore.makeUnsafe(limits.concurrent)
  let pausedUntil = 0
  let throttledAt = Number.NEGATIVE_INFINITY

  const afterPause: Effect.Effect<void> = Effect.gen(function*() {
    for (;;) {
      const left = pausedUntil - (yield* Clock.currentTimeMillis)
      if (left <= 0) return
      yield* Effect.sleep(left)
    }
  })

  const pause = (ms: number) =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      pausedUntil = Math.max(pausedUntil, now + ms)
    })

  return {
    dispatch: (bytes, submission) =>
      Effect.gen(function*() {
        yield* afterPause
        const throttled = (yield* Clock.currentTimeMillis) - throttledAt < THROTTLED_FOR
        const weight = throttled ? THROTTLED_WEIGHT : 1
        const size = Math.min(Math.max(bytes, 1) * (throttled ? THROTTLED_BYTES : 1), limits.bytes)
        return yield* slots.withPermits(weight)(
          room.withPermits(size)(Effect.flatMap(afterPause, () => submission))
        )
      }),
    inFlight: (sampling) => flying.withPermits(1)(sampling),
    throttled: (bytes, operation, observe) =>
      Effect.gen(function*() {
        const delayMs = bytes <= LARGE ? SHORT_PAUSE : LONG_PAUSE
        throttledAt = yield* Clock.currentTimeMillis
        yield* pause(delayMs)
        yield* observe({ _tag: "Paused", operation, delayMs, reason: "throttled" })
      }),
    pause
  }
}
