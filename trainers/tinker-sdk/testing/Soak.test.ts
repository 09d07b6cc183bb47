import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as References from "effect/References"
import type * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import type { TinkerError } from "../TinkerError.ts"
import { type FaultKind, seededFaults } from "./Faults.ts"
import { type Account, randomProgram } from "./soak/RandomProgram.ts"
import { runDirectly } from "./soak/RunDirectly.ts"
import { runWithClient } from "./soak/RunWithClient.ts"

const everything: ReadonlyArray<FaultKind> = [
  "timeout",
  "throttle",
  "server",
  "billing",
  "drop",
  "slow",
  "late",
  "truncate",
  "expire",
  "proxy"
]

/** Runs with time passing whenever everybody waits. */
const inNoTime = Effect.fnUntraced(function*(run: Effect.Effect<Account, TinkerError, Scope.Scope>) {
  const fiber = yield* Effect.forkScoped(Effect.provideService(Effect.scoped(run), References.TracerEnabled, false))
  while (fiber.pollUnsafe() === undefined) yield* TestClock.adjust("1 minute")
  return yield* Fiber.join(fiber)
})

const assertSame = (found: Account, expected: Account) => {
  assert.strictEqual(found.models.length, expected.models.length)
  found.models.forEach(({ done, state }, index) => {
    assert.strictEqual(done, expected.models[index]?.done)
    assert.strictEqual(state, expected.models[index]?.state)
  })
  assert.deepStrictEqual(found.results, expected.results)
}

describe("the client and the service", () => {
  it.effect("come to what the engine comes to without them", () =>
    Effect.gen(function*() {
      const program = randomProgram(3, 300)
      const expected = yield* runDirectly(program)
      assertSame(yield* inNoTime(runWithClient(program)), expected)
      assertSame(
        yield* inNoTime(runWithClient(program, { latency: "80 millis" }, { submission: "overlapped" })),
        expected
      )
    }))

  it.effect(
    "lose nothing and do nothing twice in ten thousand operations through a faulty network",
    () =>
      Effect.gen(function*() {
        const program = randomProgram(11, Number(process.env["SOAK"] ?? 10_000))
        const expected = yield* runDirectly(program)
        const faults = seededFaults({ seed: 5, rate: 0.2, kinds: everything })
        assertSame(yield* inNoTime(runWithClient(program, { faults, announceAbove: 200 })), expected)
      })
  )
})
