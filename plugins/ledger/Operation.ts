import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { FeedbackStoreError } from "../../core/FeedbackStore.ts"
import { attempt } from "./Database.ts"

/** An operation of the ledger: a span of its name around synchronous work; `what` begins the message when it fails. */
export const operation = <A>(name: string, what: string, work: () => A): Effect.Effect<A, FeedbackStoreError> =>
  Effect.withSpan(attempt(what, work), `FeedbackStore.${name}`)

/** The same at the present time. */
export const operationNow = <A>(
  name: string,
  what: string,
  work: (at: number) => A
): Effect.Effect<A, FeedbackStoreError> =>
  Effect.flatMap(Clock.currentTimeMillis, (at) => operation(name, what, () => work(at)))
