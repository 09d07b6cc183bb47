/** Whether the service answers at all, as every request finds out. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Observer } from "./Progress.ts"

export interface Presence {
  /** A request found nobody. */
  readonly silent: (reason: string) => Effect.Effect<void>
  /** A request was answered. */
  readonly answered: Effect.Effect<void>
}

/** Tells of each request in vain since when there was no answer, and of the first that is answered again. */
export const makePresence = (publish: Observer): Presence => {
  let since: number | undefined
  return {
    silent: (reason) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        since ??= now
        return publish({ _tag: "Away", since, awayMs: now - since, reason })
      }),
    answered: Effect.suspend(() => {
      if (since === undefined) return Effect.void
      const away = since
      since = undefined
      return Effect.flatMap(
        Clock.currentTimeMillis,
        (now) => publish({ _tag: "Back", since: away, awayMs: now - away })
      )
    })
  }
}
