import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Hex from "effect/encoding/Hex"
import * as TestClock from "effect/testing/TestClock"
import type { Datum, TinkerOptions, TinkerProgress } from "../index.ts"
import { float32, int64, tokens } from "../index.ts"
import { connect, type Handler, inTime, type Reaction, scripted, type Seen, withSession } from "../test/Scripted.ts"
import { decodeForwardBackwardRequest, encodeForwardBackwardOutput, type ForwardBackwardOutput } from "../wire/index.ts"

const MODEL = "s-1:train:0"
const CREATE = "create_model"

const datum = (...ids: ReadonlyArray<number>): Datum => ({
  model_input: tokens(ids),
  loss_fn_inputs: { target_tokens: int64(ids), weights: float32(ids.map(() => 1)) }
})

/** Answers promises with the number of the request, and results that repeat the first token of each datum. */
const trainer = (more: Handler = () => ({ status: 404 })): Handler => {
  const batches = new Map<string, ReadonlyArray<number>>()
  return withSession((seen, nth) =>
    Effect.gen(function*() {
      const found = more(seen, nth)
      const special: Reaction = Effect.isEffect(found) ? yield* found : found
      if (special === "drop" || special === "hang" || special.status !== 404) return special
      switch (seen.path) {
        case CREATE:
          return { status: 202, json: { request_id: "r-model", model_id: MODEL } }
        case "forward_backward": {
          const request = yield* Effect.orDie(decodeForwardBackwardRequest(seen.bytes))
          const first = request.data.map(({ model_input: { chunks: [chunk] } }) =>
            chunk?.type === "encoded_text" ? chunk.tokens[0] ?? 0 : 0
          )
          batches.set(`r-${request.seq_id}`, first)
          return { status: 202, json: { request_id: `r-${request.seq_id}` } }
        }
        case "retrieve_future": {
          const { request_id: id }: { request_id: string } = JSON.parse(seen.text)
          const batch = batches.get(id)
          if (batch !== undefined) {
            const output: ForwardBackwardOutput = {
              loss_fn_output_type: "ArrayRecord",
              loss_fn_outputs: batch.map((value) => ({ logprobs: float32([-value]) })),
              metrics: { "loss:sum": batch.reduce((sum, value) => sum + value, 0), "n:mean": batch.length }
            }
            return { bytes: yield* Effect.orDie(encodeForwardBackwardOutput(output)) }
          }
          if (id === "r-model") return { json: { model_id: MODEL, type: "create_model" } }
          if (id === "r-save") return { json: { path: `tinker://${MODEL}/weights/000010`, type: "save_weights" } }
          if (id === "r-named") return { json: { path: `tinker://${MODEL}/sampler_weights/000010` } }
          if (id === "r-ephemeral") return { json: { path: null, sampling_session_id: "s-1:sample:0" } }
          return { json: { metrics: {} } }
        }
        case "save_weights":
          return { json: { request_id: "r-save" } }
        case "save_weights_for_sampler":
          return { json: { request_id: seen.text.includes("sampling_session_seq_id") ? "r-ephemeral" : "r-named" } }
        case "optim_step":
        case "load_weights":
        case "unload_model":
          return { json: { request_id: "r" } }
        default:
          return { status: 404, json: { detail: "Not Found" } }
      }
    })
  )
}

const open = (handler: Handler, options?: Partial<TinkerOptions>) =>
  Effect.gen(function*() {
    const server = scripted(handler)
    const client = yield* connect(server, options)
    const training = yield* client.createTrainingClient({ baseModel: "Qwen/Qwen3-8B", lora: { rank: 32, seed: 1 } })
    return { server, client, training }
  })

/** Path and sequence number of each training request, in the order of arrival. */
const order = (seen: ReadonlyArray<Seen>) =>
  Effect.forEach(
    seen.filter(({ path }) => /^(forward_backward|optim_step|save_|load_)/.test(path)),
    (one) =>
      one.path === "forward_backward"
        ? Effect.map(
          Effect.orDie(decodeForwardBackwardRequest(one.bytes)),
          (request) => `${request.forward_only ? "forward" : one.path} ${request.seq_id}`
        )
        : Effect.succeed(`${one.path} ${(JSON.parse(one.text) as { seq_id: number }).seq_id}`)
  )

