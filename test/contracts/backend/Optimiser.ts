import { assert, type Vitest } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import { LoraBackend } from "../../../core/LoraBackend.ts"
import { baseWeights, currentWeights } from "../../../core/Weights.ts"
import type { LossItem } from "../../../core/Loss.ts"
import { type AdamState, adamW, emptyAdamState } from "../../helpers/ReferenceAdamW.ts"
import {
  type Backend,
  type BackendUnderTest,
  close,
  differs,
  gradientOf,
  optimizer,
  parameters,
  plainDescent,
  prepare,
  relativeError,
  scoresOf,
  type Situation
} from "./Probe.ts"

const lossOf = (s: Situation): ReadonlyArray<LossItem> => [
  { _tag: "CrossEntropy", promptIds: s.promptIds, completionIds: s.completionIds, baseKl: 0.1 }
]

const step = (backend: Backend, s: Situation, learningRate = optimizer.learningRate) =>
  backend.forwardBackward(lossOf(s)).pipe(Effect.andThen(backend.update({ ...optimizer, learningRate })))

/** AdamW, shadows, and what happens to numbers that are not finite. */
export const optimiserContract = (
  it: Vitest.MethodsNonLive<LoraBackend | FileSystem.FileSystem>,
  { tolerance }: BackendUnderTest
) => {
  it.effect(
    "ten AdamW updates, with decay and clipping, are those of the reference formula",
    () =>
      Effect.gen(function*() {
        const backend = yield* LoraBackend
        const s = yield* prepare(backend, 0)
        const options = { ...optimizer, weightDecay: 0.05, maxGradientNorm: 0.5 }
        let weights = yield* parameters(backend)
        let state: AdamState = emptyAdamState(weights.length)
        for (let i = 1; i <= 10; i++) {
          const { gradient } = yield* gradientOf(backend, lossOf(s))
          const expected = adamW(weights, gradient, state, options)
          yield* backend.forwardBackward(lossOf(s))
          const report = yield* backend.update(options)
          const now = yield* parameters(backend)
          const moved = now.map((w, j) => w - weights[j]!)
          assert.isAtMost(relativeError(now, expected.weights), Math.max(100 * tolerance, 1e-9), `update ${i}`)
          const norms = backend.info.capabilities.norms === false
            ? [0, 0]
            : [Math.hypot(...gradient), Math.hypot(...moved)]
          close([report.gradientNorm, report.updateNorm], norms, Math.max(10 * tolerance, 1e-6))
          assert.strictEqual(report.revision, i)
          assert.strictEqual(yield* backend.revision, i)
          weights = now
          state = expected.state
        }
      }),
    60_000
  )

  it.effect("the gradient's norm is clipped to the limit and reported before clipping", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const s = yield* prepare(backend)
      const { gradient } = yield* gradientOf(backend, lossOf(s))
      const length = Math.hypot(...gradient)
      const before = yield* parameters(backend)
      yield* backend.forwardBackward(lossOf(s))
      const report = yield* backend.update({ ...plainDescent(1), maxGradientNorm: length / 4 })
      const moved = (yield* parameters(backend)).map((w, i) => w - before[i]!)
      close([Math.hypot(...moved)], [length / 4], Math.max(10 * tolerance, 1e-6))
      const norms = backend.info.capabilities.norms === false ? [0, 0] : [length, length / 4]
      close([report.gradientNorm, report.updateNorm], norms, Math.max(10 * tolerance, 1e-6))
    }))

  it.effect("a learning rate of zero changes no weight", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const s = yield* prepare(backend)
      const before = yield* parameters(backend)
      const report = yield* step(backend, s, 0)
      assert.strictEqual(report.updateNorm, 0)
      assert.deepStrictEqual(yield* parameters(backend), before)
    }))

  it.effect("numbers that are not finite fail and leave weights, moments, shadows and revision as they were", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const s = yield* prepare(backend)
      if (backend.info.capabilities.shadows) yield* backend.blendShadow("teacher", 0.5)
      const before = yield* backend.snapshot
      const scores = yield* scoresOf(backend, s)
      for (const advantage of [Infinity, NaN]) {
        const item: LossItem = {
          _tag: "PolicyGradient",
          promptIds: s.promptIds,
          completionIds: s.completionIds,
          advantages: s.completionIds.map(() => advantage),
          baseKl: 0
        }
        const error = yield* backend.forwardBackward([item]).pipe(
          Effect.andThen(backend.update(optimizer)),
          Effect.flip
        )
        assert.strictEqual(error.reason, "NonFinite")
        yield* backend.discard
        assert.deepStrictEqual(yield* backend.snapshot, before)
      }
      const error = yield* step(backend, s, NaN).pipe(Effect.flip)
      assert.strictEqual(error.reason, "NonFinite")
      yield* backend.discard
      assert.deepStrictEqual(yield* backend.snapshot, before)
      assert.deepStrictEqual(yield* scoresOf(backend, s), scores)
      yield* step(backend, s)
      assert.isTrue(differs(yield* scoresOf(backend, s), scores))
    }))

  it.effect("fifty updates leave the base model as it was to the bit", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const s = yield* prepare(backend, 0)
      const base = yield* scoresOf(backend, s, baseWeights)
      for (let i = 0; i < 50; i++) yield* step(backend, s)
      assert.deepStrictEqual(yield* scoresOf(backend, s, baseWeights), base)
      const { logProbs } = yield* backend.score({ ...s, weights: currentWeights })
      assert.isTrue(differs(logProbs, base))
    }), 60_000)

  it.effect("shadows: rate 0 stands still, rate 1 follows, n blends are one of rate 1 - (1 - r)^n", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      if (!backend.info.capabilities.shadows) return
      const s = yield* prepare(backend)
      const shadow = (name: string) => scoresOf(backend, s, { _tag: "Shadow", name })
      const base = yield* scoresOf(backend, s, baseWeights)
      const current = yield* scoresOf(backend, s)
      yield* backend.blendShadow("still", 0)
      assert.deepStrictEqual(yield* shadow("still"), base)
      yield* backend.blendShadow("live", 1)
      close(yield* shadow("live"), current, tolerance)
      for (let n = 0; n < 5; n++) yield* backend.blendShadow("slow", 0.2)
      yield* backend.blendShadow("once", 1 - 0.8 ** 5)
      close(yield* shadow("slow"), yield* shadow("once"), 10 * tolerance)
      assert.isTrue(differs(yield* shadow("slow"), current))
      assert.isTrue(differs(yield* shadow("slow"), base))
      yield* step(backend, s)
      close(yield* shadow("live"), current, tolerance, "a shadow moves only when blended")
      assert.isTrue(differs(yield* scoresOf(backend, s), current), "the student is not moved by its teacher")
    }))
}
