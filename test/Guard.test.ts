import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { readTurn } from "../core/Turn.ts"
import { ledger } from "../plugins/ledger/index.ts"
import { stepped } from "./helpers/Lessons.ts"
import { makeLesson, turn } from "./helpers/MakeLesson.ts"
import { overriding } from "./helpers/OverriddenBackend.ts"
import { referenceBackend } from "./helpers/ReferenceBackend.ts"
import { sdpo } from "../trainers/sdpo/index.ts"
import type { LearnOutcome } from "../core/domain/Step.ts"
import { FeedbackStore } from "../core/FeedbackStore.ts"
import { Learner, type LearnHooks } from "../core/Learner.ts"
import { LoraBackend, type ScoreRequest } from "../core/LoraBackend.ts"
import { type KeptTurn, Trainer } from "../core/Trainer.ts"
import { parseToolCall } from "../core/prompt/ParseToolCall.ts"
import type { GuardLimits } from "../core/guard/Guard.ts"

const off: GuardLimits = { canaries: 4, canaryKl: 0, validity: 0, stepNorm: 0 }

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "guard-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

interface Bench {
  readonly backend: LoraBackend["Service"]
  readonly store: FeedbackStore["Service"]
  readonly scored: Array<ScoreRequest>
  readonly learn: (correction: string, watch?: Partial<LearnHooks>) => Effect.Effect<LearnOutcome, unknown>
}

/** The learner over a float64 model and a real ledger that holds approved calls for some tasks. */
const bench = <A>(
  guard: GuardLimits,
  tasks: ReadonlyArray<string>,
  body: (bench: Bench) => Effect.Effect<A, unknown>,
  onScore: (request: ScoreRequest) => Effect.Effect<void> = () => Effect.void
) =>
  Effect.gen(function*() {
    const scored: Array<ScoreRequest> = []
    const backend = overriding(referenceBackend(), (real) => ({
      score: (request) => {
        scored.push(request)
        return onScore(request).pipe(Effect.andThen(real.score(request)))
      }
    }))
    const ground = Layer.mergeAll(backend, ledger(yield* folder))
    const learning = Learner.layer({ training: true, saveEvery: 0, exportsDirectory: "/none", guard }).pipe(
      Layer.provide(sdpo({ learningRate: 0.05, innerSteps: 30, epsilon: 1e-8, klCoefficient: 0 }))
    )
    return yield* Effect.gen(function*() {
      const [model, store, { learn }] = [yield* LoraBackend, yield* FeedbackStore, yield* Learner]
      for (const [index, task] of tasks.entries()) {
        const attempt = yield* turn(model, task)
        const parsed = parseToolCall(attempt.text)
        yield* store.keepApproved({
          id: `turn-${index}`,
          at: index,
          sessionId: "s",
          task,
          // Another kind than the one denied, though the model of this test only knows one.
          call: { id: "c", tool: "grep", arguments: parsed._tag === "OneCall" ? { pattern: task } : {} },
          attempt,
          modelIdentity: model.info.modelIdentity,
          adapterRevision: 0
        })
      }
      return yield* body({
        backend: model,
        store,
        scored,
        learn: (correction, watch) =>
          Effect.gen(function*() {
            const lesson = yield* makeLesson(model, { correction })
            const id = `${lesson.id}-${globalThis.crypto.randomUUID()}`
            const outcome = yield* Deferred.make<LearnOutcome>()
            yield* learn({ ...lesson, id }, {
              progress: () => Effect.void,
              finished: (learned) => Deferred.succeed(outcome, learned.outcome).pipe(Effect.asVoid),
              ...watch
            })
            return yield* Deferred.await(outcome)
          })
      })
    }).pipe(Effect.provide(learning.pipe(Layer.provideMerge(ground))))
  }).pipe(Effect.scoped)

const tasks = ["please fix b.js", "please fix c.js"]

