import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { BackendUsage, ServiceWait } from "../../core/LoraBackend.ts"
import type { Prices } from "./Options.ts"

/** Counts what the service was asked for and how long each answer took. */
export interface Watch {
  /** Runs one operation of the service, in a span of its own, and lists how long it was waited for. */
  readonly timed: <A, E, R>(operation: string, effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  readonly count: (tokens: Partial<BackendUsage["tokens"]>) => void
  readonly usage: Effect.Effect<BackendUsage>
}

const KEPT = 1000

const costOf = ({ prefill, sampled, trained }: BackendUsage["tokens"], prices: Prices) => ({
  amount: (prefill * prices.prefill + sampled * prices.sample + trained * prices.train) / 1e6,
  currency: prices.currency ?? "USD"
})

export const makeWatch = (service: string, prices: Prices | undefined): Watch => {
  const tokens = { prefill: 0, sampled: 0, trained: 0 }
  const waits: Array<ServiceWait> = []
  return {
    timed: (operation, effect) =>
      Effect.gen(function*() {
        const at = yield* Clock.currentTimeMillis
        return yield* Effect.ensuring(
          effect,
          Effect.map(Clock.currentTimeMillis, (doneAt) => {
            waits.push({ operation, at, doneAt })
            if (waits.length > KEPT) waits.shift()
          })
        )
      }).pipe(Effect.withSpan(`tinker.${operation}`)),
    count: ({ prefill = 0, sampled = 0, trained = 0 }) => {
      tokens.prefill += prefill
      tokens.sampled += sampled
      tokens.trained += trained
    },
    usage: Effect.sync(() => ({
      service,
      tokens: { ...tokens },
      ...(prices === undefined ? {} : { cost: costOf(tokens, prices) }),
      waits: [...waits]
    }))
  }
}

/** How many of these operations had to wait for another's end: the longest chain of them, one after the other. */
export const longestChain = (waits: ReadonlyArray<ServiceWait>): number => {
  const sorted = waits.toSorted((a, b) => a.at - b.at)
  const chains: Array<number> = []
  for (const [index, { at }] of sorted.entries()) {
    const before = chains.filter((_, earlier) => earlier < index && sorted[earlier]!.doneAt <= at)
    chains.push(1 + Math.max(0, ...before))
  }
  return Math.max(0, ...chains)
}
