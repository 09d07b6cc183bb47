import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { readTurn } from "../../core/Turn.ts"
import { LoraBackend, type SampleRequest } from "../../core/LoraBackend.ts"
import { baseWeights } from "../../core/Weights.ts"
import { turn } from "../../test/helpers/MakeLesson.ts"
import { overriding } from "../../test/helpers/OverriddenBackend.ts"
import { referenceBackend } from "../../test/helpers/ReferenceBackend.ts"
import { greedyTurn } from "./GreedyTurn.ts"

describe("the greedy turn", () => {
  it.effect("is the same whatever was guessed, and nothing is generated where the guess was right", () => {
    const generated: Array<SampleRequest> = []
    const backend = overriding(referenceBackend(), (real) => ({
      sample: (request) =>
        Stream.suspend(() => {
          generated.push(request)
          return real.sample(request)
        })
    }))
    return Effect.gen(function*() {
      const backend = yield* LoraBackend
      const { promptIds, ...sampled } = yield* turn(backend, "fix the test")
      const attempt = readTurn(sampled)
      const other = { ...attempt, ids: attempt.ids.slice(0, -1).toReversed() }
      const speaker = { promptIds, weights: baseWeights }
      generated.length = 0
      const plain = yield* greedyTurn(backend, speaker, other, 0)
      const wrong = yield* greedyTurn(
        backend,
        speaker,
        other,
        0,
        readTurn({ text: "wrong", ids: plain.ids.slice(0, 1) })
      )
      assert.deepStrictEqual(generated.length, 2)
      const right = yield* greedyTurn(backend, speaker, other, 0, plain)
      assert.deepStrictEqual(generated.length, 2)
      for (const found of [wrong, right]) {
        assert.deepStrictEqual([found.text, found.ids], [plain.text, plain.ids])
        found.logProbs?.forEach((value, t) => assert.closeTo(value, plain.logProbs?.[t] ?? 0, 1e-9))
        found.attemptLogProbs.forEach((value, t) => assert.closeTo(value, plain.attemptLogProbs[t] ?? 0, 1e-9))
      }
    }).pipe(Effect.provide(backend))
  })
})
