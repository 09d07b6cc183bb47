import { assert, type Vitest } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Stream from "effect/Stream"
import { LoraBackend, type SampleRequest } from "../../../core/LoraBackend.ts"
import { baseWeights, currentWeights } from "../../../core/Weights.ts"
import { type BackendUnderTest, close, collect, differs, prepare, scoresOf } from "./Probe.ts"

/** Tokenizer, sampling and scoring. */
export const samplingContract = (
  it: Vitest.MethodsNonLive<LoraBackend | FileSystem.FileSystem>,
  { tolerance }: BackendUnderTest
) => {
  const request = (promptIds: ReadonlyArray<number>, over?: Partial<SampleRequest>): SampleRequest => ({
    promptIds,
    maxTokens: 12,
    temperature: 1,
    topP: 1,
    seed: 3,
    weights: currentWeights,
    ...over
  })

  it.effect("tokenizer: encodes and decodes, renders an open assistant turn, knows its stop ids", () =>
    Effect.gen(function*() {
      const { info, tokenizer } = yield* LoraBackend
      const text = "use edit_lines; don't overwrite"
      assert.strictEqual(tokenizer.decode(tokenizer.encode(text)), text)
      assert.isAtLeast(tokenizer.stopIds.length, 1)
      assert.strictEqual(tokenizer.decode([tokenizer.stopIds[0]!]), "")
      const one = tokenizer.encodeChat([{ role: "user", content: "fix a.js" }], [])
      const two = tokenizer.encodeChat([
        { role: "user", content: "fix a.js" },
        { role: "user", content: "Correction: use edit" }
      ], [])
      assert.isAbove(two.length, one.length)
      assert.isTrue(two.every((id) => Number.isInteger(id) && id >= 0 && id < info.vocabularySize))
      assert.include(tokenizer.decode(two), "Correction: use edit")
    }))

  it.effect("sample: equal seeds, weights and prompts give equal tokens; another seed gives others", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const { promptIds } = yield* prepare(backend)
      const first = yield* collect(backend.sample(request(promptIds, { temperature: 1.5 })))
      const again = yield* collect(backend.sample(request(promptIds, { temperature: 1.5 })))
      assert.deepStrictEqual(again.map((t) => [t.id, t.text, t.finish]), first.map((t) => [t.id, t.text, t.finish]))
      close(again.map((t) => t.logProb), first.map((t) => t.logProb), tolerance)
      const others = yield* Effect.forEach(
        [4, 5, 6, 7],
        (seed) => collect(backend.sample(request(promptIds, { temperature: 1.5, seed })))
      )
      assert.isTrue(others.some((tokens) => tokens.map((t) => t.id).join() !== first.map((t) => t.id).join()))
    }))

  it.effect("sample: log-probabilities are those of `score`, at temperature 1 whatever the sampling temperature", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const { promptIds } = yield* prepare(backend)
      for (const weights of [currentWeights, baseWeights]) {
        for (const [temperature, topP] of [[0, 1], [0.7, 1], [1, 1], [1, 0.8]] as const) {
          const tokens = yield* collect(backend.sample(request(promptIds, { temperature, topP, weights })))
          const completionIds = tokens.map((token) => token.id)
          const { logProbs } = yield* backend.score({ promptIds, completionIds, weights })
          close(tokens.map((token) => token.logProb), logProbs, tolerance * 10, `temperature ${temperature}`)
        }
      }
    }))

  it.effect("sample: only the last token says how it finished, and the texts add up to the decoded ids", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const { promptIds } = yield* prepare(backend)
      const tokens = yield* collect(backend.sample(request(promptIds, { temperature: 0, maxTokens: 40 })))
      assert.isTrue(tokens.slice(0, -1).every((token) => token.finish === undefined))
      const last = tokens.at(-1)!
      const stopped = backend.tokenizer.stopIds.includes(last.id)
      assert.strictEqual(last.finish, stopped ? "stop" : "length")
      assert.strictEqual(tokens.map((t) => t.text).join(""), backend.tokenizer.decode(tokens.map((t) => t.id)))
      const short = yield* collect(backend.sample(request(promptIds, { temperature: 0, maxTokens: 2 })))
      assert.strictEqual(short.length, 2)
      assert.deepStrictEqual(short.map((t) => t.id), tokens.slice(0, 2).map((t) => t.id))
    }))

  it.effect("sample: greedy takes the most likely token; a tiny nucleus is greedy", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const { promptIds } = yield* prepare(backend)
      const greedy = yield* collect(backend.sample(request(promptIds, { temperature: 0 })))
      const nucleus = yield* collect(backend.sample(request(promptIds, { temperature: 1, topP: 1e-6 })))
      assert.deepStrictEqual(nucleus.map((t) => t.id), greedy.map((t) => t.id))
      if (backend.info.capabilities.topK > 0) {
        const completionIds = greedy.map((t) => t.id)
        const { topK } = yield* backend.score({ promptIds, completionIds, weights: currentWeights, topK: 1 })
        assert.deepStrictEqual(topK?.map((row) => row[0]!.id), completionIds)
      }
    }))

  it.effect("sample: a stream may be left early, and the backend goes on", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const { promptIds } = yield* prepare(backend)
      const all = yield* collect(backend.sample(request(promptIds)))
      const some = yield* backend.sample(request(promptIds)).pipe(Stream.take(1), Stream.runCollect)
      assert.deepStrictEqual(some[0]?.id, all[0]?.id)
      const again = yield* collect(backend.sample(request(promptIds)))
      assert.deepStrictEqual(again.map((t) => t.id), all.map((t) => t.id))
    }))

  it.effect("score: entry t belongs to token t, whatever is prompt and what completion", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const { completionIds, promptIds } = yield* prepare(backend)
      const whole = yield* backend.score({ promptIds, completionIds, weights: currentWeights })
      for (const cut of [1, 2]) {
        const head = yield* backend.score({
          promptIds,
          completionIds: completionIds.slice(0, cut),
          weights: currentWeights
        })
        const tail = yield* backend.score({
          promptIds: [...promptIds, ...completionIds.slice(0, cut)],
          completionIds: completionIds.slice(cut),
          weights: currentWeights
        })
        close([...head.logProbs, ...tail.logProbs], whole.logProbs, tolerance, `cut at ${cut}`)
      }
      const shifted = yield* backend.score({
        promptIds: promptIds.slice(0, -1),
        completionIds: [promptIds.at(-1)!, ...completionIds.slice(0, -1)],
        weights: currentWeights
      })
      assert.isTrue(differs(shifted.logProbs, whole.logProbs))
    }))

  it.effect("score: what is at hand of a prompt's beginning may be reused, and the numbers stay the same but for rounding", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const { completionIds, promptIds } = yield* prepare(backend)
      const other = [...promptIds.slice(0, -1), completionIds[0]!]
      const asked = [promptIds, other, [...promptIds, ...completionIds.slice(0, 1)], promptIds.slice(0, 1)]
      for (const weights of [currentWeights, baseWeights]) {
        for (const prompt of asked) {
          const reused = yield* backend.score({ promptIds: prompt, completionIds, weights, reuse: true })
          const whole = yield* backend.score({ promptIds: prompt, completionIds, weights })
          close(reused.logProbs, whole.logProbs, tolerance)
        }
      }
      // Nothing of the beginning under other weights is taken.
      yield* backend.forwardBackward([{ _tag: "CrossEntropy", promptIds, completionIds, baseKl: 0 }])
      yield* backend.update({
        learningRate: 0.05,
        beta1: 0,
        beta2: 0,
        epsilon: 1e-8,
        weightDecay: 0,
        maxGradientNorm: Infinity
      })
      for (const prompt of asked) {
        const reused = yield* backend.score({ promptIds: prompt, completionIds, weights: currentWeights, reuse: true })
        const whole = yield* backend.score({ promptIds: prompt, completionIds, weights: currentWeights })
        close(reused.logProbs, whole.logProbs, tolerance)
      }
    }))

  it.effect("score: top-K rows are sorted, hold the tokens' own log-probabilities and at most the whole mass", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const { completionIds, promptIds } = yield* prepare(backend)
      const k = Math.min(20, backend.info.capabilities.topK)
      if (k === 0) return
      const scores = yield* backend.score({ promptIds, completionIds, weights: currentWeights, topK: k })
      assert.strictEqual(scores.topK?.length, completionIds.length)
      scores.topK?.forEach((row, t) => {
        assert.strictEqual(row.length, k)
        const logProbs = row.map((entry) => entry.logProb)
        assert.deepStrictEqual(logProbs, logProbs.toSorted((a, b) => b - a))
        assert.isAtMost(logProbs.reduce((sum, x) => sum + Math.exp(x), 0), 1 + 1e-5)
        const own = row.find((entry) => entry.id === completionIds[t])
        if (own !== undefined) close([own.logProb], [scores.logProbs[t]!], tolerance)
      })
      if (backend.info.capabilities.fullDistribution) {
        scores.entropies?.forEach((h) => assert.isTrue(h >= 0 && h <= Math.log(backend.info.vocabularySize) + 1e-4))
        assert.strictEqual(scores.entropies?.length, completionIds.length)
      }
    }))

  it.effect("hidden states: a row for each token, from what is before it, and nothing changes", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const { hiddenStates, info } = backend
      assert.strictEqual(hiddenStates !== undefined, info.capabilities.hiddenSize !== undefined)
      if (hiddenStates === undefined) return
      const { completionIds, promptIds } = yield* prepare(backend)
      const before = yield* backend.snapshot
      const at = (prompt: ReadonlyArray<number>, completion: ReadonlyArray<number>) =>
        hiddenStates({ promptIds: prompt, completionIds: completion, weights: currentWeights })
      const rows = yield* at(promptIds, completionIds)
      assert.deepStrictEqual(rows.map((row) => row.length), completionIds.map(() => info.capabilities.hiddenSize))
      assert.isTrue(rows.every((row) => row.every(Number.isFinite)))
      assert.deepStrictEqual(yield* at(promptIds, completionIds), rows)
      const tail = yield* at([...promptIds, ...completionIds.slice(0, 2)], completionIds.slice(2))
      tail.forEach((row, t) => close(row, rows[t + 2]!, 100 * tolerance, `row ${t + 2}`))
      const [other] = yield* at(promptIds, [completionIds[1]!])
      close(other!, rows[0]!, 100 * tolerance, "row 0 does not see its own token")
      assert.isTrue(differs(rows[0]!, rows[1]!))
      assert.deepStrictEqual(yield* backend.snapshot, before)
    }))

  it.effect("adapter off is the base model to the bit: fresh, after training, and for a shadow never blended", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const situation = yield* prepare(backend, 0)
      const base = yield* scoresOf(backend, situation, baseWeights)
      assert.deepStrictEqual(yield* scoresOf(backend, situation), base)
      yield* prepare(backend, 4)
      assert.deepStrictEqual(yield* scoresOf(backend, situation, baseWeights), base)
      assert.isTrue(differs(yield* scoresOf(backend, situation), base))
      if (backend.info.capabilities.shadows) {
        assert.deepStrictEqual(yield* scoresOf(backend, situation, { _tag: "Shadow", name: "never" }), base)
      }
    }))

  it.effect("score: a context that does not fit is an error that says so, and nothing else changes", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const { completionIds } = yield* prepare(backend)
      const before = yield* backend.snapshot
      const promptIds = Array.from({ length: backend.info.contextLength + 1 }, () => completionIds[0]!)
      const error = yield* backend.score({ promptIds, completionIds, weights: currentWeights }).pipe(Effect.flip)
      assert.strictEqual(error.reason, "ContextTooLong")
      assert.deepStrictEqual(yield* backend.snapshot, before)
    }))
}
