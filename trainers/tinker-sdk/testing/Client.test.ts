import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { float32, int64, TinkerClient, tokens } from "../index.ts"
import { connect } from "../promise/index.ts"
import { fakeHttpClientLayer, FakeTinker, type FakeTinkerOptions } from "./index.ts"
import { startFakeTinker } from "./node.ts"

const options = (service: FakeTinker["Service"]) => ({
  apiKey: Redacted.make(service.apiKey),
  baseUrl: service.baseUrl
})

/** Service and client in one layer. */
const both = (fake: FakeTinkerOptions = {}) =>
  Layer.unwrap(Effect.map(FakeTinker, (service) => TinkerClient.layer(options(service)))).pipe(
    Layer.provide(fakeHttpClientLayer),
    Layer.provideMerge(FakeTinker.layer(fake))
  )

const example = {
  model_input: tokens([1, 2, 3]),
  loss_fn_inputs: { target_tokens: int64([2, 3, 4]), weights: float32([1, 1, 1]) }
}

describe("a client in front of the fake service", () => {
  it.effect("trains and is seen to", () =>
    Effect.gen(function*() {
      const service = yield* FakeTinker
      const client = yield* TinkerClient
      const training = yield* client.createTrainingClient({ baseModel: "fake/softmax", lora: { rank: 4 } })
      const before = yield* training.forwardBackward([example], "cross_entropy")
      yield* training.optimStep({ learningRate: 0.05 })
      const after = yield* training.forward([example], "cross_entropy")
      assert.isBelow(after.metrics["loss:sum"]!, before.metrics["loss:sum"]!)
      const [run] = yield* service.runs
      assert.deepStrictEqual(run?.done, [
        { seqId: 1, kind: "forward_backward" },
        { seqId: 2, kind: "optim_step" },
        { seqId: 3, kind: "forward" }
      ])
    }).pipe(Effect.provide(both())))

  for (const archive of ["redirect", "json"] as const) {
    it.effect(`downloads an archive from another host without showing it the key (${archive})`, () =>
      Effect.gen(function*() {
        const client = yield* TinkerClient
        const training = yield* client.createTrainingClient({ baseModel: "fake/softmax", lora: { rank: 4 } })
        const { path } = yield* training.saveForSampler("last")
        const parts = yield* Stream.runCollect(client.checkpoints.download(path))
        const text = parts.map((part) => new TextDecoder("latin1").decode(part)).join("")
        assert.include(text, "adapter_model.safetensors")
        assert.include(text, `"r":4`)
      }).pipe(Effect.provide(both({ archive }))))
  }

  it.effect("uses tokens where the service wants them, and renews them", () =>
    Effect.gen(function*() {
      const service = yield* FakeTinker
      const client = yield* TinkerClient
      yield* TestClock.adjust("1 hour")
      yield* client.capabilities
      const paths = (yield* service.trace).map(({ path, status }) => `${path} ${status}`)
      assert.isAbove(paths.filter((path) => path === "/auth/token 200").length, 5)
      assert.notInclude(paths.join("\n"), "401")
    }).pipe(Effect.provide(both({ clientConfig: { pjwt_auth_enabled: true }, tokenLifetime: "10 minutes" }))))

  it.live("works with promises over a socket", () =>
    Effect.promise(async () => {
      await using fake = await startFakeTinker({ apiKey: "tml-anything" })
      await using tinker = await connect({ apiKey: "tml-anything", baseUrl: fake.baseUrl })
      const training = await tinker.createTrainingClient({ baseModel: "fake/softmax", lora: { rank: 4 } })
      await training.forwardBackward([example], "cross_entropy")
      await training.optimStep({ learningRate: 0.05 })
      const sampler = await training.sampler()
      const { sequences } = await sampler.sample(tokens([1]), { maxTokens: 3, seed: 1 })
      assert.isAtLeast(sequences[0]!.tokens.length, 1)
    }))
})
