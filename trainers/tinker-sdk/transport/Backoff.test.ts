import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { httpDelay, outerDelay, retryAfter, sampleDelay } from "./Backoff.ts"

describe("waiting times", () => {
  it("Retry-After in ms, seconds or as a date; nothing outside (0, 60 s]", () => {
    const now = Date.parse("2026-08-08T12:00:00Z")
    const cases: ReadonlyArray<readonly [Record<string, string>, number | undefined]> = [
      [{ "retry-after-ms": "1500" }, 1500],
      [{ "retry-after": "2" }, 2000],
      [{ "retry-after": "Sat, 08 Aug 2026 12:00:30 GMT" }, 30_000],
      [{ "retry-after-ms": "10", "retry-after": "2" }, 10],
      [{ "retry-after": "60" }, 60_000],
      [{ "retry-after": "61" }, undefined],
      [{ "retry-after": "0" }, undefined],
      [{ "retry-after": "soon" }, undefined],
      [{}, undefined]
    ]
    for (const [headers, expected] of cases) {
      assert.strictEqual(retryAfter(headers, now), expected, JSON.stringify(headers))
    }
  })

  it("the outer loop doubles from 1 s to 30 s", () => {
    assert.deepStrictEqual([0, 1, 2, 3, 4, 5, 9].map(outerDelay), [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
  })

  it.effect("the HTTP layer stays within a quarter below min(0.5 · 2^n, 10) s", () =>
    Effect.gen(function*() {
      for (let attempt = 0; attempt < 200; attempt++) {
        const n = attempt % 10
        const full = Math.min(500 * 2 ** n, 10_000)
        const delay = yield* httpDelay(n)
        assert.isTrue(delay <= full && delay >= full * 0.75, `${n}: ${delay}`)
      }
    }))

  it.effect("sampling stays within a quarter around it", () =>
    Effect.gen(function*() {
      for (let attempt = 0; attempt < 200; attempt++) {
        const n = attempt % 10
        const full = Math.min(500 * 2 ** n, 10_000)
        const delay = yield* sampleDelay(n)
        assert.isTrue(delay <= full * 1.25 && delay >= full * 0.75, `${n}: ${delay}`)
      }
    }))
})
