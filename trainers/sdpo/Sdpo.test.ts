import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Capabilities } from "../../core/LoraBackend.ts"
import type { LossItem } from "../../core/Loss.ts"
import { LoraBackend } from "../../core/LoraBackend.ts"
import { Trainer } from "../../core/Trainer.ts"
import { EMA_TEACHER } from "./SdpoLoss.ts"
import { literalOptions, sdpo, type SdpoInput } from "./index.ts"
import { objectiveContract } from "../../test/contracts/ObjectiveContract.ts"
import { makeLesson, turn } from "../../test/helpers/MakeLesson.ts"
import { overriding } from "../../test/helpers/OverriddenBackend.ts"
import { referenceBackend } from "../../test/helpers/ReferenceBackend.ts"

const LEARNING_RATE = 0.02
const settings = { learningRate: LEARNING_RATE, epsilon: 1e-8, innerSteps: 4, gate: 0.001 }

objectiveContract({
  name: "sdpo, full vocabulary",
  backend: referenceBackend(),
  trainer: (o) => sdpo(o),
  settings,
  lowersDivergence: true
})
objectiveContract({
  name: "sdpo, JSD, EMA teacher",
  backend: referenceBackend(),
  trainer: (o) => sdpo({ ...o, divergence: "jsd", teacher: "ema" }),
  settings,
  lowersDivergence: true
})
objectiveContract({
  name: "sdpo, top-K and tail",
  backend: referenceBackend(),
  trainer: (o) => sdpo({ ...o, estimator: "topk", topK: 5 }),
  settings,
  lowersDivergence: true
})
objectiveContract({
  name: "sdpo, sampled tokens",
  backend: referenceBackend({ fullDistribution: false, topK: 0 }),
  trainer: (o) => sdpo(o),
  settings,
  lowersDivergence: false
})

const quiet = () => Effect.void

/** The trainer over the reference backend; `items` collects every loss that is differentiated. */
const run = <A, E>(
  options: SdpoInput,
  body: (
    trainer: Trainer["Service"],
    backend: LoraBackend["Service"],
    items: Array<ReadonlyArray<LossItem>>
  ) => Effect.Effect<A, E>,
  capabilities?: Partial<Capabilities>
) =>
  Effect.suspend(() => {
    const items: Array<ReadonlyArray<LossItem>> = []
    const backend = overriding(referenceBackend(capabilities), (real) => ({
      forwardBackward: (list) => {
        items.push(list)
        return real.forwardBackward(list)
      }
    }))
    return Effect.gen(function*() {
      return yield* body(yield* Trainer, yield* LoraBackend, items)
    }).pipe(
      Effect.provide(
        sdpo({ divergence: "reverse_kl", epsilon: 1e-8, learningRate: LEARNING_RATE, ...options }).pipe(
          Layer.provideMerge(backend)
        )
      )
    )
  })

const toolOf = (text: string) => /"name": "(\w+)"/.exec(text)?.[1]
const edited = { id: "edited", tool: "edit", arguments: { path: "b.js" } }

