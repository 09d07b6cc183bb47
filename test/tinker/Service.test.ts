import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { LoraBackend } from "../../core/LoraBackend.ts"
import { baseWeights, currentWeights } from "../../core/Weights.ts"
import type { LossItem } from "../../core/Loss.ts"
import { pocket } from "../../trainers/pocket/index.ts"
import { sdpo } from "../../trainers/sdpo/index.ts"
import { noFaults, scriptedFaults } from "../../trainers/tinker-sdk/testing/index.ts"
import { Trainer } from "../../core/Trainer.ts"
import { close, optimizer, parameters, plainDescent, prepare } from "../contracts/backend/Probe.ts"
import { makeLesson } from "../helpers/MakeLesson.ts"
import { tinkerCalls } from "../helpers/TinkerCalls.ts"
import { type Faked } from "./FakeBackend.ts"
import { type Backend, modelDirectory, on, trained } from "./OnService.ts"

describe("the Tinker backend on what services differ in", () => {
  it.live(
    "has the pocket backend's own gradients, so nothing is shifted, scaled or left out",
    () =>
      Effect.gen(function*() {
        const step = Effect.fnUntraced(function*(backend: Backend) {
          const s = yield* prepare(backend, 0)
          const teacher = { promptIds: s.teacherPromptIds, weights: baseWeights }
          const items: ReadonlyArray<LossItem> = [
            { _tag: "CrossEntropy", promptIds: s.promptIds, completionIds: s.completionIds, baseKl: 0.2 },
            { _tag: "Distill", ...s, divergence: { kind: "jsd", alpha: 0.3 }, teacher, baseKl: 0 },
            {
              _tag: "PolicyGradient",
              promptIds: s.otherPromptIds,
              completionIds: s.otherCompletionIds,
              advantages: s.otherCompletionIds.map((_, t) => t - 1),
              baseKl: 0
            }
          ]
          yield* backend.forwardBackward(items)
          yield* backend.update(plainDescent(1))
          return yield* parameters(backend)
        })
        const whole = { service: { topkLimit: 10_000 }, backend: { topK: 264 } }
        const remote = yield* on(whole, (backend) => step(backend))
        const local = yield* LoraBackend.use(step).pipe(
          Effect.provide(pocket({ modelDirectory, threads: 1, lora: { rank: 4, alpha: 32 } })),
          Effect.scoped,
          Effect.provide(NodeFileSystem.layer)
        )
        close(remote, local, 1e-4)
      })
  )

  it.live(
    "distils over the likeliest tokens of a service that shows 20, and says so",
    () =>
      on({}, (backend) =>
        Effect.gen(function*() {
          const { capabilities } = backend.info
          assert.deepStrictEqual([capabilities.topK, capabilities.distillTopK, capabilities.fullDistribution], [
            20,
            20,
            false
          ])
          const s = yield* prepare(backend, 0)
          const item = {
            _tag: "Distill",
            ...s,
            divergence: { kind: "forward_kl" },
            teacher: { promptIds: s.teacherPromptIds, weights: baseWeights },
            baseKl: 0
          } as const
          const refused = yield* Effect.flip(backend.evaluate([item]))
          assert.match(refused.message, /20 likeliest.*estimator=topk and top_k=20/)
          const before = yield* backend.forwardBackward([{ ...item, topK: 20 }])
          yield* backend.update({ ...optimizer, learningRate: 1e-3 })
          const after = yield* backend.evaluate([{ ...item, topK: 20 }])
          assert.isBelow(after.loss, before.loss)
        }))
  )

  it.live(
    "falls back to importance sampling on the sampled tokens, and learns",
    () =>
      on({ backend: { estimator: "sampled" } }, (backend, service) =>
        Effect.gen(function*() {
          assert.isUndefined(backend.info.capabilities.distillTopK)
          const outcome = yield* Trainer.use((trainer) =>
            Effect.flatMap(
              makeLesson(backend, { correction: "use edit" }),
              (lesson) => trainer.learn(lesson, () => Effect.void)
            )
          ).pipe(
            Effect.provide(sdpo({ divergence: "reverse_kl", innerSteps: 1, gate: 0, until: "changed" })),
            Effect.provideService(LoraBackend, backend)
          )
          assert.isTrue(outcome._tag === "Stepped" && outcome.step.estimator.startsWith("sampled-token reverse KL"))
          const bodies = (yield* service.trace).filter(({ path }) => path === "/forward_backward").map(({ body }) =>
            new TextDecoder("latin1").decode(body)
          )
          assert.isTrue(bodies.some((body) => body.includes("importance_sampling")))
        }))
  )

  it.live(
    "reports temperature 1 whatever it sampled at, so an uncorrected teacher finds nothing to teach",
    () =>
      on({}, (backend) =>
        Effect.gen(function*() {
          const s = yield* prepare(backend, 0)
          const { promptIds } = s
          const sample = { promptIds, maxTokens: 8, temperature: 0.7, topP: 1, seed: 5, weights: currentWeights }
          const tokens = yield* Stream.runCollect(backend.sample(sample))
          const completionIds = tokens.map(({ id }) => id)
          const teacher = yield* backend.score({ promptIds, completionIds, weights: baseWeights })
          close(tokens.map(({ logProb }) => logProb), teacher.logProbs, 1e-6)
          const report = yield* backend.evaluate([{
            _tag: "Distill",
            promptIds,
            completionIds,
            divergence: { kind: "forward_kl" },
            topK: 20,
            teacher: { promptIds, weights: baseWeights },
            baseKl: 0,
            oldLogProbs: tokens.map(({ logProb }) => logProb)
          }])
          close([report.loss], [0], 1e-6)
          close(report.items[0]?.ratios ?? [], completionIds.map(() => 1), 1e-5)
        }))
  )

  it.live(
    "samples and scores only, and makes no model, with training off",
    () =>
      on({ backend: { training: false } }, (backend, service) =>
        Effect.gen(function*() {
          assert.strictEqual(backend.info.capabilities.training, false)
          const promptIds = backend.tokenizer.encode("fix a.js")
          const tokens = yield* Stream.runCollect(
            backend.sample({ promptIds, maxTokens: 4, temperature: 1, topP: 1, seed: 1, weights: currentWeights })
          )
          assert.isAtLeast(tokens.length, 1)
          assert.match((yield* Effect.flip(backend.forwardBackward([]))).message, /enable_training=true/)
          const paths = (yield* service.trace).map(({ path }) => path)
          assert.notInclude(paths, "/create_model")
          const usage = yield* backend.usage ?? Effect.die("no usage")
          assert.isAbove(usage.tokens.prefill, 0)
          assert.strictEqual(usage.tokens.trained, 0)
          assert.isUndefined(usage.cost)
        }))
  )

  it.live(
    "goes on where it was after the service lost an update's answer or the whole model",
    () =>
      on({}, (backend, service) =>
        Effect.gen(function*() {
          const s = yield* prepare(backend, 1)
          yield* trained(backend, s)
          const expected = yield* parameters(backend)
          const saved = yield* backend.snapshot
          yield* prepare(backend, 1)
          yield* service.setFaults(({ future }) => future === "optim_step" ? { _tag: "Expire" } : undefined)
          const error = yield* Effect.flip(trained(backend, s))
          assert.match(error.message, /no longer kept/)
          assert.strictEqual(yield* backend.revision, 1)
          yield* service.setFaults(noFaults)
          yield* backend.discard
          yield* trained(backend, s)
          assert.strictEqual(yield* backend.revision, 2)
          close(yield* parameters(backend), expected, 1e-6)
          yield* backend.reset(3)
          yield* backend.restore(saved)
          close(yield* parameters(backend), expected, 1e-6)
        }))
  )
})