describe("the guard of the learner", () => {
  it.live("lets a step within its limits stay, with what it did to approved calls as evidence", () =>
    bench({ ...off, canaryKl: 100, validity: 0.5 }, tasks, ({ backend, learn, store }) =>
      Effect.gen(function*() {
        const outcome = yield* learn("use edit")
        assert.strictEqual(outcome._tag, "Stepped")
        const canaries = outcome._tag === "Stepped" ? outcome.step.evidence.canaries : undefined
        assert.strictEqual(canaries?.count, 2)
        // The model of this test acts alike on all files: what it learned on one it does on the others.
        assert.isAbove(canaries?.kl ?? 0, 0.01)
        assert.deepStrictEqual([canaries?.unchanged, canaries?.valid], [0, 1])
        assert.isAbove(outcome._tag === "Stepped" ? outcome.step.stages?.canaries ?? 0 : 0, 0)
        assert.isTrue(Option.isSome(yield* store.latestSnapshot(backend.info.modelIdentity)))
      })))

  it.live("rolls a step back to the byte when approved calls would change too much, and records why", () =>
    bench({ ...off, canaryKl: 0.01 }, tasks, ({ backend, learn, store }) =>
      Effect.gen(function*() {
        const before = yield* backend.snapshot
        const outcome = yield* learn("use edit")
        assert.strictEqual(outcome._tag, "RolledBack")
        assert.match(outcome._tag === "RolledBack" ? outcome.reason : "", /above guard_canary_kl=0\.01/)
        assert.deepStrictEqual(yield* backend.snapshot, before)
        assert.strictEqual(yield* backend.revision, 0)
        assert.isTrue(Option.isNone(yield* store.latestSnapshot(backend.info.modelIdentity)))
        assert.deepStrictEqual((yield* store.lessons).map((one) => one.outcome._tag), ["RolledBack"])
      })))

  it.live("rolls back when a greedy turn can no longer run", () =>
    bench({ ...off, validity: 1 }, tasks, ({ backend, learn }) =>
      Effect.gen(function*() {
        const before = yield* backend.snapshot
        const outcome = yield* learn("use edit", { isRunnable: ({ tool }) => tool !== "edit" })
        assert.match(outcome._tag === "RolledBack" ? outcome.reason : outcome._tag, /only 0 % of 2 calls you approved/)
        assert.deepStrictEqual(yield* backend.snapshot, before)
      })))

  it.live("rolls back when nothing that can run is left where the correction was given", () =>
    bench({ ...off, validity: 0.1 }, [], ({ backend, learn }) =>
      Effect.gen(function*() {
        const before = yield* backend.snapshot
        const outcome = yield* learn("use edit", { isRunnable: ({ tool }) => tool !== "edit" })
        assert.match(outcome._tag === "RolledBack" ? outcome.reason : outcome._tag, /nothing here that can run/)
        assert.deepStrictEqual(yield* backend.snapshot, before)
      })))

  it.live("rolls back a step that is too large, whatever approved calls there are", () =>
    bench({ ...off, stepNorm: 1e-6 }, [], ({ backend, learn }) =>
      Effect.gen(function*() {
        const before = yield* backend.snapshot
        const outcome = yield* learn("use edit")
        assert.match(
          outcome._tag === "RolledBack" ? outcome.reason : outcome._tag,
          /above guard_step_norm=0\.000001/
        )
        assert.deepStrictEqual(yield* backend.snapshot, before)
      })))

  it.live("brings every byte back when the check is stopped half way, and when it fails", () =>
    Effect.gen(function*() {
      const asked = yield* Deferred.make<void>()
      let stepped = false
      yield* bench(off, tasks, ({ backend, learn, store }) =>
        Effect.gen(function*() {
          const before = yield* backend.snapshot
          const running = yield* Effect.forkChild(learn("use edit", {
            progress: () =>
              Effect.sync(() => {
                stepped = true
              })
          }))
          yield* Deferred.await(asked)
          assert.notDeepEqual(yield* backend.snapshot, before)
          yield* Fiber.interrupt(running)
          assert.deepStrictEqual(yield* backend.snapshot, before)
          assert.deepStrictEqual(yield* store.lessons, [])
        }), ({ topK }) =>
        stepped && topK !== undefined && topK > 5
          ? Deferred.succeed(asked, undefined).pipe(Effect.andThen(Effect.never))
          : Effect.void)
    }))

  it.live("with nothing approved yet compares with calls that the base model is sure of here", () =>
    bench({ ...off, canaryKl: 100 }, [], ({ backend, learn }) =>
      Effect.gen(function*() {
        const asked: Array<string> = []
        const everyday = Effect.sync(() =>
          tasks.map((task) => {
            asked.push(task)
            return { task, promptIds: backend.tokenizer.encodeChat([{ role: "user", content: task }], []) }
          })
        )
        // Of another kind than the one denied.
        const first = yield* learn("use edit", { everyday, isRunnable: () => true })
        const second = yield* learn("use grep", { everyday })
        for (const outcome of [first, second]) {
          const canaries = outcome._tag === "Skipped" ? undefined : outcome.step.evidence.canaries
          assert.isDefined(canaries)
          if (canaries !== undefined && canaries.count > 0) assert.isTrue(canaries.own)
        }
        assert.deepStrictEqual(asked, tasks, "they are looked for once")
      })))

  it.live("reads nothing twice while the weights stay", () =>
    bench(off, tasks, ({ learn, scored }) =>
      Effect.gen(function*() {
        const canaries = () => scored.filter(({ topK }) => (topK ?? 0) > 5).length
        yield* learn("use edit")
        assert.strictEqual(canaries(), 4)
        yield* learn("use grep")
        assert.strictEqual(canaries(), 6)
      })))

  it.live("looks at nothing when it is off", () =>
    bench({ ...off, canaries: 0 }, tasks, ({ learn, scored }) =>
      Effect.gen(function*() {
        const outcome = yield* learn("use edit")
        assert.isUndefined(outcome._tag === "Stepped" ? outcome.step.evidence.canaries : {})
        assert.isTrue(scored.every(({ topK }) => (topK ?? 0) <= 5))
      })))
})