describe("sdpo on a denial", () => {
  it.effect("teaches the corrected call for fresh conversations on other files too", () =>
    run({}, (trainer, backend) =>
      Effect.gen(function*() {
        assert.strictEqual(toolOf((yield* turn(backend, "please fix c.js")).text), "read")
        const lesson = yield* makeLesson(backend, { correction: "use edit" })
        const outcome = yield* trainer.learn(lesson, quiet)
        assert.strictEqual(outcome._tag, "Stepped")
        if (outcome._tag !== "Stepped") return
        assert.strictEqual(outcome.step.estimator, "full-vocabulary reverse KL")
        assert.strictEqual(toolOf(outcome.step.evidence.greedyAfter), "edit")
        assert.strictEqual(outcome.step.evidence.greedyAfter, (yield* turn(backend, "please fix a.js")).text)
        assert.strictEqual(toolOf((yield* turn(backend, "please fix c.js")).text), "edit")
      })))

  it.effect("distils the attempt's own ids under both prompts, the ratio from the recorded numbers", () =>
    run(
      { divergence: "jsd", jsdAlpha: 0.3, klCoefficient: 0.1, innerSteps: 1 },
      (trainer, backend, items) =>
        Effect.gen(function*() {
          const lesson = yield* makeLesson(backend, { correction: "use edit" })
          yield* trainer.learn(lesson, quiet)
          assert.deepStrictEqual(items, [[{
            _tag: "Distill",
            promptIds: lesson.attempt.promptIds,
            completionIds: lesson.attempt.ids,
            baseKl: 0.1,
            oldLogProbs: lesson.attempt.logProbs,
            ratioClip: { min: 0, max: 2 },
            divergence: { kind: "jsd", alpha: 0.3 },
            teacher: { promptIds: lesson.teacherPromptIds, weights: { _tag: "Base" } }
          }]])
        })
    ))

  /** Sampled tokens push the denied call down without knowing what should come instead: the greedy turn wanders. */
  const wandering: SdpoInput = {
    estimator: "sampled",
    innerSteps: 100,
    divergenceBudget: Infinity,
    klCoefficient: 0,
    confidence: 0
  }

  it.effect("until changed: stops as soon as the greedy turn is another usable call", () =>
    run({ ...wandering, until: "changed" }, (trainer, backend) =>
      Effect.gen(function*() {
        const lesson = yield* makeLesson(backend, { correction: "use edit" })
        const outcome = yield* trainer.learn(lesson, quiet)
        assert.isTrue(outcome._tag === "Stepped" && toolOf(outcome.step.evidence.greedyAfter) === "write")
        assert.isTrue(outcome._tag === "Stepped" && outcome.step.inner.length < 10)
      })))

  it.effect("until taught: goes on until it is the teacher's turn, on the student's own newer turns", () =>
    run({ ...wandering, until: "taught", onPolicy: true }, (trainer, backend, items) =>
      Effect.gen(function*() {
        const lesson = yield* makeLesson(backend, { correction: "use edit" })
        const outcome = yield* trainer.learn(lesson, quiet)
        assert.isTrue(outcome._tag === "Stepped" && toolOf(outcome.step.evidence.greedyAfter) === "edit")
        const subjects = items.map(([item]) => ({
          tool: toolOf(backend.tokenizer.decode(item?.completionIds ?? [])),
          recorded: item?.oldLogProbs !== undefined
        }))
        assert.deepStrictEqual(subjects[0], { tool: "read", recorded: true })
        assert.deepStrictEqual([...new Set(subjects.map(({ tool }) => tool))], ["read", "write", "bash"])
        assert.isTrue(subjects.every(({ recorded, tool }) => recorded === (tool === "read")))
      })))

  it.effect("confidence: goes on until each token of the turn is that near to what it is to the teacher", () => {
    const learned = (confidence: number) =>
      run(
        { innerSteps: 100, divergenceBudget: Infinity, klCoefficient: 0, confidence },
        (trainer, backend) =>
          Effect.gen(function*() {
            const outcome = yield* trainer.learn(yield* makeLesson(backend, { correction: "use edit" }), quiet)
            const after = yield* turn(backend, "please fix a.js")
            const taught = yield* backend.score({
              promptIds: (yield* makeLesson(backend, { correction: "use edit" })).teacherPromptIds,
              completionIds: after.ids,
              weights: { _tag: "Base" }
            })
            assert.isTrue(outcome._tag === "Stepped" && toolOf(outcome.step.evidence.greedyAfter) === "edit")
            return {
              least: Math.exp(Math.min(...after.logProbs.map((now, t) => now - taught.logProbs[t]!))),
              updates: outcome._tag === "Stepped" ? outcome.step.inner.length : 0
            }
          })
      )
    return Effect.gen(function*() {
      const likeliest = yield* learned(0)
      const sure = yield* learned(0.9)
      assert.isBelow(likeliest.least, 0.9)
      assert.isAtLeast(sure.least, 0.9)
      assert.isAbove(sure.updates, likeliest.updates)
    })
  })

  it.effect("onPolicy false: every update is on the attempt's tokens", () =>
    run(
      { ...wandering, until: "taught", onPolicy: false, innerSteps: 6 },
      (trainer, backend, items) =>
        Effect.gen(function*() {
          const lesson = yield* makeLesson(backend, { correction: "use edit" })
          yield* trainer.learn(lesson, quiet)
          assert.strictEqual(items.length, 6)
          assert.isTrue(items.every(([item]) => item?.completionIds === lesson.attempt.ids))
        })
    ))

  it.effect("makes no step when the teacher, correction in view, would make the same call", () =>
    run({ gate: 0 }, (trainer, backend) =>
      Effect.gen(function*() {
        const lesson = yield* makeLesson(backend, { correction: "please fix a.js" })
        const before = yield* backend.snapshot
        const outcome = yield* trainer.learn(lesson, quiet)
        assert.strictEqual(outcome._tag, "Skipped")
        assert.isTrue(outcome._tag === "Skipped" && outcome.divergence > 0)
        assert.isTrue(
          outcome._tag === "Skipped" && /Even with your correction .* edit the call\.$/.test(outcome.reason)
        )
        assert.deepStrictEqual(yield* backend.snapshot, before)
      })))

  it.effect("one gate serves every divergence: JSD's is scaled to its size", () =>
    run({ divergence: "jsd", gate: 0.06 }, (trainer, backend) =>
      Effect.gen(function*() {
        const outcome = yield* trainer.learn(yield* makeLesson(backend, { correction: "use edit" }), quiet)
        assert.isTrue(outcome._tag === "Stepped" && outcome.step.evidence.divergenceBefore < 0.06)
        assert.isTrue(outcome._tag === "Stepped" && outcome.step.evidence.divergenceBefore > 0.06 / 4)
      })))

  it.effect("stops when the divergence budget is spent", () =>
    run({ innerSteps: 100, divergenceBudget: 1e-9 }, (trainer, backend) =>
      Effect.gen(function*() {
        const outcome = yield* trainer.learn(yield* makeLesson(backend, { correction: "use edit" }), quiet)
        assert.isTrue(outcome._tag === "Stepped" && outcome.step.inner.length === 1)
        assert.isTrue(outcome._tag === "Stepped" && !outcome.step.evidence.greedyChanged)
      })))

  it.effect("has nothing to learn from a correction that changes nothing, and says so", () =>
    run({}, (trainer, backend) =>
      Effect.gen(function*() {
        const lesson = yield* makeLesson(backend, { correction: "use edit" })
        const before = yield* backend.snapshot
        const outcome = yield* trainer.learn({ ...lesson, teacherPromptIds: lesson.attempt.promptIds }, quiet)
        assert.deepStrictEqual(outcome, {
          _tag: "Skipped",
          reason:
            "Your correction does not change what the model would do here (difference 0.0 nats per token, below the "
            + "gate of 0.01), so no step was made. Say what to do instead, naming the tool or the file, or edit the call.",
          divergence: 0
        })
        assert.deepStrictEqual(yield* backend.snapshot, before)
      })))

  it.effect("is gated once the student does by itself what the correction asks", () =>
    run({ innerSteps: 60, learningRate: 0.05, klCoefficient: 0 }, (trainer, backend) =>
      Effect.gen(function*() {
        const lesson = yield* makeLesson(backend, { correction: "use edit" })
        for (let i = 0; i < 60; i++) {
          const outcome = yield* trainer.learn(lesson, quiet)
          if (outcome._tag === "Skipped") {
            assert.match(outcome.reason, /already acts as with your correction/)
            return
          }
        }
        assert.fail("the lesson never ran out of signal")
      })))

  it.effect("reports a sampler whose log-probabilities are slightly off", () =>
    run({ innerSteps: 1 }, (trainer, backend) =>
      Effect.gen(function*() {
        const lesson = yield* makeLesson(backend, { correction: "use edit" })
        const attempt = { ...lesson.attempt, logProbs: lesson.attempt.logProbs.map((x) => x - 0.01) }
        const outcome = yield* trainer.learn({ ...lesson, attempt }, quiet)
        assert.isTrue(
          outcome._tag === "Stepped"
            && outcome.step.estimator.endsWith("differ from the trainer's by up to 0.010 nats")
        )
      })))

  it.effect("takes a lesson from earlier weights as off-policy, without complaint", () =>
    run({ innerSteps: 1 }, (trainer, backend) =>
      Effect.gen(function*() {
        const lesson = yield* makeLesson(backend, { correction: "use edit" })
        const attempt = { ...lesson.attempt, logProbs: lesson.attempt.logProbs.map((x) => x - 0.4) }
        const outcome = yield* trainer.learn({ ...lesson, attempt, adapterRevision: 12 }, quiet)
        assert.isTrue(outcome._tag === "Stepped" && outcome.step.estimator === "full-vocabulary reverse KL")
      })))
})

