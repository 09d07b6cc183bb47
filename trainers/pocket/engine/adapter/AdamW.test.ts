import { assert, describe, it } from "@effect/vitest"
import { EngineError } from "../EngineError.ts"
import type { AdapterState } from "./AdapterState.ts"
import { adamW, norm } from "./AdamW.ts"

const options = {
  learningRate: 0.1,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0,
  maxGradientNorm: Infinity
}

const state = (parameters: ReadonlyArray<number>): AdapterState => ({
  parameters: Float32Array.from(parameters),
  firstMoment: new Float32Array(parameters.length),
  secondMoment: new Float32Array(parameters.length),
  revision: 0,
  shadows: new Map([["slow", Float32Array.from(parameters)]])
})

const close = (actual: Float32Array, expected: ReadonlyArray<number>) =>
  expected.forEach((value, index) => assert.closeTo(actual[index]!, value, 1e-6))

describe("adamW", () => {
  it("makes a first step of the learning rate against the gradient's sign, whatever its size", () => {
    const { gradientNorm, state: next, updateNorm } = adamW(state([1, -1, 2]), Float32Array.of(3, -4e-3, 0), options)
    close(next.parameters, [0.9, -0.9, 2])
    assert.closeTo(updateNorm, Math.sqrt(0.02), 1e-6)
    assert.closeTo(gradientNorm, Math.hypot(3, 4e-3), 1e-6)
    assert.strictEqual(next.revision, 1)
  })

  it("corrects its means for their start at zero", () => {
    const first = adamW(state([0]), Float32Array.of(1), options).state
    const second = adamW(first, Float32Array.of(2), options).state
    const mean = (0.9 * 0.1 * 1 + 0.1 * 2) / (1 - 0.9 ** 2)
    const square = (0.999 * 0.001 * 1 + 0.001 * 4) / (1 - 0.999 ** 2)
    close(second.parameters, [-0.1 - 0.1 * mean / Math.sqrt(square)])
  })

  it("decays weights apart from the gradient", () =>
    close(adamW(state([2]), Float32Array.of(0), { ...options, weightDecay: 0.5 }).state.parameters, [2 * (1 - 0.05)]))

  it("scales the whole gradient down to the largest norm", () => {
    const { state: next } = adamW(state([0, 0]), Float32Array.of(30, 40), { ...options, maxGradientNorm: 1 })
    close(next.firstMoment, [0.06, 0.08])
  })

  it("keeps shadows and the given vectors as they are", () => {
    const before = state([1, 2])
    const { state: next } = adamW(before, Float32Array.of(1, 1), options)
    assert.deepStrictEqual(before, state([1, 2]))
    assert.strictEqual(next.shadows, before.shadows)
  })

  for (
    const [name, gradient, changes] of [
      ["a gradient that is not a number", NaN, {}],
      ["an infinite gradient", Infinity, {}],
      ["a learning rate that overflows", 1, { learningRate: 1e39 }]
    ] as const
  ) {
    it(`refuses ${name}`, () => {
      const before = state([1])
      let failure: unknown
      try {
        adamW(before, Float32Array.of(gradient), { ...options, ...changes })
      } catch (cause) {
        failure = cause
      }
      assert.instanceOf(failure, EngineError)
      assert.strictEqual(failure.reason, "NonFinite")
      assert.deepStrictEqual(before, state([1]))
    })
  }
})

describe("norm", () => {
  it("is Euclidean", () => assert.strictEqual(norm(Float32Array.of(3, -4)), 5))
})
