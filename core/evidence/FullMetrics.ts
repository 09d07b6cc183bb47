import * as Effect from "effect/Effect"
import type { Metrics } from "../domain/Metrics.ts"
import type { ServiceUsage } from "../domain/Usage.ts"
import type { FeedbackStoreError, LessonLog, Records } from "../FeedbackStore.ts"
import { historyOf } from "./History.ts"

/** The ledger's counts with the whole history and all probe runs, for charts; `session`: what this session used so far. */
export const fullMetrics = (
  store: Pick<Records, "metrics" | "probeRuns"> & Pick<LessonLog, "learned">,
  revision: number,
  session?: ServiceUsage
): Effect.Effect<Metrics, FeedbackStoreError> =>
  Effect.all([store.metrics(revision), store.learned, store.probeRuns]).pipe(
    Effect.map(([metrics, lessons, probes]) => ({
      ...metrics,
      ...(session === undefined ? {} : { usage: { project: [], ...metrics.usage, session } }),
      history: historyOf(lessons),
      probes
    }))
  )
