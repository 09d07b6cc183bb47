import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"

/** What a start waits for. */
type Stage = "reading" | "preparing" | "loading"

/** Seconds between two lines of one stage. */
const EVERY_SECONDS = 10

interface Now {
  readonly stage: Stage
  /** Milliseconds. */
  readonly since: number
  /** Of the stage, between 0 and 1, where it is known. */
  readonly share?: number
}

const textOf = (name: string, { share, stage }: Now, seconds: number): string => {
  const took = `${Math.round(seconds)} s`
  if (stage === "reading") return `Reading ${name}: ${took}`
  if (stage === "loading") return `Loading ${name}: ${took}`
  if (share === undefined || share === 0) return `Preparing ${name} for this machine, once: ${took}`
  return `Preparing ${name} for this machine, once: ${Math.round(100 * share)} %, ${took}, about ${
    Math.round(seconds * (1 - share) / share)
  } s to go`
}

/**
 * Tells `report` what a start waits for: each stage that takes longer than a second, and every ten seconds how far it is,
 * until `end` or until the scope closes. `at` names the stage from now on; `share` of it is done.
 */
export const startProgress = Effect.fnUntraced(function*(
  name: string,
  report: (message: string) => Effect.Effect<void>
) {
  const clock = yield* Clock.Clock
  const millis = () => clock.currentTimeMillisUnsafe()
  let now: Now = { stage: "reading", since: millis() }
  let told: { readonly stage: Stage; readonly at: number } | undefined
  const tell = Effect.suspend(() => {
    const at = millis()
    if (at - now.since < 1000) return Effect.void
    if (told?.stage === now.stage && at - told.at < EVERY_SECONDS * 1000) return Effect.void
    told = { stage: now.stage, at }
    return report(textOf(name, now, (at - now.since) / 1000))
  })
  const telling = yield* Effect.sleep("1 second").pipe(Effect.andThen(tell), Effect.forever, Effect.forkScoped)
  return {
    at: (stage: Stage, share?: number): void => {
      const since = stage === now.stage ? now.since : millis()
      now = { stage, since, ...(share === undefined ? {} : { share }) }
    },
    end: Fiber.interrupt(telling)
  }
})
