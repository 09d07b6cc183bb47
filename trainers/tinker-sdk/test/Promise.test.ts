import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { connect, type Datum, float32, int64, TinkerInputError, tokens } from "../promise/index.ts"
import { makeFakeTinker } from "../testing/FakeTinker.ts"
import { fakeFetch } from "../testing/InProcess.ts"

const datum: Datum = {
  model_input: tokens([1, 2, 3]),
  loss_fn_inputs: { target_tokens: int64([2, 3, 7]), weights: float32([0, 0, 1]) }
}

const start = Effect.gen(function*() {
  const service = yield* makeFakeTinker({})
  return { service, fetch: yield* fakeFetch(service), options: { apiKey: service.apiKey, baseUrl: service.baseUrl } }
})

describe("with promises", () => {
  it.live("trains, samples, saves, lists, downloads and closes", () =>
    Effect.gen(function*() {
      const { fetch, options } = yield* start
      yield* Effect.promise(async () => {
        const tinker = await connect({ ...options, fetch })
        const baseModel = (await tinker.capabilities()).supported_models[0]?.model_name ?? ""
        const training = await tinker.createTrainingClient({ baseModel, lora: { rank: 2 } })
        const told: Array<string> = []
        const gradient = await training.submit.forwardBackward([datum], "cross_entropy", {
          onProgress: ({ _tag }) => told.push(_tag)
        })
        const step = await training.submit.optimStep({ learningRate: 0.1 })
        await Promise.all([gradient.accepted(), gradient.result(), step.result()])
        assert.include(told, "Finished")
        const { metrics } = await training.forwardBackwardCustom([datum], async (logprobs) => ({
          gradients: logprobs.map(({ data }) => data.map(() => -1)),
          metrics: { "own:sum": 4 }
        }))
        assert.strictEqual(metrics["own:sum"], 4)
        const sampler = await (await training.submit.sampler()).result()
        assert.strictEqual((await sampler.computeLogprobs(tokens([1, 2]))).length, 2)
        assert.strictEqual((await sampler.sample(tokens([1]), { maxTokens: 3 }, { numSamples: 2 })).sequences.length, 2)
        const { path } = await training.saveForSampler("a")
        const found: Array<string> = []
        for await (const checkpoint of tinker.checkpoints.all()) found.push(checkpoint.tinker_path)
        assert.deepStrictEqual(found, [path])
        assert.isAbove((await tinker.checkpoints.download(path)).byteLength, 500)
        await tinker.close()
      })
    }))

  it.live("rejects with the client's errors, also those of the caller's own loss", () =>
    Effect.gen(function*() {
      const { fetch, options } = yield* start
      yield* Effect.promise(async () => {
        const refused = await connect({ ...options, apiKey: "tml-other", fetch }).catch((error: unknown) => error)
        assert.match(String(refused), /TINKER_API_KEY/)
        const tinker = await connect({ ...options, fetch })
        const baseModel = (await tinker.capabilities()).supported_models[0]?.model_name ?? ""
        const training = await tinker.createTrainingClient({ baseModel, lora: { rank: 2 } })
        const error = await training.forwardBackwardCustom([datum], () => {
          throw new Error("own mistake")
        }).catch((cause: unknown) => cause)
        assert.isTrue(error instanceof TinkerInputError && error.message.includes("own mistake"))
        await tinker.close()
      })
    }))

  it.live("an aborted signal ends the waiting", () =>
    Effect.gen(function*() {
      const { fetch, options, service } = yield* start
      const tinker = yield* Effect.promise(() => connect({ ...options, fetch }))
      const baseModel = (yield* Effect.promise(tinker.capabilities)).supported_models[0]?.model_name ?? ""
      const training = yield* Effect.promise(() => tinker.createTrainingClient({ baseModel, lora: { rank: 2 } }))
      yield* service.pauseQueue("paused_capacity")
      const outcome = yield* Effect.promise(() => {
        const controller = new AbortController()
        const step = training.optimStep({ learningRate: 1 }, {
          signal: controller.signal,
          onProgress: ({ _tag }) => {
            if (_tag === "Accepted") controller.abort()
          }
        })
        return step.then(() => "done", () => "aborted")
      })
      assert.strictEqual(outcome, "aborted")
      yield* service.resumeQueue
      yield* Effect.promise(() => training.optimStep({ learningRate: 1 }))
      yield* Effect.promise(tinker.close)
    }))
})
