import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { type Datum, float32, int64, tokens, type TrainingClient } from "../index.ts"
import { seededFaults } from "../testing/Faults.ts"
import { sequentialRoundTrips } from "../testing/Trace.ts"
import { onFake } from "./OnFake.ts"
import { inTime } from "./Scripted.ts"

const PROMPT = [1, 2, 3]
const WANTED = 7

/** After the prompt comes the wanted token. */
const lesson: Datum = {
  model_input: tokens(PROMPT),
  loss_fn_inputs: { target_tokens: int64([2, 3, WANTED]), weights: float32([0, 0, 1]) }
}

const teach = (training: TrainingClient, steps: number) =>
  Effect.gen(function*() {
    for (let step = 0; step < steps; step++) {
      const gradient = yield* training.submit.forwardBackward([lesson], "cross_entropy")
      const update = yield* training.submit.optimStep({ learningRate: 0.1 })
      yield* Effect.all([gradient.result, update.result], { concurrency: "unbounded", discard: true })
    }
  })

describe("on a service that trains", () => {
  it.effect("a lesson changes what is sampled, and a checkpoint brings it back", () =>
    onFake(({ client, fake }) =>
      Effect.gen(function*() {
        const { supported_models: models } = yield* client.capabilities
        assert.isTrue(models.some(({ model_name }) => model_name === fake.baseModel))
        yield* client.health
        const training = yield* client.createTrainingClient({ baseModel: fake.baseModel, lora: { rank: 4, seed: 1 } })
        assert.strictEqual((yield* training.info).lora_rank, 4)
        const before = yield* training.sampler()
        const untaught = (yield* before.computeLogprobs(tokens([...PROMPT, WANTED]))).at(-1) ?? 0
        yield* teach(training, 12)
        const after = yield* training.sampler()
        const taught = (yield* after.computeLogprobs(tokens([...PROMPT, WANTED]))).at(-1) ?? 0
        assert.isAbove(taught, -0.5)
        assert.isBelow(untaught, taught - 1)
        const samples = yield* after.sample(tokens(PROMPT), { maxTokens: 1, temperature: 0.01, seed: 1, stop: [] })
        assert.deepStrictEqual(samples.sequences[0]?.tokens, [WANTED])
        const scores = yield* after.scoreIds(tokens([...PROMPT, WANTED]), [[2, 5], [3, -1], [WANTED, 5]])
        assert.closeTo(scores[2]?.[0] ?? 0, taught, 1e-6)
        assert.strictEqual(scores[1]?.[1], null)
        const top = yield* after.topKLogprobs(tokens([...PROMPT, WANTED]), 3)
        assert.strictEqual(top.topKPromptLogprobs?.[3]?.[0]?.[0], WANTED)

        const saved = yield* training.saveState("000012")
        const named = yield* training.saveForSampler("000012", { ttlSeconds: 3600 })
        const again = yield* client.resumeTraining(saved.path)
        yield* teach(training, 1)
        yield* teach(again, 1)
        const [first, second] = yield* fake.weights
        assert.deepStrictEqual(first, second)
        // Without the optimizer's memory the same step leads elsewhere.
        const bare = yield* client.resumeTraining(saved.path, { optimizer: false })
        yield* teach(bare, 1)
        assert.notDeepEqual((yield* fake.weights)[2], first)

        const fresh = yield* client.createSamplingClient({ path: named.path })
        assert.strictEqual((yield* fresh.info).base_model, fake.baseModel)
        assert.closeTo((yield* fresh.computeLogprobs(tokens([...PROMPT, WANTED]))).at(-1) ?? 0, taught, 1e-6)
        const base = yield* client.createSamplingClient({ baseModel: fake.baseModel })
        assert.closeTo((yield* base.computeLogprobs(tokens([...PROMPT, WANTED]))).at(-1) ?? 0, untaught, 1e-6)
        yield* again.unload()
        assert.isTrue((yield* Effect.exit(again.optimStep({ learningRate: 1 })))._tag === "Failure")
      })
    ))

  it.effect("checkpoints are listed, described, kept shorter, downloaded without the key, deleted", () =>
    onFake(({ client, fake }) =>
      Effect.gen(function*() {
        const training = yield* client.createTrainingClient({ baseModel: fake.baseModel, lora: { rank: 2 } })
        const state = yield* training.saveState("a")
        const sampler = yield* training.saveForSampler("b")
        const { checkpoints } = client
        const paths = (yield* checkpoints.ofRun(training.modelId)).map((one) => one.tinker_path)
        assert.deepStrictEqual(paths.toSorted(), [sampler.path, state.path].toSorted())
        assert.strictEqual((yield* checkpoints.list()).length, 2)
        assert.strictEqual((yield* Stream.runCollect(checkpoints.all)).length, 2)
        assert.strictEqual((yield* checkpoints.weightsInfo(state.path)).lora_rank, 2)
        assert.deepStrictEqual((yield* checkpoints.runs()).map((run) => run.training_run_id), [training.modelId])
        assert.strictEqual((yield* checkpoints.run(training.modelId)).base_model, fake.baseModel)
        yield* checkpoints.setTtl(sampler.path, 3600)
        assert.isString((yield* checkpoints.list()).find((one) => one.tinker_path === sampler.path)?.expires_at)
        const bytes = yield* inTime(
          Stream.runFold(checkpoints.download(sampler.path), () => 0, (sum, part) => sum + part.length)
        )
        assert.isAbove(bytes, 500)
        yield* checkpoints.delete(state.path)
        assert.strictEqual((yield* checkpoints.list()).length, 1)
        assert.strictEqual((yield* Effect.flip(checkpoints.weightsInfo(state.path)))._tag, "TinkerStatusError")
        assert.strictEqual((yield* Effect.flip(checkpoints.delete("nonsense")))._tag, "TinkerInputError")
        const calls = (yield* fake.service.trace).filter(({ path }) => path.includes("/archive"))
        assert.isAtLeast(calls.length, 1)
      }), { archiveBusy: 2 }))

  it.effect("overlapped: gradient, step and sampler take two round trips together", () =>
    onFake(
      ({ client, fake }) =>
        Effect.gen(function*() {
          const training = yield* client.createTrainingClient({ baseModel: fake.baseModel, lora: { rank: 2 } })
          yield* fake.service.clearTrace
          const gradient = yield* training.submit.forwardBackward([lesson], "cross_entropy")
          const update = yield* training.submit.optimStep({ learningRate: 0.1 })
          const sampler = yield* training.submit.sampler()
          yield* Effect.all([gradient.result, update.result, sampler.result], { concurrency: "unbounded" })
          const trace = (yield* fake.service.trace).filter(({ path }) => !/heartbeat|config/.test(path))
          assert.deepStrictEqual(yield* fake.done(), [
            "1 forward_backward",
            "2 optim_step",
            "3 save_weights_for_sampler"
          ])
          assert.strictEqual(sequentialRoundTrips(trace), 2)
        }),
      { latency: 200 },
      { submission: "overlapped" }
    ).pipe((test) => inTime(test, 50)))

  it.effect("whatever goes wrong on the way, the weights are those of a run without trouble", () =>
    Effect.gen(function*() {
      const run = (rate: number) =>
        inTime(
          onFake(({ client, fake }) =>
            Effect.gen(function*() {
              const training = yield* client.createTrainingClient({
                baseModel: fake.baseModel,
                lora: { rank: 2, seed: 5 }
              })
              yield* teach(training, 10)
              yield* training.saveState("end")
              return { weights: yield* fake.weights, done: yield* fake.done() }
            }), { faults: seededFaults({ seed: 11, rate, streak: 4 }), clientConfig: { fwdbwd_max_chunk_len: 1 } }),
          "10 seconds"
        )
      const calm = yield* run(0)
      const stormy = yield* run(0.3)
      assert.deepStrictEqual(stormy.done, calm.done)
      assert.deepStrictEqual(stormy.weights, calm.weights)
    }))

  it.effect("interrupted work leaves a session that goes on", () =>
    onFake(({ client, fake }) =>
      Effect.gen(function*() {
        const training = yield* client.createTrainingClient({ baseModel: fake.baseModel, lora: { rank: 2, seed: 5 } })
        yield* fake.service.pauseQueue("paused_capacity", "busy")
        const waiting = yield* Effect.forkChild(training.forwardBackward([lesson], "cross_entropy"), {
          startImmediately: true
        })
        yield* TestClock.adjust("1 minute")
        yield* Fiber.interrupt(waiting)
        yield* fake.service.resumeQueue
        yield* training.optimStep({ learningRate: 0.1 })
        assert.deepStrictEqual(yield* fake.done(), ["1 forward_backward", "2 optim_step"])
      })
    ))
})
