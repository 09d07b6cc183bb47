import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { turn } from "../test/helpers/MakeLesson.ts"
import { referenceBackend } from "../test/helpers/ReferenceBackend.ts"
import { anotherTurn } from "./AnotherTurn.ts"
import { LoraBackend } from "./LoraBackend.ts"
import { currentWeights } from "./Weights.ts"
import { readTurn, sameIds } from "./Turn.ts"

describe("another turn than the one that is refused", () => {
  it.effect("begins alike, goes the likeliest other way that is wanted, and has the backend's own numbers", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const { promptIds, ...sampled } = yield* turn(backend, "fix the test")
      const refused = readTurn(sampled)
      const request = { promptIds, refused, maxTokens: 24, seed: 0 }
      const any = yield* anotherTurn(backend, {
        ...request,
        isWanted: ({ text }) => Effect.succeed(text !== refused.text)
      })
      if (any === undefined) return assert.fail("there is always another way")
      assert.notStrictEqual(any.text, refused.text)
      const { logProbs } = yield* backend.score({ promptIds, completionIds: any.ids, weights: currentWeights })
      logProbs.forEach((value, t) => assert.closeTo(any.logProbs?.[t] ?? 0, value, 1e-9))
      // The same again; and where that is refused as well, the next one.
      const again = yield* anotherTurn(backend, {
        ...request,
        isWanted: ({ text }) => Effect.succeed(text !== refused.text)
      })
      assert.isTrue(sameIds(again?.ids ?? [], any.ids))
      const next = yield* anotherTurn(backend, {
        ...request,
        isWanted: ({ text }) => Effect.succeed(text !== refused.text && text !== any.text)
      })
      assert.isFalse(sameIds(next?.ids ?? any.ids, any.ids))
      assert.isUndefined(yield* anotherTurn(backend, { ...request, isWanted: () => Effect.succeed(false) }))
    }).pipe(Effect.provide(referenceBackend())))

  it.effect("comes from samples where no tokens are listed", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const { promptIds, ...sampled } = yield* turn(backend, "fix the test")
      const seeds = new Set<string>()
      yield* anotherTurn(backend, {
        promptIds,
        refused: readTurn(sampled),
        maxTokens: 24,
        seed: 5,
        isWanted: ({ text }) =>
          Effect.sync(() => {
            seeds.add(text)
            return false
          })
      })
      assert.isAbove(seeds.size, 1)
    }).pipe(Effect.provide(referenceBackend({ topK: 0 }))))
})