describe("rehearsal", () => {
  it.live("hands the Trainer what was approved and taught, newest first, and nothing unless asked", () =>
    Effect.gen(function*() {
      const given: Array<ReadonlyArray<KeptTurn>> = []
      const trainer = (rehearses: number) =>
        Layer.succeed(
          Trainer,
          Trainer.of({
            objective: "none",
            settings: {},
            rehearses,
            learnsFromRetry: false,
            teacherSeesAttempt: false,
            learn: (_lesson, _progress, kept = []) =>
              Effect.sync(() => {
                given.push(kept)
                return { _tag: "Skipped", reason: "no", divergence: 0 } as const
              })
          })
        )
      for (const rehearse of [0, 2]) {
        const ground = Layer.mergeAll(referenceBackend(), ledger(yield* folder))
        const learning = Learner.layer({ training: true, saveEvery: 0, exportsDirectory: "/none" })
        yield* Effect.gen(function*() {
          const [model, store, { learn }] = [yield* LoraBackend, yield* FeedbackStore, yield* Learner]
          const { modelIdentity } = model.info
          const lesson = { ...(yield* makeLesson(model, { correction: "use edit" })), at: 2 }
          const outcome = stepped(lesson.id, 1)
          const step = outcome._tag === "Stepped" ? outcome.step : assert.fail("no step")
          const evidence = { ...step.evidence, asCorrected: true, greedyAfter: "use " }
          yield* store.commitLesson({
            lesson,
            outcome: { _tag: "Stepped", step: { ...step, evidence } },
            snapshot: { revision: 1, modelIdentity, shape: "r", bytes: new Uint8Array([1]) }
          })
          for (const at of [1, 3]) {
            yield* store.keepApproved({
              id: `turn-${at}`,
              at,
              sessionId: "s",
              task: "t",
              call: { ...lesson.call, arguments: { ...lesson.call.arguments, path: "other.js" } },
              attempt: { text: "t", promptIds: [at], ids: [1], logProbs: [-1] },
              modelIdentity,
              adapterRevision: 0
            })
          }
          yield* learn({ ...lesson, id: "next", at: 4 }, { progress: () => Effect.void, finished: () => Effect.void })
          const taught = {
            promptIds: lesson.attempt.promptIds,
            ...readTurn({ text: "use ", ids: [...model.tokenizer.encode("use "), model.tokenizer.stopIds[0] ?? -1] })
          }
          const approved = { promptIds: [3], ...readTurn({ text: "t", ids: [1], logProbs: [-1] }) }
          assert.deepStrictEqual(given.at(-1), rehearse === 0 ? [] : [approved, taught])
        }).pipe(Effect.provide(learning.pipe(Layer.provide(trainer(rehearse)), Layer.provideMerge(ground))))
      }
    }).pipe(Effect.scoped))
})