describe("the optimiser's options", () => {
  it.live("all reach the service, with clipping off as 0", () =>
    on({}, (backend, service) =>
      Effect.gen(function*() {
        const s = yield* prepare(backend, 0)
        const step = Effect.fnUntraced(function*(maxGradientNorm: number) {
          yield* backend.forwardBackward([{ _tag: "CrossEntropy", ...s, baseKl: 0 }])
          yield* service.clearTrace
          yield* backend.update({
            learningRate: 2e-4,
            beta1: 0.8,
            beta2: 0.99,
            epsilon: 3e-7,
            weightDecay: 0.01,
            maxGradientNorm
          })
          const sent = (yield* service.trace).find(({ path }) => path === "/optim_step")
          return JSON.parse(new TextDecoder().decode(sent?.body)).adam_params
        })
        const given = { learning_rate: 2e-4, beta1: 0.8, beta2: 0.99, eps: 3e-7, weight_decay: 0.01 }
        assert.deepStrictEqual(yield* step(0.5), { ...given, grad_clip_norm: 0.5 })
        assert.deepStrictEqual(yield* step(Infinity), { ...given, grad_clip_norm: 0 })
      })))
})

describe("a model that is in doubt", () => {
  /** The request is not taken, and the answer says nothing: nobody knows which of the two. */
  const lost = (path: string) =>
    scriptedFaults([{ path, fault: { _tag: "Status", status: 200, when: "before", body: "?" } }])
  const turn = (backend: Backend) =>
    Stream.runCollect(backend.sample({
      promptIds: backend.tokenizer.encode("fix a.js"),
      maxTokens: 3,
      temperature: 0,
      topP: 1,
      seed: 1,
      weights: currentWeights
    })).pipe(Effect.map((tokens) => tokens.map(({ logProb }) => logProb)))
  const revisionOf = (backend: Backend) =>
    Effect.map(backend.snapshot, (bytes) => [JSON.parse(new TextDecoder().decode(bytes)).revision])
  const operations: ReadonlyArray<
    readonly [
      string,
      string,
      (backend: Backend) => Effect.Effect<ArrayLike<number>, unknown, FileSystem.FileSystem | Scope.Scope>
    ]
  > = [
    ["a sampler of new weights", "/save_weights_for_sampler", turn],
    ["a snapshot", "/save_weights", revisionOf],
    ["an export", "/save_weights_for_sampler", parameters]
  ]

  it.live.each(operations)(
    "is left for another with the same weights: %s",
    ([, path, operation]) =>
      on({}, (backend, service) =>
        Effect.gen(function*() {
          const models = Effect.map(
            service.trace,
            (trace) => trace.filter((entry) => entry.path === "/create_model").length
          )
          const recovered = Effect.fnUntraced(function*(more: number) {
            const before = yield* models
            close(yield* operation(backend), expected, 1e-5)
            assert.strictEqual(yield* models, before + more)
            assert.strictEqual(yield* backend.revision, 1)
          })
          const s = yield* prepare(backend, 0)
          yield* trained(backend, s)
          const expected = yield* operation(backend)

          // In doubt since the update's own sampler was asked for: nobody has to hear of it.
          yield* prepare(backend, 0)
          yield* service.setFaults(lost("/save_weights_for_sampler"))
          yield* trained(backend, s)
          yield* recovered(1)

          // In doubt since this operation: it fails, and the next one has another model.
          yield* prepare(backend, 0)
          yield* trained(backend, s)
          if (operation === turn) {
            const saved = yield* backend.snapshot
            yield* backend.reset(3)
            yield* backend.restore(saved)
          }
          yield* service.setFaults(lost(path))
          assert.match(String(yield* Effect.flip(operation(backend))), /update tinker-sdk or the server/)
          yield* recovered(1)
        }))
  )

  it.live(
    "is left, too, when a number was refused that a strict service waits for",
    () =>
      on({}, (backend, service) =>
        Effect.gen(function*() {
          const s = yield* prepare(backend, 0)
          yield* trained(backend, s)
          yield* service.setFaults(scriptedFaults([{
            path: "/save_weights",
            fault: { _tag: "Status", status: 403, when: "before" }
          }]))
          assert.match(String(yield* Effect.flip(backend.snapshot)), /use the key that made it/)
          assert.deepStrictEqual(yield* revisionOf(backend), [1])
        }))
  )
})

