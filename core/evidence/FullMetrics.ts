import * as Effect from "effect/Effect"
import type { Metrics } from "../domain/Event.ts"
import type { FeedbackStore, FeedbackStoreError } from "../FeedbackStore.ts"
import { historyOf } from "./History.ts"

/** The ledger's counts with the whole history and all probe runs, for charts. */
export const fullMetrics = (
  store: FeedbackStore["Service"],
  revision: number
): Effect.Effect<Metrics, FeedbackStoreError> =>
  Effect.all([store.metrics(revision), store.learned, store.probeRuns]).pipe(
    Effect.map(([metrics, lessons, probes]) => ({ ...metrics, history: historyOf(lessons), probes }))
  )
