import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { close, gradientOf } from "../../test/contracts/backend/Probe.ts"
import { objectiveContract } from "../../test/contracts/ObjectiveContract.ts"
import { makeLesson, turn } from "../../test/helpers/MakeLesson.ts"
import { combine, negativeLogProbGradient, overReference, signal } from "../../test/helpers/ObjectiveRun.ts"
import { referenceBackend } from "../../test/helpers/ReferenceBackend.ts"
import { type Group, sampleGroup } from "../lesson/Rollouts.ts"
import { findTarget } from "../lesson/Target.ts"
import { k3Slope } from "../math/Estimators.ts"
import { grpoGroupLoss, grpoObjective, rolloutAdvantages } from "./GrpoLoss.ts"
import { grpo } from "./index.ts"
import { decodeOptions } from "../lesson/Options.ts"
import { GrpoOptions } from "./Options.ts"

const settings = { learningRate: 0.02, epsilon: 1e-8, innerSteps: 4, gate: 0.001 }

for (const variant of ["grpo", "dr_grpo"] as const) {
  objectiveContract({
    name: variant,
    backend: referenceBackend(),
    trainer: (o) => grpo({ ...o, variant, samples: 16, updatesPerGroup: 4 }),
    settings,
    lowersDivergence: false
  })
}

const quiet = () => Effect.void
const trainer = grpo({ learningRate: 0.02, epsilon: 1e-8, innerSteps: 40, samples: 16 })

describe("grpo", () => {
  it.effect("on a fresh group is the advantage-weighted gradient of the turns' log-probabilities", () =>
    overReference(trainer, (_, backend) =>
      Effect.gen(function*() {
        yield* backend.reset(5)
        const lesson = yield* makeLesson(backend, { correction: "use edit" })
        for (const variant of ["grpo", "dr_grpo"] as const) {
          const options = yield* decodeOptions(GrpoOptions, { samples: 16, klCoefficient: 0, variant })
          const target = yield* findTarget(backend, lesson, options)
          if ("noSignal" in target) return assert.fail(target.noSignal)
          const group = yield* sampleGroup(backend, lesson, target, options, 3)
          assert.isAbove(group.rollouts.length, 2)
          assert.strictEqual(group.rollouts.reduce((sum, { count }) => sum + count, 0), 16)
          const { clipped, items } = yield* grpoGroupLoss(backend, lesson, group, options)
          assert.strictEqual(clipped, 0)
          const { gradient } = yield* gradientOf(backend, items)
          const advantages = rolloutAdvantages(group, variant)
          const parts = yield* Effect.forEach(group.rollouts, ({ count, ids }, i) =>
            negativeLogProbGradient(backend, lesson.attempt.promptIds, ids).pipe(
              Effect.map((vector) => ({
                factor: count * advantages[i]! / (16 * (variant === "grpo" ? ids.length : lesson.attempt.ids.length)),
                vector
              }))
            ))
          close(gradient, combine(parts), 1e-9)
          assert.isAbove(Math.hypot(...gradient), 0)
        }
      })).pipe(Effect.provide(NodeFileSystem.layer), Effect.scoped))

  it.effect("with k3 adds the slope of k3 on the same tokens", () =>
    overReference(trainer, (learner, backend) =>
      Effect.gen(function*() {
        yield* backend.reset(5)
        const lesson = yield* makeLesson(backend, { correction: "use edit" })
        yield* learner.learn(lesson, quiet)
        const options = yield* decodeOptions(GrpoOptions, { samples: 8, klCoefficient: 0.5, kl: "k3", reward: "exact" })
        const target = yield* findTarget(backend, lesson, options)
        if ("noSignal" in target) return assert.fail(target.noSignal)
        const sampled = yield* sampleGroup(backend, lesson, target, options, 3)
        // Equal rewards leave the KL alone.
        const group: Group = { ...sampled, rollouts: sampled.rollouts.map((rollout) => ({ ...rollout, reward: 0 })) }
        const { items } = yield* grpoGroupLoss(backend, lesson, group, options)
        const { promptIds } = lesson.attempt
        const scores = (weights: "Current" | "Base", ids: ReadonlyArray<number>) =>
          backend.score({ promptIds, completionIds: ids, weights: { _tag: weights } })
        for (const [i, { ids }] of group.rollouts.entries()) {
          const item = items[i]!
          const s = (yield* scores("Current", ids)).logProbs
          const o = (yield* scores("Base", ids)).logProbs
          const tokens = group.rollouts.reduce((sum, rollout) => sum + rollout.count * rollout.ids.length, 0)
          close(item.advantages, s.map((x, t) => -0.5 * k3Slope(x, o[t]!) * tokens / (8 * ids.length)), 1e-12)
          assert.strictEqual(item.baseKl, 0)
        }
      })))

  it.effect("equal rewards have zero gradient, and a lesson with nothing else makes no step and says why", () =>
    overReference(trainer, (_, backend) =>
      Effect.gen(function*() {
        yield* backend.reset(5)
        const lesson = yield* makeLesson(backend, { correction: "use edit" })
        const options = yield* decodeOptions(GrpoOptions, { samples: 4, klCoefficient: 0 })
        const target = yield* findTarget(backend, lesson, options)
        if ("noSignal" in target) return assert.fail(target.noSignal)
        const sampled = yield* sampleGroup(backend, lesson, target, options, 3)
        const group: Group = { ...sampled, rollouts: sampled.rollouts.map((rollout) => ({ ...rollout, reward: 0.25 })) }
        const { items } = yield* grpoGroupLoss(backend, lesson, group, options)
        const { gradient } = yield* gradientOf(backend, items)
        assert.strictEqual(Math.hypot(...gradient), 0)

        // Cold samples are all the attempt.
        const cold = yield* decodeOptions(GrpoOptions, { samples: 4, temperature: 1e-3 })
        const objective = yield* signal(yield* grpoObjective(backend, lesson, cold))
        const loss = yield* objective.loss({ ids: lesson.attempt.ids })
        if (!("noSignal" in loss)) return assert.fail("equal rewards made a loss")
        assert.match(loss.noSignal, /^All 4 calls .* worth the same .*no step was made/)
        assert.isAbove(loss.divergence, 0)
      })).pipe(Effect.provide(NodeFileSystem.layer), Effect.scoped))

  it.effect("skips such a lesson without touching a byte", () =>
    overReference(
      grpo({ learningRate: 0.02, samples: 4, temperature: 1e-3 }),
      (learner, backend) =>
        Effect.gen(function*() {
          const lesson = yield* makeLesson(backend, { correction: "use edit" })
          const before = yield* backend.snapshot
          const outcome = yield* learner.learn(lesson, quiet)
          if (outcome._tag === "Stepped") return assert.fail("a step was made")
          assert.match(outcome.reason, /cannot be compared and no step was made/)
          assert.deepStrictEqual(yield* backend.snapshot, before)
        })
    ))

  it.effect("reaches the corrected call where sampling finds it", () =>
    overReference(trainer, (learner, backend) =>
      Effect.gen(function*() {
        yield* backend.reset(1)
        const told = (yield* turn(backend, "please fix a.js", "use edit")).text
        const outcome = yield* learner.learn(yield* makeLesson(backend, { correction: "use edit" }), quiet)
        if (outcome._tag !== "Stepped") return assert.fail(outcome.reason)
        assert.strictEqual((yield* turn(backend, "please fix a.js")).text, told)
        const rewards = outcome.step.inner.map((inner) => inner.details!["meanReward"]!)
        assert.isTrue(rewards.every((r) => r >= 0 && r <= 1))
      })))
})