describe("a model", () => {
  it.effect("is made, described and unloaded as the protocol says", () =>
    Effect.gen(function*() {
      const { server, training } = yield* open(trainer((seen) =>
        seen.path === "get_info"
          ? {
            json: {
              type: "get_info",
              model_id: MODEL,
              model_data: { arch: "qwen3", model_name: "Qwen/Qwen3-8B", tokenizer_id: "Qwen/Qwen3-8B" },
              is_lora: true,
              lora_rank: 32,
              model_name: "Qwen/Qwen3-8B"
            }
          }
          : { status: 404 }
      ))
      assert.strictEqual(training.modelId, MODEL)
      assert.strictEqual(
        server.to(CREATE)[0]?.text,
        `{"session_id":"s-1","model_seq_id":0,"base_model":"Qwen/Qwen3-8B","lora_config":{"rank":32,"seed":1,"train_unembed":true,"train_mlp":true,"train_attn":true},"type":"create_model"}`
      )
      assert.strictEqual((yield* training.info).model_data.tokenizer_id, "Qwen/Qwen3-8B")
      yield* training.unload()
      assert.strictEqual(server.to("unload_model")[0]?.text, `{"model_id":"${MODEL}","type":"unload_model"}`)
    }))

  it.effect("has a rank that is a power of two on the hosted service", () =>
    Effect.gen(function*() {
      const server = scripted(trainer())
      const client = yield* connect(server, { baseUrl: "" })
      const error = yield* Effect.flip(client.createTrainingClient({ baseModel: "b", lora: { rank: 12 } }))
      assert.strictEqual(error._tag, "TinkerInputError")
      assert.strictEqual(server.to(CREATE).length, 0)
    }))

  it.effect("resumes from a checkpoint: same shape, loaded as its first request", () =>
    Effect.gen(function*() {
      const path = `tinker://${MODEL}/weights/000010`
      const server = scripted(trainer((seen) =>
        seen.path === "weights_info"
          ? { json: { base_model: "b", is_lora: true, lora_rank: 8, train_unembed: false } }
          : { status: 404 }
      ))
      const client = yield* connect(server)
      const training = yield* client.resumeTraining(path, { optimizer: false })
      yield* training.optimStep({ learningRate: 1 })
      assert.deepStrictEqual(
        [...server.to("weights_info"), ...server.to(CREATE), ...server.to("load_weights")].map(({ text }) => text),
        [
          `{"tinker_path":"${path}"}`,
          `{"session_id":"s-1","model_seq_id":0,"base_model":"b","lora_config":{"rank":8,"train_unembed":false,"train_mlp":true,"train_attn":true},"type":"create_model"}`,
          `{"model_id":"${MODEL}","seq_id":1,"path":"${path}","optimizer":false,"type":"load_weights"}`
        ]
      )
      assert.deepStrictEqual(yield* order(server.seen), ["load_weights 1", "optim_step 2"])
    }))

  it.effect("is made by loading where the service wants that", () =>
    Effect.gen(function*() {
      const server = scripted((seen, nth) =>
        seen.path === "client/config"
          ? { json: { create_model_via_load_weights: true } }
          : seen.path === "load_weights"
          ? { json: { request_id: "r-load", model_id: "m-new" } }
          : trainer()(seen, nth)
      )
      const client = yield* connect(server)
      const training = yield* client.resumeTraining("tinker://a/weights/b")
      assert.strictEqual(training.modelId, "m-new")
      assert.strictEqual(
        server.to("load_weights")[0]?.text,
        `{"session_id":"s-1","model_seq_id":0,"path":"tinker://a/weights/b","optimizer":true,"type":"load_weights"}`
      )
    }))
})

