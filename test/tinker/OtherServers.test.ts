import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Scope from "effect/Scope"
import { defaultSettings, otherModelSettings, tinkerSettings } from "../../core/config/Settings.ts"
import { LoraBackend } from "../../core/LoraBackend.ts"
import { currentWeights } from "../../core/Weights.ts"
import { Trainer } from "../../core/Trainer.ts"
import { sdpo } from "../../trainers/sdpo/index.ts"
import { close, parameters, prepare } from "../contracts/backend/Probe.ts"
import { makeLesson } from "../helpers/MakeLesson.ts"
import { type FakeBackendOptions } from "./FakeBackend.ts"
import { type Backend, on, trained } from "./OnService.ts"

/*
 * What broke on an independent server of the protocol, on a fake one that behaves so.
 */

const logProbs = (
  backend: Backend,
  { completionIds, promptIds }: {
    readonly promptIds: ReadonlyArray<number>
    readonly completionIds: ReadonlyArray<number>
  }
) => Effect.map(backend.score({ promptIds, completionIds, weights: currentWeights }), (scores) => scores.logProbs)

/** What SkyRL 0.4.0 with JAX does: no list of likeliest tokens, losses by length, norms told, no farewells, few slots. */
const skyrl = {
  service: { topkLimit: 0, scaling: "length", reportNorms: true, farewells: false, archivePaths: "name" },
  backend: { overlaps: false },
  client: { submission: "turns" }
} as const satisfies FakeBackendOptions

describe("a service that is started anew", () => {
  const operations: ReadonlyArray<
    readonly [
      string,
      (
        backend: Backend,
        s: Effect.Success<ReturnType<typeof prepare>>
      ) => Effect.Effect<ArrayLike<number>, unknown, FileSystem.FileSystem | Scope.Scope>
    ]
  > = [
    ["scores", (backend, s) => logProbs(backend, { ...s, completionIds: s.otherCompletionIds })],
    ["an update", (backend, s) => Effect.andThen(trained(backend, s), logProbs(backend, s))],
    [
      "a snapshot",
      (backend) => Effect.map(backend.snapshot, (bytes) => [JSON.parse(new TextDecoder().decode(bytes)).revision])
    ],
    ["an export", parameters]
  ]

  for (const forget of ["models", "all"] as const) {
    it.live.each(operations)(
      `and forgot ${forget} has the same weights in the same session: %s`,
      ([, operation]) =>
        Effect.gen(function*() {
          const run = (restart: boolean) =>
            on(skyrl, (backend, service) =>
              Effect.gen(function*() {
                const s = yield* prepare(backend, 0)
                yield* trained(backend, s)
                yield* backend.snapshot
                // One update that is saved, one that is not.
                yield* trained(backend, s)
                if (restart) yield* service.restart(forget)
                const found = Array.from(yield* operation(backend, s))
                return { found, revision: yield* backend.revision, again: yield* logProbs(backend, s) }
              }))
          const calm = yield* run(false)
          const restarted = yield* run(true)
          close(restarted.found, calm.found, 1e-5)
          close(restarted.again, calm.again, 1e-5)
          assert.strictEqual(restarted.revision, calm.revision)
        })
    )

    it.live(`and forgot ${forget} in the middle of a lesson lets it go on to the same step`, () =>
      Effect.gen(function*() {
        const learn = (restartAfter: number) =>
          on(skyrl, (backend, service) =>
            Effect.gen(function*() {
              const lesson = yield* makeLesson(backend, { correction: "use edit" })
              let made = 0
              const outcome = yield* Trainer.use((trainer) =>
                trainer.learn(lesson, () => ++made === restartAfter ? service.restart(forget) : Effect.void)
              ).pipe(
                Effect.provide(
                  sdpo({ divergence: "reverse_kl", estimator: "sampled", innerSteps: 3, gate: 0, confidence: 0 })
                ),
                Effect.provideService(LoraBackend, backend)
              )
              assert.strictEqual(outcome._tag, "Stepped")
              return outcome._tag === "Stepped" ? outcome.step : undefined
            }))
        const calm = yield* learn(-1)
        const restarted = yield* learn(1)
        assert.isAtLeast(restarted?.inner.length ?? 0, 2)
        close(restarted?.inner.map(({ loss }) => loss) ?? [], calm?.inner.map(({ loss }) => loss) ?? [1], 1e-5)
        assert.strictEqual(restarted?.evidence.greedyAfter, calm?.evidence.greedyAfter)
      }))
  }
})