describe("snapshots that name a state of the service", () => {
  const restored = (backend: Backend, service: Faked["service"]) =>
    Effect.gen(function*() {
      const s = yield* prepare(backend, 1)
      const first = yield* backend.snapshot
      assert.match(new TextDecoder().decode(first), /"path":"tinker:[^"]*\/weights\/step-000001-1","expiresAt":/)
      assert.isBelow(first.length, 400)
      assert.deepStrictEqual(yield* backend.snapshot, first)
      yield* trained(backend, s)
      const second = yield* backend.snapshot
      const [, run = ""] = /tinker:\/\/([^/]+)\/weights\/kept-000002-2"/.exec(new TextDecoder().decode(second)) ?? []
      yield* TestClock.setTime(1_000_000)
      const deleted = yield* tinkerCalls(service).del(`/training_runs/${run}/checkpoints/weights/kept-000002-2`)
      assert.strictEqual(deleted.status, 204)
      yield* trained(backend, s)
      for (const gone of [first, second]) {
        const error = yield* Effect.flip(backend.restore(gone))
        assert.strictEqual(error.reason, "Snapshot")
        assert.match(error.message, /expired or was deleted.*replay the lessons/)
        assert.strictEqual(yield* backend.revision, 3)
      }
    })

  it.effect(
    "hold no weights, say when they end, and are refused with what to do afterwards",
    () => on({ backend: { keepDays: 0.01, keepEvery: 2 } }, restored)
  )
})