describe("training requests", () => {
  it.effect("share one counter, and say what the protocol says", () =>
    Effect.gen(function*() {
      const { server, training } = yield* open(trainer())
      yield* training.forwardBackward([datum(1, 2)], "cross_entropy")
      yield* training.optimStep({ learningRate: 1e-4 })
      yield* training.saveState("000010", { ttlSeconds: 604_800 })
      const sampler = yield* training.sampler()
      const named = yield* training.saveForSampler("000010")
      yield* training.forward([datum(3)], "cross_entropy")
      assert.strictEqual(sampler.id, "s-1:sample:0")
      assert.deepStrictEqual(named, { path: `tinker://${MODEL}/sampler_weights/000010` })
      assert.deepStrictEqual(yield* order(server.seen), [
        "forward_backward 1",
        "optim_step 2",
        "save_weights 3",
        "save_weights_for_sampler 4",
        "save_weights_for_sampler 5",
        "forward 6"
      ])
      const texts = [...server.to("optim_step"), ...server.to("save_weights"), ...server.to("save_weights_for_sampler")]
      assert.deepStrictEqual(texts.map(({ text }) => text), [
        `{"adam_params":{"learning_rate":0.0001,"beta1":0.9,"beta2":0.95,"eps":1e-12,"weight_decay":0,"grad_clip_norm":0},"model_id":"${MODEL}","seq_id":2,"type":"optim_step"}`,
        `{"model_id":"${MODEL}","path":"000010","seq_id":3,"ttl_seconds":604800,"overwrite":false,"type":"save_weights"}`,
        `{"model_id":"${MODEL}","sampling_session_seq_id":0,"seq_id":4,"type":"save_weights_for_sampler"}`,
        `{"model_id":"${MODEL}","path":"000010","seq_id":5,"type":"save_weights_for_sampler"}`
      ])
      assert.strictEqual(server.to("forward_backward")[0]?.headers["content-type"], "application/x-protobuf")
    }))

  it.effect("are all sent before any result is waited for", () =>
    Effect.gen(function*() {
      const { server, training } = yield* open(trainer())
      const before = server.to("retrieve_future").length
      const gradient = yield* training.submit.forwardBackward([datum(5)], "cross_entropy")
      const step = yield* training.submit.optimStep({ learningRate: 1e-3 })
      yield* Effect.all([gradient.accepted, step.accepted])
      assert.deepStrictEqual(yield* order(server.seen), ["forward_backward 1", "optim_step 2"])
      assert.strictEqual(server.to("retrieve_future").length, before)
      const [output] = yield* Effect.all([gradient.result, step.result], { concurrency: "unbounded" })
      assert.deepStrictEqual(output, {
        outputs: [{ logprobs: float32([-5], [1]) }],
        metrics: { "loss:sum": 5, "n:mean": 1 }
      })
      assert.deepStrictEqual(yield* gradient.result, output)
      assert.strictEqual(server.to("retrieve_future").length, before + 2)
    }))

  it.effect("wait for their turn: the next goes out when the one before was taken", () =>
    Effect.gen(function*() {
      const taken = yield* Deferred.make<void>()
      const { server, training } = yield* open(trainer((seen) =>
        seen.path === "forward_backward" ? Effect.as(Deferred.await(taken), { status: 404 }) : { status: 404 }
      ))
      yield* training.submit.forwardBackward([datum(5)], "cross_entropy")
      yield* training.submit.optimStep({ learningRate: 1e-3 })
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(yield* order(server.seen), ["forward_backward 1"])
      yield* Deferred.succeed(taken, undefined)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* order(server.seen), ["forward_backward 1", "optim_step 2"])
    }))

  it.effect("are written once, when they are queued: changing the data afterwards changes nothing", () =>
    Effect.gen(function*() {
      const { server, training } = yield* open(trainer())
      const weights = [1, 1]
      const mine: Datum = {
        model_input: tokens([1, 2]),
        loss_fn_inputs: { target_tokens: int64([2, 3]), weights: { ...float32(weights), data: weights } }
      }
      const pending = yield* training.submit.forwardBackward([mine], "cross_entropy")
      weights.fill(7)
      yield* pending.result
      const sent = server.seen.filter(({ path }) => path === "forward_backward")
      const requests = yield* Effect.forEach(sent, ({ bytes }) => decodeForwardBackwardRequest(bytes))
      assert.deepStrictEqual(
        requests.map(({ data, model_id, seq_id }) => [model_id, seq_id, data[0]?.loss_fn_inputs["weights"]?.data]),
        [[MODEL, 1, [1, 1]]]
      )
    }))

  it.effect("a refused one costs its number, and the next one goes on", () =>
    Effect.gen(function*() {
      const { server, training } = yield* open(trainer((seen, nth) =>
        seen.path === "optim_step" && nth === 0 ? { status: 422, json: { detail: "no" } } : { status: 404 }
      ))
      assert.strictEqual((yield* Effect.flip(training.optimStep({ learningRate: 1 })))._tag, "TinkerStatusError")
      yield* training.optimStep({ learningRate: 2 })
      assert.deepStrictEqual(yield* order(server.seen), ["optim_step 1", "optim_step 2"])
    }))

  it.effect("one that may or may not have arrived puts the weights in doubt: nothing is trained on them any more", () =>
    Effect.gen(function*() {
      const { server, training } = yield* open(trainer((seen) => seen.path === "optim_step" ? "drop" : { status: 404 }))
      const first = yield* Effect.flip(inTime(training.optimStep({ learningRate: 1 })))
      assert.strictEqual(first._tag, "TinkerConnectionError")
      assert.deepStrictEqual(new Set(server.to("optim_step").map(({ text }) => text)).size, 1)
      const next = yield* Effect.flip(training.forwardBackward([datum(1)], "cross_entropy"))
      assert.strictEqual(next._tag, "TinkerModelInDoubt")
      assert.match(next.message, /load the last checkpoint/)
      assert.strictEqual(server.to("forward_backward").length, 0)
    }))

  it.effect("a lost reply is asked for again with the same number and body", () =>
    Effect.gen(function*() {
      const { server, training } = yield* open(
        trainer((seen, nth) => seen.path === "optim_step" && nth < 12 ? "drop" : { status: 404 })
      )
      yield* inTime(training.optimStep({ learningRate: 1 }))
      assert.strictEqual(server.to("optim_step").length, 13)
      assert.strictEqual(new Set(server.to("optim_step").map(({ text }) => text)).size, 1)
    }))

  it.effect("an expired result of training is told, and not repeated", () =>
    Effect.gen(function*() {
      const { server, training } = yield* open(trainer((seen, nth) =>
        seen.path === "retrieve_future" && nth > 0 ? { status: 410, json: { detail: "expired" } } : { status: 404 }
      ))
      assert.strictEqual((yield* Effect.flip(training.optimStep({ learningRate: 1 })))._tag, "TinkerPromiseExpired")
      assert.strictEqual(server.to("optim_step").length, 1)
    }))
})

