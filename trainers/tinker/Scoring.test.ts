import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { Samples, SamplingClient } from "../tinker-sdk/index.ts"
import { completionScores, makeScoring } from "./Scoring.ts"
import { voiceOf } from "./state/Voices.ts"
import { longestChain, makeWatch } from "./Watch.ts"

const promptLogprobs = [null, -0.1, -0.2, -0.3, -0.4]

describe("scores of a completion", () => {
  it("begin at the prompt's length: entry i is of token i, and the first has none", () => {
    const scores = completionScores(
      {
        promptLogprobs,
        topKPromptLogprobs: [null, [[1, -9]], [[2, -9]], [[7, -2], [3, -0.3], [0, -99_999]], [[4, -0.4]]]
      },
      3,
      2
    )
    assert.deepStrictEqual(scores, {
      logProbs: [-0.3, -0.4],
      topK: [[{ id: 3, logProb: -0.3 }, { id: 7, logProb: -2 }], [{ id: 4, logProb: -0.4 }]]
    })
  })

  it("are refused when one is missing", () => {
    assert.isUndefined(completionScores({ promptLogprobs, topKPromptLogprobs: null }, 0, 2))
    assert.isUndefined(completionScores({ promptLogprobs, topKPromptLogprobs: null }, 4, 2))
  })

  const unused = Effect.die("not asked")
  const samples: Samples = {
    sequences: [],
    promptLogprobs,
    topKPromptLogprobs: null,
    targetPromptLogprobs: null,
    promptCacheHitTokens: 0
  }

  it.effect("are asked for once, also by two at a time of whom the first leaves; a failure is not kept", () =>
    Effect.gen(function*() {
      let asked = 0
      const client: SamplingClient = {
        id: "s",
        sample: () => unused,
        computeLogprobs: () => unused,
        topKLogprobs: () =>
          Effect.suspend(() =>
            Effect.as(Effect.yieldNow, asked++ === 0 ? samples : { ...samples, promptLogprobs: [] })
          ),
        scoreIds: () => unused,
        info: unused
      }
      const watch = makeWatch("http://tinker.test", { prefill: 1, sample: 10, train: 100 })
      const scoring = yield* makeScoring(5, watch)
      const voice = voiceOf("base", () => client, () => Effect.undefined)
      const first = yield* Effect.forkChild(scoring.score(voice, [1, 2, 3], [4, 5]), { startImmediately: true })
      const second = yield* Effect.forkChild(scoring.score(voice, [1, 2, 3], [4, 5]), { startImmediately: true })
      yield* Fiber.interrupt(first)
      assert.deepStrictEqual((yield* Fiber.join(second)).logProbs, [-0.3, -0.4])
      yield* scoring.score(voice, [1, 2, 3], [4, 5])
      assert.strictEqual(asked, 1)
      // Another cut of the same tokens is another question.
      assert.match((yield* Effect.flip(scoring.score(voice, [1, 2], [3, 4, 5]))).message, /no log-probability/)
      yield* Effect.flip(scoring.score(voice, [1, 2], [3, 4, 5]))
      assert.strictEqual(asked, 3)

      const usage = yield* watch.usage
      assert.deepStrictEqual(usage.tokens, { prefill: 15, sampled: 3, trained: 0 })
      assert.deepStrictEqual(usage.cost, { amount: 45e-6, currency: "USD" })
    }))
})

describe("the longest chain of waits", () => {
  it("counts what had to come after something else", () => {
    const wait = (at: number, doneAt: number) => ({ operation: "", at, doneAt })
    assert.strictEqual(longestChain([]), 0)
    assert.strictEqual(longestChain([wait(0, 4), wait(0, 4), wait(1, 9)]), 1)
    assert.strictEqual(longestChain([wait(0, 4), wait(4, 8), wait(5, 9), wait(9, 12)]), 3)
  })
})
