import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { LossItem } from "../../core/Loss.ts"
import { close, gradientOf } from "../../test/contracts/backend/Probe.ts"
import { objectiveContract } from "../../test/contracts/ObjectiveContract.ts"
import { makeLesson, turn } from "../../test/helpers/MakeLesson.ts"
import { combine, overReference, signal } from "../../test/helpers/ObjectiveRun.ts"
import { referenceBackend } from "../../test/helpers/ReferenceBackend.ts"
import { mixture, type MixtureInput } from "./index.ts"
import { mixtureObjective } from "./MixtureLoss.ts"
import { decodeOptions } from "../lesson/Options.ts"
import { MixtureOptions } from "./Options.ts"

const settings = { learningRate: 0.02, epsilon: 1e-8, innerSteps: 4, gate: 0.001 }

objectiveContract({
  name: "mixture of grpo and sdpo",
  backend: referenceBackend(),
  trainer: (o) => mixture({ ...o, samples: 16, updatesPerGroup: 4 }),
  settings,
  lowersDivergence: false
})
objectiveContract({
  name: "mixture on sampled tokens",
  backend: referenceBackend({ fullDistribution: false, topK: 0 }),
  trainer: (o) => mixture({ ...o, samples: 16, updatesPerGroup: 4 }),
  settings,
  lowersDivergence: false
})

const quiet = () => Effect.void
const trainer = mixture({ learningRate: 0.02, epsilon: 1e-8, innerSteps: 20, samples: 16 })

describe("mixture", () => {
  for (const estimator of ["full", "sampled"] as const) {
    it.effect(`is lambda GRPO + (1 - lambda) SDPO, ${estimator}`, () =>
      overReference(trainer, (_, backend) =>
        Effect.gen(function*() {
          yield* backend.reset(5)
          const lesson = yield* makeLesson(backend, { correction: "use edit" })
          const gradient = (input: MixtureInput) =>
            Effect.gen(function*() {
              const options = yield* decodeOptions(MixtureOptions, { estimator, samples: 16, ...input })
              const objective = yield* signal(yield* mixtureObjective(backend, lesson, options))
              const loss = yield* signal(yield* objective.loss({ ids: lesson.attempt.ids }))
              return { ...yield* gradientOf(backend, loss.items), items: loss.items }
            })
          const grpo = yield* gradient({ lambda: 1 })
          const sdpo = yield* gradient({ lambda: 0 })
          const both = yield* gradient({ lambda: 0.3 })
          const count = (items: ReadonlyArray<LossItem>, tag: LossItem["_tag"]) =>
            items.filter((item) => item._tag === tag).length
          assert.strictEqual(count(sdpo.items, "Distill"), estimator === "full" ? sdpo.items.length : 0)
          assert.strictEqual(both.items.length, grpo.items.length + sdpo.items.length)
          const expected = combine([{ factor: 0.3, vector: grpo.gradient }, { factor: 0.7, vector: sdpo.gradient }])
          close(both.gradient, expected, 1e-9)
          close([both.report.loss], [0.3 * grpo.report.loss + 0.7 * sdpo.report.loss], 1e-9)
        })).pipe(Effect.provide(NodeFileSystem.layer), Effect.scoped))
  }

  it.effect("goes on by self-distillation alone where all rewards are equal", () =>
    overReference(
      mixture({ learningRate: 0.02, epsilon: 1e-8, innerSteps: 20, samples: 4, temperature: 1e-3 }),
      (learner, backend) =>
        Effect.gen(function*() {
          yield* backend.reset(1)
          const told = (yield* turn(backend, "please fix a.js", "use edit")).text
          const outcome = yield* learner.learn(yield* makeLesson(backend, { correction: "use edit" }), quiet)
          if (outcome._tag !== "Stepped") return assert.fail(outcome.reason)
          assert.strictEqual((yield* turn(backend, "please fix a.js")).text, told)
        })
    ))
})
