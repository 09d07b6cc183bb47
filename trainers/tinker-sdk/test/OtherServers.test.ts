import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { make } from "../client/TinkerClient.ts"
import { type Datum, float32, int64, type TinkerProgress, tokens, type TrainingClient } from "../index.ts"
import { scriptedFaults } from "../testing/Faults.ts"
import { makeFakeTinker } from "../testing/FakeTinker.ts"
import { fakeHttpClient } from "../testing/InProcess.ts"
import { onFake } from "./OnFake.ts"
import { BASE, inTime, type Reaction, scripted, withSession } from "./Scripted.ts"

/*
 * What servers of this protocol do differently from each other, each once seen in one.
 */

const lesson: Datum = {
  model_input: tokens([1, 2, 3]),
  loss_fn_inputs: { target_tokens: int64([2, 3, 9]), weights: float32([0, 0, 1]) }
}

const teach = (training: TrainingClient) =>
  Effect.andThen(training.forwardBackward([lesson], "cross_entropy"), training.optimStep({ learningRate: 0.1 }))

/** The log-probability of what the lesson teaches. */
const knows = (training: TrainingClient) =>
  Effect.map(training.forward([lesson], "cross_entropy"), ({ outputs }) => outputs[0]?.["logprobs"]?.data.at(-1) ?? 0)

const twice = (path: string) => scriptedFaults([{ path, fault: { _tag: "Drop", when: "after" } }])

describe("a name that is taken", () => {
  it.effect("fails as such, and leaves the earlier state; overwriting it is said", () =>
    inTime(onFake(({ client, fake }) =>
      Effect.gen(function*() {
        const training = yield* client.createTrainingClient({ baseModel: fake.baseModel, lora: { rank: 2 } })
        yield* teach(training)
        const first = yield* knows(training)
        const { path } = yield* training.saveState("a")
        yield* teach(training)
        const error = yield* Effect.flip(training.saveState("a"))
        assert.strictEqual(error._tag, "TinkerNameTaken")
        assert.match(error.message, /nothing was saved.*"a" is taken.*Choose another name/)
        assert.closeTo(yield* Effect.flatMap(client.resumeTraining(path), knows), first, 1e-9)
        yield* training.saveState("a", { overwrite: true })
        assert.isAbove(yield* Effect.flatMap(client.resumeTraining(path), knows), first + 0.01)
        yield* training.saveForSampler("a")
        assert.strictEqual((yield* Effect.flip(training.saveForSampler("a")))._tag, "TinkerNameTaken")
      })
    )))

  it.effect("is no lost answer because of tries that were answered, but is one after an answer that got lost", () =>
    inTime(onFake(({ client, fake: { baseModel, service } }) =>
      Effect.gen(function*() {
        const training = yield* client.createTrainingClient({ baseModel, lora: { rank: 2 } })
        const before = yield* training.saveState("a")
        yield* service.setFaults(scriptedFaults([
          { path: "/save_weights", fault: { _tag: "Status", status: 429, when: "before" }, times: 2 }
        ]))
        yield* teach(training)
        assert.strictEqual((yield* Effect.flip(training.saveState("a")))._tag, "TinkerNameTaken")
        // Also when an answer of the second save got lost: the name was this client's before.
        yield* service.setFaults(twice("/save_weights"))
        assert.strictEqual((yield* Effect.flip(training.saveState("a")))._tag, "TinkerNameTaken")
        yield* service.setFaults(twice("/save_weights"))
        assert.notStrictEqual((yield* training.saveState("b")).path, before.path)
      })
    )))
})

