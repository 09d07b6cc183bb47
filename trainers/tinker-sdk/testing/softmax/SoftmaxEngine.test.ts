import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { LossName, TrainingBatch } from "../engine/Engine.ts"
import { datumLoss } from "../engine/Losses.ts"
import { logSoftmax, processedRow } from "../engine/Sampling.ts"
import { SoftmaxModel } from "./SoftmaxModel.ts"
import { softmaxEngine } from "./SoftmaxEngine.ts"

const column = (values: ReadonlyArray<number>) => values.map((value) => [value])
const shape = { rank: 2, seed: 3, trainUnembed: true, trainMlp: true, trainAttn: true }
const adam = { learningRate: 0.05, beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0, gradClipNorm: 0 }

const clips = { clip_low_threshold: 0.8, clip_high_threshold: 1.2 }
const configs: Readonly<Record<LossName, Readonly<Record<string, number>>>> = {
  cross_entropy: {},
  importance_sampling: {},
  ppo: clips,
  cispo: clips,
  dro: { beta: 0.05 }
}

describe("losses", () => {
  // Numbers worked out by hand from the definitions.
  const l = [-1, -2, -0.5]
  const expected: Readonly<Record<LossName, number>> = {
    cross_entropy: 2.25,
    importance_sampling: -2.614872098,
    ppo: -2.4,
    cispo: 0.6,
    dro: 0.00725
  }
  const datum = {
    tokens: [0, 0, 0],
    targets: column([0, 0, 0]),
    weights: column([0, 1, 0.5]),
    logprobs: column([-1.2, -1.5, -0.5]),
    advantages: column([1, -1, 2])
  }
  for (const loss of Object.keys(expected) as ReadonlyArray<LossName>) {
    it(`${loss} has the value of its definition`, () => {
      const { losses } = datumLoss({ loss, config: configs[loss], data: [] }, datum, column(l))
      assert.closeTo(losses.flat().reduce((a, b) => a + b, 0), expected[loss], 1e-8)
    })
    it(`${loss} has the slope of its value, ratios and bounds detached where the definition says so`, () => {
      const batch: TrainingBatch = { loss, config: configs[loss], data: [] }
      const at = (t: number, shift: number) =>
        datumLoss(batch, datum, column(l.map((x, i) => i === t ? x + shift : x))).losses.flat().reduce(
          (a, b) => a + b,
          0
        )
      const { slopes } = datumLoss(batch, datum, column(l))
      // The clamped ratio of cispo is not differentiated, so only its inactive bounds can be compared.
      const points = loss === "cispo" ? [] : [0, 1, 2]
      for (const t of points) assert.closeTo(slopes[t]![0]!, (at(t, 1e-5) - at(t, -1e-5)) / 2e-5, 1e-6)
      if (loss === "cispo") assert.deepStrictEqual(slopes.flat(), [-1.2, 0.8, -2])
    })
  }
})

describe("the softmax model", () => {
  const model = new SoftmaxModel("a", 6)
  const random = model.fresh(2, 1).weights.map((w, i) => w === 0 ? 0.02 * (i % 5 - 2) : w)

  it("has the gradient of its log-probabilities", () => {
    const [x] = model.features([2, 4, 1]).slice(-1)
    const value = (weights: Float64Array) => {
      const row = model.logProbs(weights, x!)
      return 0.7 * row[3]! - 0.2 * row[5]!
    }
    const gradient = new Float64Array(random.length)
    model.addGradient(gradient, random, x!, model.logProbs(random, x!), [3, 5], [0.7, -0.2])
    for (let i = 0; i < random.length; i++) {
      const moved = (by: number) => value(random.map((w, j) => j === i ? w + by : w))
      assert.closeTo(gradient[i]!, (moved(1e-5) - moved(-1e-5)) / 2e-5, 1e-6)
    }
  })

  it("sees earlier tokens of the context", () => {
    const row = (tokens: ReadonlyArray<number>) => model.logProbs(undefined, model.features(tokens).at(-1)!)
    assert.notDeepEqual(row([1, 2]), row([3, 2]))
    assert.closeTo(row([1, 2]).reduce((sum, x) => sum + Math.exp(x), 0), 1, 1e-12)
  })

  it("is drawn from as the request says", () => {
    const row = logSoftmax([2, 1, 0, -1])
    assert.deepStrictEqual(processedRow(row, { temperature: 0, topK: -1, topP: 1 }).map(Math.exp), [1, 0, 0, 0])
    const two = processedRow(row, { temperature: 1, topK: 2, topP: 1 }).map(Math.exp)
    assert.closeTo(two[0]!, 1 / (1 + Math.exp(-1)), 1e-12)
    assert.deepStrictEqual(two.slice(2), [0, 0])
    assert.deepStrictEqual(processedRow(row, { temperature: 1, topK: -1, topP: 0.5 }).map(Math.exp), [1, 0, 0, 0])
    const cold = processedRow(row, { temperature: 0.5, topK: -1, topP: 1 })
    assert.closeTo(cold[0]! - cold[1]!, 2, 1e-12)
  })
})