describe("sdpo's teachers", () => {
  const shadow = { _tag: "Shadow", name: EMA_TEACHER } as const
  const scores = (
    backend: LoraBackend["Service"],
    promptIds: ReadonlyArray<number>,
    ids: ReadonlyArray<number>,
    live = false
  ) =>
    backend.score({ promptIds, completionIds: ids, weights: live ? { _tag: "Current" } : shadow }).pipe(
      Effect.map(({ logProbs }) => logProbs)
    )

  it.effect("EMA: moves after each update, at rate 1 with the student", () =>
    run({ teacher: "ema", emaRate: 1, innerSteps: 2 }, (trainer, backend, items) =>
      Effect.gen(function*() {
        const lesson = yield* makeLesson(backend, { correction: "use edit" })
        const { ids, promptIds } = lesson.attempt
        const base = yield* scores(backend, promptIds, ids)
        yield* trainer.learn(lesson, quiet)
        const after = yield* scores(backend, promptIds, ids)
        assert.notDeepEqual(after, base)
        for (const [i, x] of (yield* scores(backend, promptIds, ids, true)).entries()) {
          assert.isAtMost(Math.abs(x - after[i]!), 1e-12)
        }
        assert.isTrue(items.every(([item]) => item?._tag === "Distill" && item.teacher.weights._tag === "Shadow"))
      })))

  it.effect("EMA: stands still when the update fails", () =>
    Effect.gen(function*() {
      const broken = overriding(referenceBackend(), (real) => ({
        update: (options) => real.update({ ...options, learningRate: NaN })
      }))
      yield* Effect.gen(function*() {
        const backend = yield* LoraBackend
        const trainer = yield* Trainer
        const lesson = yield* makeLesson(backend, { correction: "use edit" })
        const before = yield* backend.snapshot
        yield* trainer.learn(lesson, quiet).pipe(Effect.flip)
        assert.deepStrictEqual(yield* backend.snapshot, before)
      }).pipe(Effect.provide(sdpo({ teacher: "ema" }).pipe(Layer.provideMerge(broken))))
    }))

  it.effect("current: the live weights read the correction", () =>
    run({ teacher: "current", innerSteps: 1 }, (trainer, backend, items) =>
      Effect.gen(function*() {
        yield* trainer.learn(yield* makeLesson(backend, { correction: "use edit" }), quiet)
        assert.isTrue(items.every(([item]) => item?._tag === "Distill" && item.teacher.weights._tag === "Current"))
      })))
})

