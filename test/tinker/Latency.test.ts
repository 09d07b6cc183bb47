import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { lessonTiming, type LessonTimingOptions } from "../../benchmarks/tinker/LessonTiming.ts"

const breath = Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))

/** Runs a lesson on the test's clock, which goes on only while the model behind the service rests. */
const timed = Effect.fnUntraced(function*(options: Omit<LessonTimingOptions, "latency" | "busy">) {
  let working = 0
  const lesson = lessonTiming({ ...options, latency: "200 millis", busy: (by) => (working += by) })
  const running = yield* Effect.forkChild(lesson)
  while (running.pollUnsafe() === undefined) {
    for (let i = 0; i < 5; i++) yield* breath
    if (working === 0) yield* TestClock.adjust("50 millis")
  }
  return yield* Fiber.join(running)
})

describe("a lesson on a service that is 200 ms away", () => {
  it.effect(
    "is four operations in a row at most, from the correction to the ledger's snapshot",
    () =>
      Effect.gen(function*() {
        const timing = yield* timed({})
        assert.strictEqual(timing.outcome, "Stepped: top-20 and tail forward KL")
        assert.strictEqual(timing.chain, 3)
        const last = timing.calls[4]?.what
        // Each is a request and the poll for its result: the teacher's score, the step, what the new weights say.
        assert.deepStrictEqual(timing.calls.map(({ what }) => what.split(" ")[0]), [
          "/asample",
          "/retrieve_future",
          "/save_weights_for_sampler",
          "/retrieve_future",
          last,
          "/retrieve_future"
        ])
        assert.include(["/asample", "/save_weights"], last)
        assert.strictEqual(timing.untilNewWeights, 4)
        assert.strictEqual(timing.untilRetry, 8)
        assert.isAtMost(timing.milliseconds, 6 * 200 + 100)
        const at = (operation: string) => timing.waits.find((wait) => wait.operation === operation)?.at
        assert.strictEqual(at("forward_backward"), at("optim_step"))
        assert.strictEqual(at("refresh_sampler"), at("optim_step"))
        // What the step needs is asked for at once; the attempt was scored when it was sampled.
        const first = timing.waits.filter((wait) => wait.at === 0).map(({ operation }) => operation)
        assert.deepStrictEqual(first.toSorted(), ["sample", "sample", "score"])
      })
  )
})