describe("interruption", () => {
  it.effect("before it is sent, the operation is taken back and costs no number", () =>
    Effect.gen(function*() {
      const taken = yield* Deferred.make<void>()
      const { server, training } = yield* open(trainer((seen) =>
        seen.path === "forward_backward" ? Effect.as(Deferred.await(taken), { status: 404 }) : { status: 404 }
      ))
      yield* training.submit.forwardBackward([datum(5)], "cross_entropy")
      const step = yield* Effect.forkChild(training.optimStep({ learningRate: 1 }), { startImmediately: true })
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(step)
      yield* Deferred.succeed(taken, undefined)
      yield* training.saveState("a")
      assert.deepStrictEqual(yield* order(server.seen), ["forward_backward 1", "save_weights 2"])
    }))

  it.effect("while it is being sent, it is sent to the end; the polling stops", () =>
    Effect.gen(function*() {
      const taken = yield* Deferred.make<void>()
      const { server, training } = yield* open(trainer((seen) =>
        seen.path === "optim_step" ? Effect.as(Deferred.await(taken), { status: 404 }) : { status: 404 }
      ))
      const polls = server.to("retrieve_future").length
      const step = yield* Effect.forkChild(training.optimStep({ learningRate: 1 }), { startImmediately: true })
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(step)
      yield* Deferred.succeed(taken, undefined)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(server.to("retrieve_future").length, polls)
      yield* training.optimStep({ learningRate: 2 })
      assert.deepStrictEqual(yield* order(server.seen), ["optim_step 1", "optim_step 2"])
    }))

  it.effect("the deadline is an end to waiting only: the result can be waited for again", () =>
    Effect.gen(function*() {
      const { training } = yield* open(
        trainer((seen, nth) => seen.path === "retrieve_future" && nth > 0 && nth < 4 ? "hang" : { status: 404 })
      )
      const step = yield* training.submit.optimStep({ learningRate: 1 }, { deadline: "1 minute" })
      const error = yield* Effect.flip(inTime(step.result))
      assert.strictEqual(error._tag, "TinkerTimeoutError")
      assert.deepStrictEqual(yield* Effect.retry(inTime(step.result), { times: 3 }), {})
    }))
})

