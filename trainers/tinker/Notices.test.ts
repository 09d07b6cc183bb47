import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as PubSub from "effect/PubSub"
import * as Stream from "effect/Stream"
import type { TinkerProgress } from "../tinker-sdk/index.ts"
import { makeNotices, noticesOf } from "./Notices.ts"

const since = new Date(2026, 10, 29, 9, 41, 3).getTime()
const away = (awayMs: number): TinkerProgress => ({ _tag: "Away", since, awayMs, reason: "ECONNREFUSED" })
const back = (awayMs: number): TinkerProgress => ({ _tag: "Back", since, awayMs })

/** All that is said of a course of events. */
const said = (...events: ReadonlyArray<TinkerProgress>) => {
  let told = false
  return events.flatMap((event) => {
    const [next, notices] = noticesOf("tinker.test", told, event)
    told = next
    return notices
  })
}

describe("what the person is told of the service", () => {
  it("that it is away and since when, once for each absence, and that it is back", () => {
    assert.deepStrictEqual(said(away(0), away(900), away(2900), away(20_000), back(65_400), away(0), away(10_000)), [
      "tinker.test does not answer since 09:41:03 (ECONNREFUSED). What it was asked waits and goes on when it is back; "
      + "stopping the turn stops the waiting.",
      "tinker.test answers again, after 1 min 5 s.",
      "tinker.test does not answer since 09:41:03 (ECONNREFUSED). What it was asked waits and goes on when it is back; "
      + "stopping the turn stops the waiting."
    ])
  })

  it("nothing of a moment's absence", () => {
    assert.deepStrictEqual(said(away(0), away(1500), back(1900)), [])
  })

  it("that no sign of life gets there, unless nothing does, and the service's own words", () => {
    const missing: TinkerProgress = { _tag: "HeartbeatMissing", sessionId: "s", sinceMs: 120_000 }
    assert.match(said(missing).join(), /no sign of life from here for 2 min 0 s, so it may end the session/)
    assert.strictEqual(said(away(5000), missing).length, 1)
    assert.deepStrictEqual(said({ _tag: "Notice", level: "warning", text: "upgrade soon" }), [
      "tinker.test says: upgrade soon"
    ])
  })

  it.effect("in the order in which it happens, with what is told beside it", () =>
    Effect.gen(function*() {
      const hub = yield* PubSub.unbounded<TinkerProgress>()
      const notices = yield* makeNotices("tinker.test", Stream.fromPubSub(hub))
      const heard = yield* Effect.forkChild(Stream.runCollect(Stream.take(notices.stream, 2)), {
        startImmediately: true
      })
      yield* Effect.yieldNow
      yield* PubSub.publish(hub, away(3000))
      yield* notices.tell("The model was made anew.")
      const all = yield* Fiber.join(heard)
      assert.match(all.join(" "), /does not answer since 09:41:03.*made anew/)
    }))
})
