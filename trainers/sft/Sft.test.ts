import { assert, describe, it } from "@effect/vitest"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { LoraBackend } from "../../core/LoraBackend.ts"
import { Trainer } from "../../core/Trainer.ts"
import { close, gradientOf } from "../../test/contracts/backend/Probe.ts"
import { objectiveContract } from "../../test/contracts/ObjectiveContract.ts"
import { makeLesson, turn } from "../../test/helpers/MakeLesson.ts"
import { referenceBackend } from "../../test/helpers/ReferenceBackend.ts"
import {
  activeFeatures,
  addGradient,
  freshAdapter,
  nextLogProbs,
  PARAMETERS
} from "../../test/helpers/ReferenceModel.ts"
import { sft, type SftInput } from "./index.ts"
import { sftObjective } from "./SftLoss.ts"
import { decodeOptions } from "../lesson/Options.ts"
import { SftOptions } from "./Options.ts"

const settings = { learningRate: 0.02, epsilon: 1e-8, innerSteps: 4, gate: 0.001 }

objectiveContract({
  name: "sft on the teacher's call",
  backend: referenceBackend(),
  trainer: (o) => sft(o),
  settings,
  lowersDivergence: true
})

const quiet = () => Effect.void
const edited = { id: "edited", tool: "edit", arguments: { path: "b.js" } }

const run = <A, E>(
  options: SftInput,
  body: (trainer: Trainer["Service"], backend: LoraBackend["Service"]) => Effect.Effect<A, E>
) =>
  Effect.gen(function*() {
    return yield* body(yield* Trainer, yield* LoraBackend)
  }).pipe(Effect.provide(
    sft({ learningRate: 0.02, epsilon: 1e-8, innerSteps: 20, ...options }).pipe(Layer.provideMerge(referenceBackend()))
  ))

describe("sft", () => {
  it.effect("has the gradient p - onehot on the target's tokens, averaged", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      yield* backend.reset(5)
      const lesson = yield* makeLesson(backend, { kind: "edit", correction: "use edit", correctedCall: edited })
      const objective = yield* sftObjective(backend, lesson, yield* decodeOptions(SftOptions, { klCoefficient: 0 }))
      if ("noSignal" in objective) return assert.fail(objective.noSignal)
      const loss = yield* objective.loss({ ids: lesson.attempt.ids })
      if ("noSignal" in loss) return assert.fail(loss.noSignal)
      const { gradient, report } = yield* gradientOf(backend, loss.items)
      const ids = loss.items[0]!.completionIds
      assert.strictEqual(
        backend.tokenizer.decode(ids),
        "<tool_call>\n{\"name\": \"edit\", \"arguments\": {\"path\": \"b.js\"}}\n</tool_call>"
      )
      const adapter = freshAdapter(5)
      const expected = new Float64Array(PARAMETERS)
      ids.forEach((token, t) => {
        const features = activeFeatures([...lesson.attempt.promptIds, ...ids.slice(0, t)])
        const dz = nextLogProbs(features, adapter).map((s, v) => (Math.exp(s) - (v === token ? 1 : 0)) / ids.length)
        addGradient(expected, adapter, features, dz)
      })
      close(gradient, expected, 1e-9)
      close([loss.divergence(report)], [report.loss], 1e-12)
      close([yield* objective.distance!], [report.loss], 1e-12)
    }).pipe(Effect.provide(Layer.merge(referenceBackend(), NodeFileSystem.layer)), Effect.scoped))

  it.effect("makes the edited call, the approved retry, or the corrected model's own call the model's", () =>
    run({}, (trainer, backend) =>
      Effect.gen(function*() {
        const told = (yield* turn(backend, "please fix a.js", "use edit")).text
        for (
          const [sketch, expected] of [
            [{ kind: "edit", correction: "use edit", correctedCall: edited }, /edit.*b\.js/s],
            [{ kind: "retry", correction: "use edit" }, /edit/],
            [{ kind: "denial", correction: "use edit" }, /edit/]
          ] as const
        ) {
          yield* backend.reset(1)
          const outcome = yield* trainer.learn(yield* makeLesson(backend, sketch), quiet)
          assert.strictEqual(outcome._tag, "Stepped", sketch.kind)
          const now = (yield* turn(backend, "please fix a.js")).text
          assert.match(now, expected, sketch.kind)
          if (sketch.kind !== "edit") assert.strictEqual(now, told)
        }
      })))

  it.effect("says in the step where the call came from", () =>
    Effect.gen(function*() {
      const estimator = (options: SftInput) =>
        run(options, (trainer, backend) =>
          makeLesson(backend, { correction: "use edit" }).pipe(
            Effect.flatMap((lesson) => trainer.learn(lesson, quiet)),
            Effect.map((outcome) => outcome._tag === "Stepped" ? outcome.step.estimator : outcome.reason)
          ))
      assert.strictEqual(yield* estimator({}), "cross-entropy on the corrected teacher's greedy call")
      assert.strictEqual(
        yield* estimator({ denialTarget: "rejection" }),
        "cross-entropy on the corrected teacher's call, by rejection sampling"
      )
      assert.match(yield* estimator({ denialTarget: "off" }), /the approved retry will, so no step was made/)
    }))

  it.effect("makes no step where the correction changes nothing", () =>
    run({}, (trainer, backend) =>
      Effect.gen(function*() {
        const before = yield* backend.snapshot
        const outcome = yield* trainer.learn(yield* makeLesson(backend, { correction: "hm" }), quiet)
        assert.strictEqual(outcome._tag, "Skipped")
        if (outcome._tag === "Skipped") assert.match(outcome.reason, /would make the same call, so no step was made/)
        assert.deepStrictEqual(yield* backend.snapshot, before)
      })))
})
