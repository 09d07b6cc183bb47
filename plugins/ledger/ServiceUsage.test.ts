import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ledger } from "./index.ts"
import type { ServiceUsage } from "../../core/domain/Usage.ts"
import { FeedbackStore, FeedbackStoreError } from "../../core/FeedbackStore.ts"
import { fullMetrics } from "../../core/evidence/FullMetrics.ts"
import { makeUsageTally } from "../../core/evidence/UsageTally.ts"

const used = (prefill: number, sampled: number, trained: number, amount?: number): ServiceUsage => ({
  service: "tinker.test",
  tokens: { prefill, sampled, trained },
  ...(amount === undefined ? {} : { cost: { amount, currency: "USD" } })
})

/** A session that has used `now` so far. */
const session = (now: { value: ServiceUsage }) => ({
  usage: Effect.sync(() => ({ ...now.value, waits: [{ operation: "sample", at: 0, doneAt: 1 }] }))
})

const opened = <A, E>(directory: string, use: (store: FeedbackStore["Service"]) => Effect.Effect<A, E>) =>
  Effect.scoped(Effect.flatMap(
    Layer.build(ledger(directory)),
    (context) => Effect.flatMap(FeedbackStore, use).pipe(Effect.provideContext(context))
  ))

describe("what a session used of a service", () => {
  it.live("is shown for the session, and summed up in the ledger over restarts and services", () =>
    Effect.gen(function*() {
      const directory = mkdtempSync(join(tmpdir(), "usage-"))
      yield* opened(directory, (store) =>
        Effect.gen(function*() {
          const now = { value: used(0, 0, 0) }
          const tally = makeUsageTally(session(now), store)
          yield* tally
          assert.deepStrictEqual((yield* fullMetrics(store, 0, yield* tally)).usage, {
            session: used(0, 0, 0),
            project: []
          })
          now.value = used(100, 10, 5)
          yield* tally
          yield* tally
          now.value = used(150, 12, 5)
          assert.deepStrictEqual((yield* fullMetrics(store, 0, yield* tally)).usage, {
            session: used(150, 12, 5),
            project: [used(150, 12, 5)]
          })
        }))
      yield* opened(directory, (store) =>
        Effect.gen(function*() {
          const now = { value: used(1, 1, 1, 0.5) }
          const tally = makeUsageTally(session(now), store)
          yield* tally
          now.value = used(2, 2, 2, 0.75)
          yield* makeUsageTally(session({ value: { ...used(7, 0, 0), service: "other.test" } }), store)
          assert.deepStrictEqual((yield* fullMetrics(store, 0, yield* tally)).usage, {
            session: used(2, 2, 2, 0.75),
            project: [{ ...used(7, 0, 0), service: "other.test" }, used(152, 14, 7, 0.75)]
          })
        }))
      const outside = yield* opened(directory, (store) => fullMetrics(store, 0))
      assert.deepStrictEqual(outside.usage?.project.map(({ service }) => service), ["other.test", "tinker.test"])
      assert.isUndefined(outside.usage?.session)
    }))

  it.live("is not lost when the ledger cannot be written for a while, and absent where nothing leaves the machine", () =>
    Effect.gen(function*() {
      const written: Array<unknown> = []
      let broken = true
      const tally = makeUsageTally(session({ value: used(3, 2, 1) }), {
        record: (record) =>
          broken
            ? Effect.fail(new FeedbackStoreError({ reason: "Full", message: "disk full" }))
            : Effect.sync(() => void written.push(record))
      })
      assert.strictEqual((yield* Effect.flip(tally)).message, "disk full")
      broken = false
      yield* tally
      assert.deepStrictEqual(written, [{ _tag: "ServiceUsed", ...used(3, 2, 1) }])
      assert.isUndefined(yield* makeUsageTally({}, { record: () => Effect.die("nothing to record") }))
    }))
})
