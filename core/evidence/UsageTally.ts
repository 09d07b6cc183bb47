import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import { type ServiceUsage, usageSince } from "../domain/Usage.ts"
import type { FeedbackStoreError, Records } from "../FeedbackStore.ts"
import type { LoraBackend } from "../LoraBackend.ts"

/**
 * Puts what a session's backend asked of a service into the ledger, each time what is new since the last time, and gives the
 * whole session's. Undefined where nothing leaves the machine.
 */
export const makeUsageTally = (
  backend: Pick<LoraBackend["Service"], "usage">,
  store: Pick<Records, "record">
): Effect.Effect<ServiceUsage | undefined, FeedbackStoreError> => {
  const { usage } = backend
  if (usage === undefined) return Effect.undefined
  const turn = Semaphore.makeUnsafe(1)
  let recorded: ServiceUsage | undefined
  return turn.withPermits(1)(Effect.gen(function*() {
    const { waits: _, ...now } = yield* usage
    const added = usageSince(recorded, now)
    if (added !== undefined) yield* store.record({ _tag: "ServiceUsed", ...added })
    recorded = now
    return now
  }))
}