describe("a service that was started anew", () => {
  for (const forget of ["models", "all"] as const) {
    it.effect(`and forgot ${forget}: what was made before fails, what is made after works, in the same client`, () =>
      inTime(onFake(({ client, fake: { baseModel, service } }) =>
        Effect.gen(function*() {
          const training = yield* client.createTrainingClient({ baseModel, lora: { rank: 2 } })
          yield* teach(training)
          const expected = yield* knows(training)
          const { path } = yield* training.saveState("a")
          const sampler = yield* training.sampler()
          const session = client.sessionId
          yield* service.restart(forget)
          assert.match((yield* Effect.flip(teach(training))).message, /not loaded|not found|load the last checkpoint/)
          yield* Effect.flip(sampler.computeLogprobs(tokens([1, 2])))
          const again = yield* client.resumeTraining(path)
          assert.closeTo(yield* knows(again), expected, 1e-9)
          assert.strictEqual(client.sessionId === session, forget === "models")
          const base = yield* client.createSamplingClient({ baseModel })
          yield* base.computeLogprobs(tokens([1, 2]))
        })
      )))
  }

  it.effect("is told as away since when, and as back, by whatever is asked meanwhile", () =>
    Effect.gen(function*() {
      const heard: Array<TinkerProgress> = []
      let up = true
      const server = scripted((seen, nth) => up ? withSession(() => ({ json: { status: "ok" } }))(seen, nth) : "drop")
      yield* inTime(Effect.scoped(Effect.gen(function*() {
        yield* make({
          apiKey: Redacted.make("k"),
          baseUrl: BASE,
          onProgress: (progress) => Effect.sync(() => heard.push(progress))
        }).pipe(Effect.provideService(HttpClient.HttpClient, server.client))
        // From here on nothing is asked for but heartbeats.
        yield* Effect.sleep("5 seconds")
        up = false
        yield* Effect.sleep("30 seconds")
        up = true
        yield* Effect.sleep("20 seconds")
      })))
      const seen = heard.filter(({ _tag }) => _tag === "Away" || _tag === "Back")
      assert.deepStrictEqual(
        seen.map((one) => [one._tag, "since" in one && one.since, "awayMs" in one && one.awayMs]),
        [
          ["Away", 10_000, 0],
          ["Away", 10_000, 10_000],
          ["Away", 10_000, 20_000],
          ["Back", 10_000, 30_000]
        ]
      )
    }))
})

describe("slots for models", () => {
  it.effect("are given back at the end where sessions cannot be finished, too", () =>
    Effect.gen(function*() {
      const service = yield* makeFakeTinker({ farewells: false, maxModels: 1 })
      const session = Effect.scoped(Effect.gen(function*() {
        const client = yield* make({ apiKey: Redacted.make(service.apiKey), baseUrl: service.baseUrl })
        return yield* client.createTrainingClient({ baseModel: "fake/softmax", lora: { rank: 2 } })
      })).pipe(Effect.provideService(HttpClient.HttpClient, fakeHttpClient(service)))
      yield* inTime(session)
      // The unloading is not waited for, only that it was taken.
      yield* inTime(session)
      assert.strictEqual((yield* service.runs).length, 2)
      const unloaded = (yield* service.trace).filter(({ path }) => path === "/unload_model")
      assert.strictEqual(unloaded.length, 2)
    }))

  it.effect("that are all taken are told in the server's words", () =>
    inTime(onFake(
      ({ client, fake: { baseModel } }) =>
        Effect.gen(function*() {
          const first = yield* client.createTrainingClient({ baseModel, lora: { rank: 2 } })
          const error = yield* Effect.flip(client.createTrainingClient({ baseModel, lora: { rank: 2 } }))
          assert.match(error.message, /Maximum number of LoRA adapters \(1\) reached/)
          yield* first.unload()
          yield* client.createTrainingClient({ baseModel, lora: { rank: 2 } })
        }),
      { maxModels: 1 }
    )))
})

describe("the address", () => {
  const others: ReadonlyArray<readonly [string, Reaction]> = [
    ["no such path", { status: 404, json: { detail: "Not Found" } }],
    ["a web page", { text: "<html>" }],
    ["a server of files", { status: 501, text: "Unsupported method ('POST')" }]
  ]
  for (const [what, reaction] of others) {
    it.effect(`is what the person is told to check where there is ${what}, at once`, () =>
      Effect.gen(function*() {
        const server = scripted(() => reaction)
        const error = yield* make({ apiKey: Redacted.make("k"), baseUrl: BASE }).pipe(
          Effect.provideService(HttpClient.HttpClient, server.client),
          Effect.flip
        )
        assert.strictEqual(error._tag, "TinkerNoService")
        assert.match(
          error.message,
          /No Tinker service answers at https:\/\/tinker.test.*TINKER_BASE_URL.*before \/api\/v1/
        )
      }))
  }
})