describe("large batches", () => {
  const flags = { fwdbwd_max_chunk_len: 2 }
  const withFlags = (more: Record<string, unknown>, handler: Handler): Handler => (seen, nth) =>
    seen.path === "client/config" ? { json: { ...flags, ...more } } : handler(seen, nth)
  const five = [1, 2, 3, 4, 5].map((id) => datum(id))

  it.effect("go in parts, the first one last, and come back in order", () =>
    Effect.gen(function*() {
      const { server, training } = yield* open(withFlags({}, trainer()))
      const output = yield* training.forwardBackward(five, "cross_entropy")
      yield* training.optimStep({ learningRate: 1 })
      assert.deepStrictEqual(yield* order(server.seen), [
        "forward_backward 2",
        "forward_backward 3",
        "forward_backward 1",
        "optim_step 4"
      ])
      assert.deepStrictEqual(output.outputs.map((one) => one["logprobs"]?.data), [[-1], [-2], [-3], [-4], [-5]])
      assert.deepStrictEqual(output.metrics, { "loss:sum": 15, "n:mean": (2 * 2 + 2 * 2 + 1) / 5 })
    }))

  it.effect("the first part waits for all others to be taken", () =>
    Effect.gen(function*() {
      const taken = yield* Deferred.make<void>()
      const { server, training } = yield* open(withFlags(
        {},
        trainer((seen, nth) =>
          seen.path === "forward_backward" && nth === 1
            ? Effect.as(Deferred.await(taken), { status: 404 })
            : { status: 404 }
        )
      ))
      const pending = yield* training.submit.forwardBackward(five, "cross_entropy")
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(yield* order(server.seen), ["forward_backward 2", "forward_backward 3"])
      yield* Deferred.succeed(taken, undefined)
      yield* pending.result
      assert.strictEqual((yield* order(server.seen)).at(-1), "forward_backward 1")
    }))

  it.effect("go one after the other where the service wants that, the first still last", () =>
    Effect.gen(function*() {
      const { server, training } = yield* open(withFlags({ parallel_fwdbwd_chunks: false }, trainer()))
      yield* training.forwardBackward(five, "cross_entropy")
      assert.deepStrictEqual(yield* order(server.seen), [
        "forward_backward 2",
        "forward_backward 3",
        "forward_backward 1"
      ])
    }))

  it.effect("are cut by size too, and do not exceed the budget of bytes on their way", () =>
    Effect.gen(function*() {
      let flying = 0
      let most = 0
      const { server, training } = yield* open(withFlags(
        { fwdbwd_max_chunk_len: 100, fwdbwd_max_chunk_bytes_count: 40, fwdbwd_dispatch_bytes_semaphore_size: 70 },
        trainer((seen) =>
          seen.path !== "forward_backward" ? { status: 404 } : Effect.gen(function*() {
            flying++
            most = Math.max(most, flying)
            yield* Effect.sleep("1 second")
            flying--
            return { status: 404 }
          })
        )
      ))
      // 16 bytes each: two to a part, two parts at a time.
      yield* inTime(training.forwardBackward([...five, ...five], "cross_entropy"))
      assert.strictEqual(server.to("forward_backward").length, 5)
      assert.strictEqual(most, 2)
    }))

  it.effect("a part that is refused puts the gradient in doubt", () =>
    Effect.gen(function*() {
      const { server, training } = yield* open(withFlags(
        {},
        trainer((seen, nth) =>
          seen.path === "forward_backward" && nth === 1 ? { status: 422, json: { detail: "no" } } : { status: 404 }
        )
      ))
      yield* Effect.flip(training.forwardBackward(five, "cross_entropy"))
      assert.isFalse((yield* order(server.seen)).includes("forward_backward 1"))
      assert.strictEqual((yield* Effect.flip(training.optimStep({ learningRate: 1 })))._tag, "TinkerModelInDoubt")
    }))
})