describe("the softmax engine", () => {
  const { createAdapter, generate, score } = softmaxEngine({ vocabularySize: 6 })
  const batch = (
    targets: ReadonlyArray<ReadonlyArray<number>>,
    weights: ReadonlyArray<ReadonlyArray<number>>
  ): TrainingBatch => ({
    loss: "cross_entropy",
    config: {},
    data: [{ tokens: [1, 2], targets, weights }]
  })

  it.effect("adds gradients up: two calls are one with both, and optimiser steps start afresh", () =>
    Effect.gen(function*() {
      const one = yield* createAdapter("fake/softmax", shape)
      const two = yield* createAdapter("fake/softmax", shape)
      yield* one.forwardBackward(batch([[2, 3], [4, 0]], [[0.5, 0.5], [1, -0.5]]))
      yield* two.forwardBackward(batch([[2], [4]], [[0.5], [1]]))
      yield* two.forward(batch([[5], [5]], [[9], [9]]))
      yield* two.forwardBackward(batch([[3], [0]], [[0.5], [-0.5]]))
      for (const adapter of [one, two]) {
        yield* adapter.optimStep(adam)
        yield* adapter.optimStep(adam)
      }
      const states = yield* Effect.all([one.save, two.save])
      const [a, b] = states.map((bytes) => new Float64Array(Uint8Array.from(bytes).buffer))
      a!.forEach((value, i) => assert.closeTo(value, b![i]!, 1e-12))
      const fresh = yield* createAdapter("fake/softmax", shape)
      assert.notDeepEqual(yield* fresh.save, states[0])
    }))

  it.effect("saves and loads to the bit, with the optimiser or without", () =>
    Effect.gen(function*() {
      const one = yield* createAdapter("fake/softmax", shape)
      const step = Effect.andThen(one.forwardBackward(batch([[2], [4]], [[1], [1]])), one.optimStep(adam))
      yield* step
      const saved = yield* one.save
      yield* step
      const after = yield* one.save
      yield* one.load(saved, true)
      yield* step
      assert.deepStrictEqual(yield* one.save, after)
      yield* one.load(saved, false)
      yield* step
      assert.notDeepEqual(yield* one.save, after)
      const other = yield* createAdapter("fake/softmax", { ...shape, rank: 4 })
      assert.strictEqual((yield* Effect.flip(other.load(saved, true))).category, "user")
    }))

  it.effect("scores what it samples", () =>
    Effect.gen(function*() {
      const weights = { baseModel: "fake/softmax", state: undefined }
      const sampled = yield* generate({
        weights,
        prompt: [1, 2],
        maxTokens: 20,
        temperature: 1,
        topK: -1,
        topP: 1,
        seed: 4,
        stop: undefined
      })
      const scored = yield* score({ weights, tokens: [1, 2, ...sampled.tokens], topK: 6 })
      assert.deepStrictEqual(scored.logprobs.slice(1), sampled.logprobs)
      assert.strictEqual(sampled.stopReason === "stop", sampled.tokens.at(-1) === 5)
      assert.closeTo(scored.topK[0]!.reduce((sum, [, logprob]) => sum + Math.exp(logprob), 0), 1, 1e-12)
    }))
})