describe("sdpo on a retry", () => {
  it.effect("learns the approved call by forward KL until it is the greedy one, without a ratio", () =>
    run({ klCoefficient: 0 }, (trainer, backend, items) =>
      Effect.gen(function*() {
        const lesson = yield* makeLesson(backend, { kind: "retry", correction: "use edit" })
        const outcome = yield* trainer.learn(lesson, quiet)
        assert.strictEqual(outcome._tag, "Stepped")
        if (outcome._tag !== "Stepped") return
        const { evidence, estimator } = outcome.step
        assert.strictEqual(estimator, "full-vocabulary forward KL")
        assert.isAbove(evidence.attemptLogProbAfter, evidence.attemptLogProbBefore)
        assert.strictEqual(evidence.greedyAfter, lesson.attempt.text)
        assert.isTrue(items.every(([item]) => item?.oldLogProbs === undefined))
        const again = yield* trainer.learn(lesson, quiet)
        assert.isTrue(again._tag === "Skipped" && /approved call without being told/.test(again.reason))
      })))
})

describe("sdpo on an edit", () => {
  const lessonOf = (backend: LoraBackend["Service"]) =>
    makeLesson(backend, { kind: "edit", task: "please", correction: "use edit b.js", correctedCall: edited })

  for (const teaches of ["distill", "cross_entropy"] as const) {
    it.effect(`${teaches}: the edited call itself becomes the greedy one`, () =>
      run({ editTeachesCall: teaches, innerSteps: 40 }, (trainer, backend, items) =>
        Effect.gen(function*() {
          const lesson = yield* lessonOf(backend)
          const outcome = yield* trainer.learn(lesson, quiet)
          assert.isTrue(outcome._tag === "Stepped" && /edit".*b\.js/.test(outcome.step.evidence.greedyAfter))
          assert.strictEqual(items[0]?.length, 2)
          const text = "<tool_call>\n{\"name\": \"edit\", \"arguments\": {\"path\": \"b.js\"}}\n</tool_call>"
          const ids = [...backend.tokenizer.encode(text), backend.tokenizer.stopIds[0]!]
          assert.deepStrictEqual(items[0]?.[1]?.completionIds, ids)
          assert.strictEqual(items[0]?.[1]?._tag, teaches === "distill" ? "Distill" : "CrossEntropy")
          const again = yield* trainer.learn(lesson, quiet)
          assert.isTrue(again._tag === "Skipped" && /your call without being told/.test(again.reason))
        })))
  }

  it.effect("off: only the denied attempt's tokens count", () =>
    run({ editTeachesCall: "off" }, (trainer, backend, items) =>
      Effect.gen(function*() {
        const outcome = yield* trainer.learn(yield* lessonOf(backend), quiet)
        assert.isTrue(outcome._tag === "Stepped" && outcome.step.evidence.greedyChanged)
        assert.isTrue(items.every((list) => list.length === 1))
      })))
})

describe("sdpo's estimators", () => {
  const weak = { fullDistribution: false, topK: 0 }

  it.effect("sampled: advantages are teacher minus student at the current weights, recomputed per update", () =>
    run(
      { ...literalOptions, innerSteps: 2, teacher: "base", divergenceBudget: Infinity, learningRate: 1e-3 },
      (trainer, backend, items) =>
        Effect.gen(function*() {
          const lesson = yield* makeLesson(backend, { correction: "use edit" })
          const { ids, promptIds } = lesson.attempt
          const score = (prompt: ReadonlyArray<number>) =>
            backend.score({ promptIds: prompt, completionIds: ids, weights: { _tag: "Base" } }).pipe(
              Effect.map(({ logProbs }) => logProbs)
            )
          const teacher = yield* score(lesson.teacherPromptIds)
          const student = yield* score(promptIds)
          const outcome = yield* trainer.learn(lesson, quiet)
          const [first, second] = items.map(([item]) => item?._tag === "PolicyGradient" ? item : undefined)
          assert.deepStrictEqual(first?.advantages, teacher.map((t, i) => t - student[i]!))
          assert.notDeepEqual(second?.advantages, first?.advantages)
          assert.deepStrictEqual(first?.ratioClip, { min: 0.5, max: 2 })
          assert.strictEqual(first?.baseKl, 0.04)
          assert.isTrue(
            outcome._tag === "Stepped" && outcome.step.estimator === "sampled-token reverse KL, ratio in [0.5, 2]"
          )
        })
    ))

  it.effect("auto: sampled tokens where there are no full distributions, cross-entropy on a retry", () =>
    run({ innerSteps: 40 }, (trainer, backend, items) =>
      Effect.gen(function*() {
        const lesson = yield* makeLesson(backend, { kind: "retry", correction: "use edit" })
        const outcome = yield* trainer.learn(lesson, quiet)
        assert.isTrue(outcome._tag === "Stepped" && outcome.step.estimator === "cross-entropy on the approved call")
        assert.isTrue(items.every(([item]) => item?._tag === "CrossEntropy"))
        assert.strictEqual((yield* turn(backend, "please fix a.js")).text, lesson.attempt.text)
      }), weak))

  it.effect("what the backend cannot do is refused with what can be set instead", () =>
    Effect.gen(function*() {
      const refusal = (options: SdpoInput, capabilities: Partial<Capabilities>) =>
        run(options, (trainer, backend) =>
          Effect.gen(function*() {
            const lesson = yield* makeLesson(backend, { correction: "use edit" })
            return (yield* trainer.learn(lesson, quiet).pipe(Effect.flip)).message
          }), capabilities)
      assert.match(yield* refusal({ estimator: "full" }, weak), /no full distributions.*Set estimator=sampled/)
      assert.match(yield* refusal({ estimator: "sampled", divergence: "jsd" }, {}), /Set divergence=reverse_kl/)
      assert.match(yield* refusal({ teacher: "ema" }, { shadows: false }), /Set teacher=base/)
      assert.match(yield* refusal({}, { training: false }), /enable_training=false/)
    }))

  it.effect("options that do not exist or decode are defects that name them", () =>
    Effect.gen(function*() {
      const build = (options: SdpoInput) =>
        Effect.void.pipe(
          Effect.provide(sdpo(options).pipe(Layer.provide(referenceBackend()))),
          Effect.sandbox,
          Effect.flip
        )
      assert.include(String(yield* build({ jsdAlpha: 1 })), "jsdAlpha")
      const misspelt = { seed: 1, learningrate: 1 }
      assert.include(String(yield* build(misspelt)), "learningrate")
    }))
})