describe("overlapped submission", () => {
  it.effect("sends in order without waiting for answers", () =>
    Effect.gen(function*() {
      const { server, training } = yield* open(
        trainer((seen) =>
          seen.path === "retrieve_future" || seen.path === CREATE
            ? { status: 404 }
            : Effect.as(Effect.sleep(200), { status: 404 })
        ),
        { submission: "overlapped" }
      )
      const gradient = yield* training.submit.forwardBackward([datum(1)], "cross_entropy")
      const step = yield* training.submit.optimStep({ learningRate: 1 })
      const sampler = yield* training.submit.sampler()
      const all = yield* Effect.forkChild(
        Effect.all([gradient.result, step.result, sampler.result], { concurrency: "unbounded" }),
        { startImmediately: true }
      )
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(yield* order(server.seen), [
        "forward_backward 1",
        "optim_step 2",
        "save_weights_for_sampler 3"
      ])
      yield* TestClock.adjust(250)
      assert.strictEqual((yield* Fiber.join(all))[2].id, "s-1:sample:0")
    }))

  it.effect("one that came before its turn is sent again when its turn has come", () =>
    Effect.gen(function*() {
      const { server, training } = yield* open(
        trainer((seen, nth) =>
          seen.path === "forward_backward"
            ? Effect.as(Effect.sleep("3 seconds"), { status: 404 })
            : seen.path === "optim_step" && nth === 0
            ? { status: 400, json: { detail: "optim_step with seq_id 2 came before seq_id 1" } }
            : { status: 404 }
        ),
        { submission: "overlapped" }
      )
      yield* training.submit.forwardBackward([datum(1)], "cross_entropy")
      yield* inTime(training.optimStep({ learningRate: 1 }))
      assert.deepStrictEqual(yield* order(server.seen), ["forward_backward 1", "optim_step 2", "optim_step 2"])
      assert.strictEqual(new Set(server.to("optim_step").map(({ text }) => text)).size, 1)
    }))
})

describe("saving", () => {
  const lost = (checkpoints: ReadonlyArray<unknown>) =>
    trainer((seen, nth) =>
      seen.path === "save_weights"
        ? nth === 0 ? "drop" : { status: 409, json: { detail: "a already exists" } }
        : seen.path.endsWith("/checkpoints")
        ? { json: { checkpoints } }
        : { status: 404 }
    )
  const checkpoint = (time: string) => ({
    checkpoint_id: "weights/a",
    checkpoint_type: "training",
    time,
    tinker_path: `tinker://${MODEL}/weights/a`
  })

  it.effect("a name that is taken after a lost reply is our own save, if the checkpoint is there and new", () =>
    Effect.gen(function*() {
      const own = yield* open(lost([checkpoint("1970-01-01T00:00:10Z")]))
      assert.deepStrictEqual(yield* inTime(own.training.saveState("a")), { path: `tinker://${MODEL}/weights/a` })
      const none = yield* open(lost([]))
      assert.strictEqual((yield* Effect.flip(inTime(none.training.saveState("a"))))._tag, "TinkerNameTaken")
    }))

  it.effect("an old checkpoint of the name is not ours", () =>
    Effect.gen(function*() {
      const { training } = yield* open(lost([checkpoint("1969-12-31T00:00:00Z")]))
      const error = yield* Effect.flip(inTime(training.saveState("a")))
      assert.match(error.message, /already exists/)
    }))

  it.effect("names that some server refuses are refused here", () =>
    Effect.gen(function*() {
      const { server, training } = yield* open(trainer())
      for (const name of ["", "a/b", "a b", "ä", "x".repeat(256)]) {
        assert.strictEqual((yield* Effect.flip(training.saveState(name)))._tag, "TinkerInputError")
        assert.strictEqual((yield* Effect.flip(training.saveForSampler(name)))._tag, "TinkerInputError")
      }
      assert.deepStrictEqual(yield* order(server.seen), [])
    }))

  it.effect("a path without its kind gets one", () =>
    Effect.gen(function*() {
      const { training } = yield* open(trainer((seen, nth) =>
        seen.path === "retrieve_future" && nth > 0 ? { json: { path: `tinker://${MODEL}/a` } } : { status: 404 }
      ))
      assert.deepStrictEqual(yield* training.saveForSampler("a"), { path: `tinker://${MODEL}/sampler_weights/a` })
    }))
})

