/** How long to wait before trying again. All numbers are milliseconds; `attempt` counts from 0. */
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"

const HTTP_BASE = 500
const HTTP_CAP = 10_000
const OUTER_CAP = 30_000
const LONGEST_RETRY_AFTER = 60_000

/** What `Retry-After-Ms` or `Retry-After` (seconds, or a date) asks for; nothing where that is not in (0, 60 s]. */
export const retryAfter = (
  headers: Readonly<Record<string, string | undefined>>,
  now: number
): number | undefined => {
  const inMs = headers["retry-after-ms"]
  const after = headers["retry-after"]
  const wanted = inMs !== undefined && Number.isFinite(Number(inMs))
    ? Number(inMs)
    : after === undefined
    ? Number.NaN
    : Number.isFinite(Number(after))
    ? Number(after) * 1000
    : Date.parse(after) - now
  return wanted > 0 && wanted <= LONGEST_RETRY_AFTER ? wanted : undefined
}

/** min(0.5 · 2^n, 10) s, less up to a quarter of it. */
export const httpDelay = (attempt: number): Effect.Effect<number> =>
  Effect.map(Random.next, (random) => Math.min(HTTP_BASE * 2 ** attempt, HTTP_CAP) * (1 - 0.25 * random))

/** min(2^n, 30) s. */
export const outerDelay = (attempt: number): number => Math.min(1000 * 2 ** attempt, OUTER_CAP)

/** min(0.5 · 2^n, 10) s, up to a quarter more or less. */
export const sampleDelay = (attempt: number): Effect.Effect<number> =>
  Effect.map(
    Random.next,
    (random) => Math.min(HTTP_BASE * 2 ** Math.min(attempt, 10), HTTP_CAP) * (0.75 + 0.5 * random)
  )
