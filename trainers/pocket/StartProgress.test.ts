import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { startProgress } from "./StartProgress.ts"

const started = Effect.gen(function*() {
  const said: Array<string> = []
  const { at, end } = yield* startProgress("coder", (message) => Effect.sync(() => void said.push(message)))
  yield* Effect.yieldNow
  return { at, end, said }
})

describe("what a start waits for", () => {
  it.effect("is told from the first second on: stage, share and seconds, each stage at once and then every ten seconds", () =>
    Effect.scoped(Effect.gen(function*() {
      const { at, said } = yield* started
      yield* TestClock.adjust("1 second")
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(said, ["Reading coder: 1 s"])
      at("preparing", 0)
      yield* TestClock.adjust("1 second")
      at("preparing", 0.25)
      yield* TestClock.adjust("9 seconds")
      yield* TestClock.adjust("10 seconds")
      at("reading")
      yield* TestClock.adjust("900 millis")
      at("loading")
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(said.slice(1), [
        "Preparing coder for this machine, once: 1 s",
        "Preparing coder for this machine, once: 25 %, 11 s, about 33 s to go",
        "Loading coder: 1 s"
      ])
    })))

  it.effect("is not told where it takes less than a second, nor once it is over", () =>
    Effect.scoped(Effect.gen(function*() {
      const { at, end, said } = yield* started
      yield* TestClock.adjust("900 millis")
      yield* end
      at("loading")
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(said, [])
    })))
})