describe("data", () => {
  const wrong: ReadonlyArray<readonly [string, Datum, RegExp]> = [
    ["no input", { model_input: tokens([]), loss_fn_inputs: {} }, /has no input/],
    ["no weights", { model_input: tokens([1]), loss_fn_inputs: { target_tokens: int64([1]) } }, /lacks "weights"/],
    [
      "lengths that differ",
      { model_input: tokens([1, 2]), loss_fn_inputs: { target_tokens: int64([1, 2]), weights: float32([1]) } },
      /has 2 tokens, but "weights" has another length/
    ],
    [
      "an input that no loss takes",
      {
        model_input: tokens([1]),
        loss_fn_inputs: { target_tokens: int64([1]), weights: float32([1]), mask: float32([1]) }
      },
      /has "mask", which no loss takes/
    ],
    [
      "a broken id",
      { model_input: tokens([1]), loss_fn_inputs: { target_tokens: int64([0.5]), weights: float32([1]) } },
      /0.5 is not a whole number/
    ]
  ]
  for (const [name, bad, message] of wrong) {
    it.effect(`with ${name} are refused before they cost a number`, () =>
      Effect.gen(function*() {
        const { server, training } = yield* open(trainer())
        const error = yield* Effect.flip(training.forwardBackward([bad], "cross_entropy"))
        assert.strictEqual(error._tag, "TinkerInputError")
        assert.match(error.message, message)
        yield* training.optimStep({ learningRate: 1 })
        assert.deepStrictEqual(yield* order(server.seen), ["optim_step 1"])
      }))
  }

  it.effect("clip bounds are always sent, beta is asked for", () =>
    Effect.gen(function*() {
      const { server, training } = yield* open(trainer())
      const policy: Datum = {
        model_input: tokens([1]),
        loss_fn_inputs: { target_tokens: int64([1]), logprobs: float32([-1]), advantages: float32([1]) }
      }
      yield* training.forwardBackward([policy], "ppo", { config: { clip_high_threshold: 1.3 } })
      const sent = yield* decodeForwardBackwardRequest(server.to("forward_backward")[0]?.bytes ?? new Uint8Array())
      assert.deepStrictEqual(sent.loss_fn_config, { clip_low_threshold: 0.8, clip_high_threshold: 1.3 })
      assert.match((yield* Effect.flip(training.forwardBackward([policy], "dro"))).message, /beta/)
    }))

  it.effect("the bytes of a batch are those of the protocol's own example", () =>
    Effect.gen(function*() {
      const server = scripted((seen, nth) =>
        seen.path === CREATE
          ? { json: { request_id: "r-model" } }
          : seen.path === "retrieve_future" && nth === 0
          ? { json: { model_id: "m" } }
          : trainer()(seen, nth)
      )
      const client = yield* connect(server)
      const training = yield* client.createTrainingClient({ baseModel: "b" })
      const example: Datum = {
        model_input: tokens([1, 2, 3]),
        loss_fn_inputs: { target_tokens: int64([2, 3, 4]), weights: float32([0, 1, 1]) }
      }
      yield* training.submit.forwardBackward([example], "cross_entropy").pipe(Effect.flatMap((one) => one.accepted))
      assert.strictEqual(
        Hex.encode(server.to("forward_backward")[0]?.bytes ?? new Uint8Array()),
        "0a016d10011a640a100a0e0a0c01000000020000000300000012300a0d7461726765745f746f6b656e73121f0a180200000000000000030000000000000004000000000000001802220103121e0a077765696768747312130a0c000000000000803f0000803f1801220103220d63726f73735f656e74726f7079"
      )
    }))
})

describe("progress", () => {
  it.effect("is told to the caller: accepted, waiting, finished", () =>
    Effect.gen(function*() {
      const told: Array<TinkerProgress> = []
      const { training } = yield* open(trainer((seen, nth) =>
        seen.path === "retrieve_future" && nth === 1
          ? { status: 408, json: { queue_state: "paused_capacity" } }
          : { status: 404 }
      ))
      yield* training.optimStep({ learningRate: 1 }, {
        onProgress: (progress) => Effect.sync(() => told.push(progress))
      })
      assert.deepStrictEqual(told.map(({ _tag }) => _tag), ["Accepted", "Waiting", "Finished"])
    }))
})