describe("a service that divides a sequence's loss by its length", () => {
  /** How far a lesson of one update with the settings that the trainer starts with moves, and what it says. */
  const lessonOn = (service: FakeBackendOptions["service"]) =>
    on({ ...skyrl, service: { ...skyrl.service, ...service } }, (backend) =>
      Effect.gen(function*() {
        const settings = { ...defaultSettings, ...otherModelSettings, ...tinkerSettings }
        const lesson = yield* makeLesson(backend, { correction: "use edit" })
        const outcome = yield* Trainer.use((trainer) => trainer.learn(lesson, () => Effect.void)).pipe(
          Effect.provide(sdpo({
            divergence: "reverse_kl",
            estimator: "sampled",
            learningRate: settings.learning_rate,
            epsilon: settings.adam_epsilon,
            beta1: settings.adam_beta1,
            beta2: settings.adam_beta2,
            innerSteps: 1,
            gate: 0
          })),
          Effect.provideService(LoraBackend, backend)
        )
        return outcome._tag === "Stepped" ? outcome.step : yield* Effect.die(outcome._tag)
      }))

  it.live("is taught as much by the default settings as one that adds all up, and its gradient's norm is told", () =>
    Effect.gen(function*() {
      const byLength = yield* lessonOn({})
      const summed = yield* lessonOn({ scaling: "sum" })
      const [norm, whole] = [byLength, summed].map(({ inner: [first] }) => first?.gradientNorm ?? 0)
      assert.isAbove(whole ?? 0, 5 * (norm ?? 0))
      assert.isAbove(norm ?? 0, 0)
      const moved = ({ evidence }: typeof summed) => evidence.attemptLogProbAfter - evidence.attemptLogProbBefore
      assert.isBelow(moved(summed), -1e-4)
      assert.closeTo(moved(byLength) / moved(summed), 1, 0.02)
    }))
})

describe("a name that is taken on the service", () => {
  it.live("makes a snapshot choose another", () =>
    on(skyrl, (backend, service) =>
      Effect.gen(function*() {
        const s = yield* prepare(backend, 0)
        yield* trained(backend, s)
        const taken = { path: "/save_weights", fault: { _tag: "Status", status: 409, when: "before" } } as const
        yield* service.setFaults(({ body, path }) =>
          path === taken.path && body.includes("step-000001-1") ? taken.fault : undefined
        )
        assert.match(new TextDecoder().decode(yield* backend.snapshot), /step-000001-2/)
        assert.strictEqual(yield* backend.revision, 1)
      })))
})

describe("a service with one slot", () => {
  it.live("has room for a session that goes on from a saved state, one after another", () =>
    Effect.gen(function*() {
      const one = { ...skyrl, service: { ...skyrl.service, maxModels: 1 } }
      yield* on(one, (backend, service) =>
        Effect.gen(function*() {
          const s = yield* prepare(backend, 0)
          yield* trained(backend, s)
          const expected = yield* logProbs(backend, s)
          const saved = yield* backend.snapshot
          yield* trained(backend, s)
          yield* backend.restore(saved)
          close(yield* logProbs(backend, s), expected, 1e-5)
          assert.strictEqual((yield* service.runs).filter(({ state }) => state !== undefined).length, 1)
        }))
    }))
})
