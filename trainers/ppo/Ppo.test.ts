import { assert, describe, it } from "@effect/vitest"
import { said } from "../../core/Turn.ts"
import * as Effect from "effect/Effect"
import { close } from "../../test/contracts/backend/Probe.ts"
import { objectiveContract } from "../../test/contracts/ObjectiveContract.ts"
import { makeLesson, turn } from "../../test/helpers/MakeLesson.ts"
import { overReference } from "../../test/helpers/ObjectiveRun.ts"
import { overriding } from "../../test/helpers/OverriddenBackend.ts"
import { referenceBackend } from "../../test/helpers/ReferenceBackend.ts"
import { Trainer } from "../../core/Trainer.ts"
import { LoraBackend } from "../../core/LoraBackend.ts"
import * as Layer from "effect/Layer"
import { seeded } from "../../test/helpers/Seeded.ts"
import { makeBatch } from "./Batch.ts"
import { criticLoss, fitCritic, freshCritic, valueFeatures, valueOf } from "./Critic.ts"
import { ppo } from "./index.ts"

const settings = { learningRate: 0.02, epsilon: 1e-8, innerSteps: 4, gate: 0.001 }

objectiveContract({
  name: "ppo",
  backend: referenceBackend(),
  trainer: (o) => ppo({ ...o, samples: 16, updatesPerGroup: 4 }),
  settings,
  lowersDivergence: false
})

const quiet = () => Effect.void

const states = Array.from({ length: 6 }, (_, i) => Float32Array.from(seeded(i).normals(4)))
const samples = states.map((state, i) => ({
  features: valueFeatures(state),
  oldValue: 0.1 * i,
  target: i % 2,
  count: 1 + i % 3
}))

describe("value head", () => {
  it("has the gradient of central differences", () => {
    const critic = { ...freshCritic(4), weights: seeded(9).normals(5, 0.3) }
    const { gradient } = criticLoss(critic, samples, 0.2)
    const h = 1e-6
    gradient.forEach((g, i) => {
      const at = (d: number) =>
        criticLoss({ ...critic, weights: critic.weights.map((w, j) => j === i ? w + d : w) }, samples, 0.2).loss
      assert.closeTo(g, (at(h) - at(-h)) / (2 * h), 1e-8)
    })
  })

  it("starts at zero, learns returns, and is the same for the same samples", () => {
    const fresh = freshCritic(4)
    assert.isTrue(samples.every(({ features }) => valueOf(fresh, features) === 0))
    const options = { clip: Infinity, steps: 400, learningRate: 0.05 }
    const fitted = fitCritic(fresh, samples, options)
    assert.isBelow(criticLoss(fitted, samples, Infinity).loss, 0.5 * criticLoss(fresh, samples, Infinity).loss)
    assert.deepStrictEqual(fitCritic(fresh, samples, options), fitted)
  })
})

describe("ppo", () => {
  it("pays the turn at its last token and takes KL off every token; advantages are whitened over all", () => {
    const rollouts = [
      { ...said("a"), ids: [1, 2], logProbs: [-1, -2], count: 3, reward: 1 },
      { ...said("b"), ids: [3], logProbs: [-0.5], count: 1, reward: 0 }
    ]
    const hidden = [[states[0]!, states[1]!], [states[2]!]]
    const batch = makeBatch({ rollouts, size: 4 }, hidden, [[-1.5, -2], [-1]], freshCritic(4), {
      gamma: 1,
      lambda: 0.5,
      klCoefficient: 0.2
    })
    const returns = [-0.1 + 0.5, 1, -0.1]
    close(batch.samples.map(({ target }) => target), returns, 1e-12)
    assert.deepStrictEqual(batch.samples.map(({ count }) => count), [3, 3, 1])
    const flat = batch.advantages.flat()
    const weighted = [3, 3, 1]
    close([flat.reduce((sum, a, i) => sum + weighted[i]! * a, 0)], [0], 1e-9)
    close([flat.reduce((sum, a, i) => sum + weighted[i]! * a * a, 0) / 7], [1], 1e-6)
  })

  it.effect("reaches the corrected call where sampling finds it", () =>
    overReference(
      ppo({ learningRate: 0.02, epsilon: 1e-8, innerSteps: 40, samples: 16 }),
      (learner, backend) =>
        Effect.gen(function*() {
          yield* backend.reset(1)
          const told = (yield* turn(backend, "please fix a.js", "use edit")).text
          const outcome = yield* learner.learn(yield* makeLesson(backend, { correction: "use edit" }), quiet)
          if (outcome._tag !== "Stepped") return assert.fail(outcome.reason)
          assert.strictEqual((yield* turn(backend, "please fix a.js")).text, told)
          assert.isTrue(outcome.step.inner.every((inner) => Number.isFinite(inner.details!["valueLoss"])))
        })
    ))

  it.effect("says so where a backend shows no hidden states", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const trainer = yield* Trainer
      const error = yield* trainer.learn(yield* makeLesson(backend, { correction: "use edit" }), quiet).pipe(
        Effect.flip
      )
      assert.match(error.message, /no hidden states.*Set objective=grpo/)
    }).pipe(Effect.provide(
      ppo().pipe(Layer.provideMerge(overriding(referenceBackend(), ({ info }) => {
        const { hiddenSize: _, ...capabilities } = info.capabilities
        return { info: { ...info, capabilities } }
      })))
    )))
})
