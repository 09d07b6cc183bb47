import { assert, describe, it } from "@effect/vitest"
import { adamW, emptyAdamState, norm } from "../../trainers/math/AdamW.ts"
import { entropy, logAddExp, logSoftmax, logSumExp } from "../../trainers/math/LogSoftmax.ts"
import { seeded } from "../helpers/Seeded.ts"
import { emaUpdate } from "./Teacher.ts"
import { tokenMean } from "../../trainers/math/TokenMean.ts"

const close = (a: ArrayLike<number>, b: ArrayLike<number>, tolerance = 1e-12) => {
  assert.strictEqual(a.length, b.length)
  for (let i = 0; i < a.length; i++) assert.isAtMost(Math.abs(a[i]! - b[i]!), tolerance, `${a[i]} vs ${b[i]}`)
}

describe("exponential moving average", () => {
  const teacher = [1, -2, 0.5]
  const student = [3, 0, 0.25]

  it("stands still at rate 0, follows at rate 1, and moves the teacher, not the student", () => {
    close(emaUpdate(teacher, student, 0), teacher)
    close(emaUpdate(teacher, student, 1), student)
    close(emaUpdate(teacher, student, 0.25), [1.5, -1.5, 0.4375])
  })

  it("has its closed form after n updates", () => {
    let moving: ArrayLike<number> = teacher
    for (let n = 1; n <= 20; n++) {
      moving = emaUpdate(moving, student, 0.05)
      close(moving, teacher.map((w, i) => 0.95 ** n * w + (1 - 0.95 ** n) * student[i]!))
    }
  })
})

describe("AdamW", () => {
  const options = {
    learningRate: 1e-2,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    weightDecay: 0,
    maxGradientNorm: Infinity
  }

  it("moves by the learning rate at first, however small the gradient: why a gate is needed", () => {
    for (const g of [1, 1e-3, -1e-5]) {
      const { weights } = adamW(Float64Array.of(0), [g], emptyAdamState(1), options)
      close(weights, [-1e-2 * Math.sign(g)], 1e-4)
    }
  })

  it("clips the global norm, decays weights apart from the moments, and counts steps", () => {
    const sgd = { ...options, beta1: 0, beta2: 0, epsilon: 1e12, learningRate: 1e12 }
    const clipped = adamW(Float64Array.of(0, 0), [3, 4], emptyAdamState(2), { ...sgd, maxGradientNorm: 1 })
    close(clipped.weights, [-0.6, -0.8], 1e-9)
    assert.strictEqual(clipped.state.step, 1)
    close(adamW(Float64Array.of(2), [0], emptyAdamState(1), { ...options, weightDecay: 0.1 }).weights, [2 * (1 - 1e-3)])
    close([norm([3, 4])], [5])
  })
})

describe("token mean", () => {
  it("divides by the mask's sum and ignores what is masked, whatever stands there", () => {
    close([tokenMean([1, 2, 6])], [3])
    close([tokenMean([1, NaN, 6], [1, 0, 1])], [3.5])
    close([tokenMean([1, 2], [0, 0])], [0])
  })
})

describe("log-softmax", () => {
  it("is normalised, shift-invariant and stable at extremes", () => {
    const z = seeded(1).normals(9, 3)
    close([logSumExp(logSoftmax(z))], [0])
    close(logSoftmax(z.map((x) => x + 500)), logSoftmax(z), 1e-10)
    close(logSoftmax([1e4, 0]), [0, -1e4])
    close(logSoftmax([2, 4], 2), logSoftmax([1, 2]))
    close([entropy(logSoftmax([0, 0, 0, 0]))], [Math.log(4)])
    close([entropy(logSoftmax([1e4, 0]))], [0])
    close([logAddExp(Math.log(0.25), Math.log(0.5)), logAddExp(-Infinity, 1)], [Math.log(0.75), 1])
  })
})
