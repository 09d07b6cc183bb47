import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { close, gradientOf } from "../../test/contracts/backend/Probe.ts"
import { objectiveContract } from "../../test/contracts/ObjectiveContract.ts"
import { makeLesson, turn } from "../../test/helpers/MakeLesson.ts"
import { combine, negativeLogProbGradient, overReference, signal } from "../../test/helpers/ObjectiveRun.ts"
import { referenceBackend } from "../../test/helpers/ReferenceBackend.ts"
import { dpoLoss } from "../math/Dpo.ts"
import { dpoObjective, scorePair } from "./DpoLoss.ts"
import { dpo } from "./index.ts"
import { decodeOptions } from "../lesson/Options.ts"
import { DpoOptions } from "./Options.ts"

const settings = { learningRate: 0.02, epsilon: 1e-8, innerSteps: 4, gate: 0.001 }

objectiveContract({
  name: "dpo",
  backend: referenceBackend(),
  trainer: (o) => dpo(o),
  settings,
  lowersDivergence: true
})

const quiet = () => Effect.void
const trainer = dpo({ learningRate: 0.02, epsilon: 1e-8, innerSteps: 20 })

describe("dpo", () => {
  it.effect("is ln 2 before any update, with gradient -beta / 2 (grad log pi(y+) - grad log pi(y-))", () =>
    overReference(trainer, (_, backend) =>
      Effect.gen(function*() {
        yield* backend.reset(5)
        const lesson = yield* makeLesson(backend, { correction: "use edit" })
        const { promptIds } = lesson.attempt
        for (const beta of [0.1, 0.7]) {
          const objective = yield* signal(
            yield* dpoObjective(backend, lesson, yield* decodeOptions(DpoOptions, { beta }))
          )
          const loss = yield* signal(yield* objective.loss({ ids: lesson.attempt.ids }))
          const { gradient, report } = yield* gradientOf(backend, loss.items)
          close([loss.value!(report)], [Math.log(2)], 1e-12)
          const [rejected, chosen] = loss.items
          assert.deepStrictEqual(rejected!.completionIds, lesson.attempt.ids)
          const up = yield* negativeLogProbGradient(backend, promptIds, chosen!.completionIds)
          const down = yield* negativeLogProbGradient(backend, promptIds, rejected!.completionIds)
          close(gradient, combine([{ factor: beta / 2, vector: up }, { factor: -beta / 2, vector: down }]), 1e-9)
        }
      })).pipe(Effect.provide(NodeFileSystem.layer), Effect.scoped))

  it.effect("has the slope of its own formula away from the reference, and the NLL term beside it", () =>
    overReference(trainer, (learner, backend) =>
      Effect.gen(function*() {
        yield* backend.reset(5)
        const lesson = yield* makeLesson(backend, { correction: "use edit" })
        yield* learner.learn(lesson, quiet)
        const { promptIds } = lesson.attempt
        const options = yield* decodeOptions(DpoOptions, { beta: 0.3, nllCoefficient: 0.2 })
        // The model makes the corrected call by now, so the lesson is told with the old attempt.
        const objective = yield* signal(yield* dpoObjective(backend, lesson, options))
        const loss = yield* signal(yield* objective.loss({ ids: lesson.attempt.ids }))
        const [rejected, chosen] = loss.items
        const y = { promptIds, chosen: chosen!.completionIds, rejected: rejected!.completionIds }
        const pair = yield* scorePair(backend, y)
        const { loss: value, slope } = dpoLoss(pair, 0.3)
        assert.isBelow(value, Math.log(2))
        const { gradient, report } = yield* gradientOf(backend, loss.items)
        close([loss.value!(report)], [value - 0.2 * pair.chosen / y.chosen.length], 1e-12)
        const up = yield* negativeLogProbGradient(backend, promptIds, y.chosen)
        const down = yield* negativeLogProbGradient(backend, promptIds, y.rejected)
        close(
          gradient,
          combine([{ factor: 0.2 / y.chosen.length - slope, vector: up }, { factor: slope, vector: down }]),
          1e-9
        )
      })).pipe(Effect.provide(NodeFileSystem.layer), Effect.scoped))

  it.effect("raises the corrected call over the denied one and reports both", () =>
    overReference(
      dpo({ learningRate: 0.02, epsilon: 1e-8, innerSteps: 20, confidence: 0 }),
      (learner, backend) =>
        Effect.gen(function*() {
          for (const kind of ["denial", "retry"] as const) {
            yield* backend.reset(1)
            const told = (yield* turn(backend, "please fix a.js", "use edit")).text
            const denied = { id: "call-1", tool: "read", arguments: { path: "a.js" } }
            const lesson = { ...yield* makeLesson(backend, { kind, correction: "use edit" }), call: denied }
            const outcome = yield* learner.learn(lesson, quiet)
            if (outcome._tag !== "Stepped") return assert.fail(outcome.reason)
            const details = outcome.step.inner.map((inner) => inner.details!)
            assert.strictEqual(details[0]!["margin"], 0)
            const { attemptLogProbAfter, attemptLogProbBefore, corrected } = outcome.step.evidence
            assert.isAbove(corrected!.logProbAfter, corrected!.logProbBefore)
            if (kind === "denial") assert.isBelow(attemptLogProbAfter, attemptLogProbBefore)
            assert.isTrue(
              details.every((d) => Number.isFinite(d["chosenLogProb"]) && Number.isFinite(d["rejectedLogProb"]))
            )
            assert.strictEqual((yield* turn(backend, "please fix a.js")).text, told)
          }
        })
    ))

  it.effect("makes no step for a retry that is the denied call", () =>
    overReference(trainer, (learner, backend) =>
      Effect.gen(function*() {
        const lesson = yield* makeLesson(backend, { kind: "retry", correction: "use edit" })
        const outcome = yield* learner.learn(lesson, quiet)
        if (outcome._tag === "Stepped") return assert.fail("a step was made")
        assert.match(outcome.reason, /is the denied one, so there is nothing to prefer and no step was made/)
      })))
})