describe("forms of the protocol, chosen by what the server takes", () => {
  it.effect("a service that has no use for old clients is spoken to as a newer one", () =>
    inTime(onFake(
      ({ client, fake: { baseModel, service } }) =>
        Effect.gen(function*() {
          const training = yield* client.createTrainingClient({ baseModel, lora: { rank: 2 } })
          yield* teach(training)
          const { path } = yield* training.saveState("a")
          const again = yield* client.resumeTraining(path)
          assert.closeTo(yield* knows(again), yield* knows(training), 1e-9)
          const sent = (yield* service.trace).map(({ body, path }) => [path, new TextDecoder("latin1").decode(body)])
          const versions = sent.filter(([path]) => path === "/client/config").map(([, body]) => JSON.parse(body ?? ""))
          assert.deepStrictEqual(versions.map(({ sdk_version }) => sdk_version), ["0.25.0", "0.38.0"])
          const loads = sent.filter(([path]) => path === "/load_weights").map(([, body]) => JSON.parse(body ?? ""))
          assert.deepStrictEqual(loads.map((load) => [load.model_id, load.session_id, load.model_seq_id]), [
            [undefined, client.sessionId, 1]
          ])
          const polls = sent.filter(([path]) => path === "/retrieve_future").map(([, body]) => JSON.parse(body ?? ""))
          assert.isTrue(polls[0]?.allow_metadata_only)
        }),
      { oldestClient: "0.26.0", loading: ["session"] }
    )))

  for (const loading of ["model", "session"] as const) {
    it.effect(`weights are loaded where only the form by ${loading} is known, whatever was tried first`, () =>
      inTime(onFake(
        ({ client, fake: { baseModel, service } }) =>
          Effect.gen(function*() {
            const training = yield* client.createTrainingClient({ baseModel, lora: { rank: 2 } })
            yield* teach(training)
            const expected = yield* knows(training)
            const { path } = yield* training.saveState("a")
            yield* training.unload()
            yield* client.resumeTraining(path)
            yield* service.clearTrace
            // What the server takes is remembered, and what was made in vain is freed: there is one slot left.
            const again = yield* client.resumeTraining(path)
            assert.closeTo(yield* knows(again), expected, 1e-9)
            const loads = (yield* service.trace).filter(({ path }) => path === "/load_weights")
            assert.strictEqual(loads.length, 1)
          }),
        {
          loading: [loading],
          maxModels: 2,
          ...(loading === "model" ? { clientConfig: { create_model_via_load_weights: true } } : {})
        }
      )))
  }

  it.effect("archives are fetched where they are found by name alone", () =>
    inTime(onFake(
      ({ client, fake: { baseModel } }) =>
        Effect.gen(function*() {
          const training = yield* client.createTrainingClient({ baseModel, lora: { rank: 2 } })
          const { path } = yield* training.saveForSampler("a")
          const pieces = yield* Stream.runCollect(client.checkpoints.download(path))
          assert.isAbove(pieces.reduce((sum, piece) => sum + piece.length, 0), 500)
        }),
      { archivePaths: "name" }
    )))

  it.effect("the norm of the gradient is passed on where an update tells it", () =>
    inTime(onFake(
      ({ client, fake: { baseModel } }) =>
        Effect.gen(function*() {
          const training = yield* client.createTrainingClient({ baseModel, lora: { rank: 2 } })
          yield* training.forwardBackward([lesson], "cross_entropy")
          assert.isAbove((yield* training.optimStep({ learningRate: 0.1 }))["skyrl.ai/grad_norm"] ?? 0, 0)
        }),
      { reportNorms: true }
    )))
})
