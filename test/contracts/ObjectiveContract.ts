import { assert, describe, layer } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import type { Lesson } from "../../core/domain/Lesson.ts"
import type { InnerStep } from "../../core/domain/Step.ts"
import { BackendError, LoraBackend } from "../../core/LoraBackend.ts"
import { allOrNothing } from "../../core/learning/AllOrNothing.ts"
import { Trainer } from "../../core/Trainer.ts"
import { makeLesson } from "../helpers/MakeLesson.ts"

/** Settings every objective understands, whatever it calls them. */
interface ObjectiveSettings {
  readonly learningRate: number
  readonly innerSteps: number
  readonly gate: number
}

interface ObjectiveUnderTest {
  readonly name: string
  readonly backend: Layer.Layer<LoraBackend, unknown>
  readonly trainer: (settings: ObjectiveSettings) => Layer.Layer<Trainer, never, LoraBackend>
  readonly settings: ObjectiveSettings
  /** Whether a step surely lowers the reported divergence: not so where it is an estimate from sampled tokens. */
  readonly lowersDivergence: boolean
}

const quiet = () => Effect.void
const total = (values: ReadonlyArray<number>) => values.reduce((a, b) => a + b, 0)

/** The tests that every objective passes on every backend: evidence, gate, and all or nothing. */
export const objectiveContract = (subject: ObjectiveUnderTest): void => {
  const { settings } = subject

  /** Runs with this trainer over the shared backend, possibly changed, from a fresh adapter. */
  const withTrainer = <A, E>(
    body: (trainer: Trainer["Service"], backend: LoraBackend["Service"]) => Effect.Effect<A, E>,
    over?: {
      readonly settings?: Partial<ObjectiveSettings>
      readonly change?: (backend: LoraBackend["Service"]) => Partial<LoraBackend["Service"]>
    }
  ) =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      yield* backend.reset(3)
      const changed = LoraBackend.of({ ...backend, ...over?.change?.(backend) })
      const trainer = yield* Trainer.pipe(
        Effect.provide(
          subject.trainer({ ...settings, ...over?.settings }).pipe(Layer.provide(Layer.succeed(LoraBackend, changed)))
        )
      )
      // As the Learner asks: what a Trainer leaves behind when it fails or is interrupted is not its affair.
      const learn: typeof trainer.learn = (...lesson) =>
        allOrNothing(backend, (_, interruptible) => interruptible(trainer.learn(...lesson)), Effect.succeed).pipe(
          Effect.catchTag("BackendError", Effect.die)
        )
      return yield* body({ ...trainer, learn }, backend)
    })

  const lessonOf = (backend: LoraBackend["Service"]) => makeLesson(backend, { correction: "use edit", maxTokens: 12 })

  const scoreSum = (backend: LoraBackend["Service"], lesson: Lesson) =>
    backend.score({
      promptIds: lesson.attempt.promptIds,
      completionIds: lesson.attempt.ids,
      weights: { _tag: "Current" }
    }).pipe(Effect.map(({ logProbs }) => total(logProbs)))

  describe(`objective contract: ${subject.name}`, () => {
    layer(subject.backend, { excludeTestServices: true })((it) => {
      it.effect("a denial with signal makes a step whose evidence is what the backend says itself", () =>
        withTrainer((trainer, backend) =>
          Effect.gen(function*() {
            const lesson = yield* lessonOf(backend)
            const before = yield* scoreSum(backend, lesson)
            const seen: Array<InnerStep> = []
            const outcome = yield* trainer.learn(lesson, (inner) => Effect.sync(() => seen.push(inner)))
            assert.strictEqual(outcome._tag, "Stepped")
            if (outcome._tag !== "Stepped") return
            const { step } = outcome
            assert.strictEqual(step.lessonId, lesson.id)
            assert.strictEqual(step.objective, trainer.objective)
            assert.deepStrictEqual(step.inner, seen)
            assert.deepStrictEqual(seen.map((inner) => inner.index), seen.map((_, i) => i))
            assert.isAtMost(seen.length, settings.innerSteps)
            assert.strictEqual(step.revision, seen.length)
            assert.strictEqual(yield* backend.revision, step.revision)
            const { evidence } = step
            assert.isAtMost(Math.abs(evidence.attemptLogProbBefore - before), 1e-3)
            assert.isAtMost(Math.abs(evidence.attemptLogProbAfter - (yield* scoreSum(backend, lesson))), 1e-3)
            assert.isAtLeast(evidence.divergenceAfter, 0)
            if (subject.lowersDivergence) assert.isBelow(evidence.divergenceAfter, evidence.divergenceBefore)
            assert.isAbove(evidence.baseKl, 0)
            assert.strictEqual(evidence.greedyBefore, lesson.attempt.text)
            assert.strictEqual(evidence.greedyChanged, evidence.greedyAfter !== evidence.greedyBefore)
            assert.isTrue(seen.every((inner) => inner.updateNorm > 0 && inner.gradientNorm > 0))
            assert.isAbove(evidence.movement ?? 0, 0)
            const waited = Object.values(step.stages ?? {}).reduce((sum, one) => sum + one, 0)
            assert.isTrue(waited > 0 && waited <= step.seconds + 0.05, `${waited} of ${step.seconds} s`)
            assert.isAbove(step.stages?.teacher ?? 0, 0)

            const current = { promptIds: lesson.attempt.promptIds, weights: { _tag: "Current" } } as const
            const { branch, corrected } = evidence
            const now = yield* backend.score({ ...current, completionIds: lesson.attempt.ids })
            assert.isDefined(branch)
            if (branch !== undefined) {
              const { attempt, position } = branch
              assert.strictEqual(attempt.id, lesson.attempt.ids[position])
              assert.isAtMost(Math.abs((attempt.before ?? 2) - Math.exp(lesson.attempt.logProbs[position]!)), 1e-3)
              assert.isAtMost(Math.abs((attempt.after ?? 2) - Math.exp(now.logProbs[position]!)), 1e-3)
              if (backend.info.capabilities.topK > 0) {
                const likeliest = yield* backend.score({ ...current, completionIds: lesson.attempt.ids, topK: 1 })
                const [best] = likeliest.topK?.[position] ?? []
                const listed = branch.alternatives.find(({ id }) => id === best?.id)
                assert.isAtMost(Math.abs((listed?.after ?? 2) - Math.exp(best?.logProb ?? 0)), 1e-3)
              }
            }
            if (corrected !== undefined) {
              const ended = backend.tokenizer.stopIds.includes(lesson.attempt.ids.at(-1)!)
              const taught = yield* Stream.runCollect(backend.sample({
                promptIds: lesson.teacherPromptIds,
                maxTokens: ended ? Math.max(64, 2 * lesson.attempt.ids.length) : lesson.attempt.ids.length,
                temperature: 0,
                topP: 1,
                seed: 0,
                weights: { _tag: "Base" }
              }))
              const completionIds = taught.map(({ id }) => id)
              if (corrected.text === backend.tokenizer.decode(completionIds)) {
                const rated = yield* backend.score({ ...current, completionIds })
                assert.isAtMost(Math.abs(corrected.logProbAfter - total(rated.logProbs)), 1e-3)
              }
              assert.strictEqual(evidence.asCorrected, corrected.text.trim() === evidence.greedyAfter.trim())
            }
          })
        ))

      it.effect("equal lessons from equal states give equal bytes", () =>
        withTrainer((trainer, backend) =>
          Effect.gen(function*() {
            const lesson = yield* lessonOf(backend)
            const start = yield* backend.snapshot
            yield* trainer.learn(lesson, quiet)
            const first = yield* backend.snapshot
            yield* backend.restore(start)
            yield* trainer.learn(lesson, quiet)
            assert.deepStrictEqual(yield* backend.snapshot, first)
            assert.notDeepEqual(first, start)
          })
        ))

      it.effect("below the gate no step is made and no byte changes, moments included", () =>
        withTrainer((trainer, backend) =>
          Effect.gen(function*() {
            const lesson = yield* lessonOf(backend)
            const before = yield* backend.snapshot
            const outcome = yield* trainer.learn(lesson, quiet)
            assert.strictEqual(outcome._tag, "Skipped")
            if (outcome._tag === "Skipped") assert.match(outcome.reason, /no step was made/)
            assert.deepStrictEqual(yield* backend.snapshot, before)
            assert.strictEqual(yield* backend.revision, 0)
          }), { settings: { gate: 1e6 } }))

      it.effect("a gradient left from a skipped lesson does not reach the next one", () =>
        withTrainer((trainer, backend) =>
          Effect.gen(function*() {
            const lesson = yield* lessonOf(backend)
            const gated = Trainer.pipe(
              Effect.provide(
                subject.trainer({ ...settings, gate: 1e6 }).pipe(Layer.provide(Layer.succeed(LoraBackend, backend)))
              )
            )
            const start = yield* backend.snapshot
            yield* trainer.learn(lesson, quiet)
            const expected = yield* backend.snapshot
            yield* backend.restore(start)
            yield* (yield* gated).learn(lesson, quiet)
            yield* trainer.learn(lesson, quiet)
            assert.deepStrictEqual(yield* backend.snapshot, expected)
          })
        ))

      it.effect("a failing update, first or later, leaves every byte and says what to do", () =>
        Effect.gen(function*() {
          for (const good of [0, 1]) {
            let calls = 0
            yield* withTrainer((trainer, backend) =>
              Effect.gen(function*() {
                const lesson = yield* lessonOf(backend)
                const before = yield* backend.snapshot
                const error = yield* trainer.learn(lesson, quiet).pipe(Effect.flip)
                assert.strictEqual(error._tag, "TrainerError")
                assert.match(error.message, /weights are as before.*learning_rate/)
                assert.strictEqual(calls, good + 1)
                assert.deepStrictEqual(yield* backend.snapshot, before)
                assert.strictEqual(yield* backend.revision, 0)
              }), {
              settings: { learningRate: 1e-9, innerSteps: 3 },
              change: (backend) => ({
                update: (options) =>
                  calls++ < good
                    ? backend.update(options)
                    : Effect.fail(new BackendError({ reason: "NonFinite", message: "the update is not finite" }))
              })
            })
          }
        }))

      it.effect("a loss that is not finite fails before any update", () =>
        withTrainer((trainer, backend) =>
          Effect.gen(function*() {
            const lesson = yield* lessonOf(backend)
            const before = yield* backend.snapshot
            const error = yield* trainer.learn(lesson, quiet).pipe(Effect.flip)
            assert.match(error.message, /not a finite number.*Set a smaller learning_rate/)
            assert.deepStrictEqual(yield* backend.snapshot, before)
          }), {
          change: (backend) => ({
            forwardBackward: (items) => backend.forwardBackward(items).pipe(Effect.map((r) => ({ ...r, loss: NaN })))
          })
        }))

      it.effect("interruption between updates brings every byte back, and the same lesson can be learned again", () =>
        withTrainer((trainer, backend) =>
          Effect.gen(function*() {
            const lesson = yield* lessonOf(backend)
            const start = yield* backend.snapshot
            yield* trainer.learn(lesson, quiet)
            const learned = yield* backend.snapshot
            yield* backend.restore(start)
            const stepped = yield* Deferred.make<void>()
            const fiber = yield* Effect.forkChild(
              trainer.learn(lesson, () => Deferred.succeed(stepped, undefined).pipe(Effect.andThen(Effect.never)))
            )
            yield* Deferred.await(stepped)
            assert.notDeepEqual(yield* backend.snapshot, start)
            yield* Fiber.interrupt(fiber)
            assert.deepStrictEqual(yield* backend.snapshot, start)
            yield* trainer.learn(lesson, quiet)
            assert.deepStrictEqual(yield* backend.snapshot, learned)
          })
        ))

      it.effect("a learning rate of zero changes no greedy turn", () =>
        withTrainer((trainer, backend) =>
          Effect.gen(function*() {
            const lesson = yield* lessonOf(backend)
            const outcome = yield* trainer.learn(lesson, quiet)
            assert.strictEqual(outcome._tag, "Stepped")
            if (outcome._tag !== "Stepped") return
            const { evidence } = outcome.step
            assert.isFalse(evidence.greedyChanged)
            assert.strictEqual(outcome.step.inner.length, settings.innerSteps)
            assert.strictEqual(evidence.attemptLogProbAfter, evidence.attemptLogProbBefore)
          }), { settings: { learningRate: 0 } }))

      it.effect("lessons that do not fit the model are refused with what can be done, and nothing changes", () =>
        withTrainer((trainer, backend) =>
          Effect.gen(function*() {
            const lesson = yield* lessonOf(backend)
            const before = yield* backend.snapshot
            const refused = (over: Partial<Lesson>) =>
              trainer.learn({ ...lesson, ...over }, quiet).pipe(Effect.flip, Effect.map((error) => error.message))
            const attempt = lesson.attempt
            assert.match(yield* refused({ modelIdentity: "other" }), /Start with the model that made the attempt\.$/)
            assert.match(
              yield* refused({ attempt: { ...attempt, logProbs: attempt.logProbs.slice(1) } }),
              /cannot be aligned.*correct that one\.$/
            )
            assert.match(yield* refused({ attempt: { ...attempt, ids: [], logProbs: [] } }), /no tokens.*\.$/)
            assert.match(
              yield* refused({ attempt: { ...attempt, ids: attempt.ids.map(() => backend.info.vocabularySize) } }),
              /outside the model's vocabulary/
            )
            const long = Array.from({ length: backend.info.contextLength }, () => attempt.ids[0]!)
            assert.match(yield* refused({ teacherPromptIds: long }), /Type \/clear/)
            assert.match(
              yield* refused({ attempt: { ...attempt, logProbs: attempt.logProbs.map((x) => x - 0.4) } }),
              /another temperature.*correct that one\.$/
            )
            assert.deepStrictEqual(yield* backend.snapshot, before)
          })
        ))
    })
  })
}
