import { fromBinary } from "@bufbuild/protobuf"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { adam, crossEntropyDatum, float32, int64, text, tinkerCalls } from "../../../test/helpers/TinkerCalls.ts"
import { ForwardBackwardOutputSchema, SampleResponseSchema } from "../wire/generated/tinker_public_pb.ts"
import { type FakeTinkerOptions, makeFakeTinker } from "./FakeTinker.ts"

const MODEL = "fake/softmax"
const hex = (text: string) => Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

const started = Effect.fnUntraced(function*(options: FakeTinkerOptions = {}) {
  const service = yield* makeFakeTinker(options)
  const calls = tinkerCalls(service)
  return { service, calls, ...yield* calls.model(MODEL) }
})

const learn = (modelId: string, seqId: number, data: ReadonlyArray<unknown>, lossFn = "cross_entropy") => ({
  forward_backward_input: { data, loss_fn: lossFn },
  model_id: modelId,
  seq_id: seqId
})
const optim = (modelId: string, seqId: number, learningRate = 0.1) => ({
  adam_params: adam(learningRate),
  model_id: modelId,
  seq_id: seqId,
  type: "optim_step"
})
const datum = crossEntropyDatum([1, 2, 3, 4], [0, 1, 1])

describe("sessions", () => {
  it.effect("are created, kept by heartbeats, and end without them, with what was in training", () =>
    Effect.gen(function*() {
      const { calls, modelId, sessionId } = yield* started()
      const beat = { session_id: sessionId, type: "session_heartbeat" }
      assert.strictEqual(sessionId, "s-1")
      assert.strictEqual(modelId, "s-1:train:0")
      yield* TestClock.adjust("4 minutes")
      assert.deepStrictEqual((yield* calls.post("/session_heartbeat", beat)).body, { type: "session_heartbeat" })
      yield* TestClock.adjust("4 minutes")
      assert.strictEqual((yield* calls.post("/session_heartbeat", beat)).status, 200)
      yield* TestClock.adjust("6 minutes")
      const late = yield* calls.post("/session_heartbeat", beat)
      assert.deepStrictEqual([late.status, late.body], [404, { detail: "Session not found" }])
      const step = yield* calls.perform("/optim_step", optim(modelId, 1))
      assert.strictEqual(step.status, 400)
      assert.match(String(step.body["detail"]), /not loaded/)
    }))

  it.effect("answer later heartbeats with 410 once they are finished", () =>
    Effect.gen(function*() {
      const { calls, sessionId } = yield* started()
      assert.strictEqual(
        (yield* calls.post(`/sessions/${sessionId}/finish`, { reason: { type: "success" } })).status,
        200
      )
      assert.strictEqual((yield* calls.post("/session_heartbeat", { session_id: sessionId })).status, 410)
    }))

  it.effect("need the key, and only open what they know", () =>
    Effect.gen(function*() {
      const service = yield* makeFakeTinker({ baseUrl: "http://tinker.test/services/prod" })
      const stranger = tinkerCalls(service, "tml-other")
      assert.strictEqual((yield* stranger.get("/get_server_capabilities")).status, 401)
      assert.strictEqual((yield* stranger.get("/healthz")).status, 200)
      const calls = tinkerCalls(service)
      assert.deepStrictEqual((yield* calls.get("/get_server_capabilities")).body, {
        supported_models: [{ model_name: MODEL, max_context_length: 256, trainable: true, sampleable: true }]
      })
      assert.strictEqual((yield* calls.get("/nothing")).status, 404)
      assert.strictEqual((yield* calls.get("/optim_step")).status, 405)
      assert.strictEqual(
        (yield* service.handle({ method: "GET", path: "/api/v1/healthz", headers: {}, body: new Uint8Array() })).status,
        404
      )
      assert.notInclude(JSON.stringify(yield* service.trace), service.apiKey)
      const token = tinkerCalls(service, String((yield* calls.post("/auth/token", {})).body["jwt"]))
      assert.strictEqual((yield* token.get("/get_server_capabilities")).status, 200)
      yield* TestClock.adjust("1 hour")
      assert.strictEqual((yield* token.get("/get_server_capabilities")).status, 401)
    }))
})

describe("models", () => {
  it.effect("repeat their answer to the same request and refuse a changed one", () =>
    Effect.gen(function*() {
      const { calls, sessionId } = yield* started()
      const create = (rank: number) => ({
        session_id: sessionId,
        model_seq_id: 1,
        base_model: MODEL,
        lora_config: { rank },
        type: "create_model"
      })
      const first = yield* calls.post("/create_model", create(8))
      assert.deepStrictEqual((yield* calls.post("/create_model", create(8))).body, first.body)
      assert.strictEqual((yield* calls.post("/create_model", create(16))).status, 409)
      assert.strictEqual((yield* calls.post("/create_model", { ...create(6), model_seq_id: 2 })).status, 400)
      const info = yield* calls.post("/get_info", { model_id: `${sessionId}:train:1`, type: "get_info" })
      assert.deepStrictEqual(info.body, {
        type: "get_info",
        model_id: "s-1:train:1",
        model_data: { arch: "softmax", model_name: MODEL, tokenizer_id: MODEL },
        is_lora: true,
        lora_rank: 8,
        model_name: MODEL
      })
    }))

  it.effect("fail what comes after they were unloaded", () =>
    Effect.gen(function*() {
      const { calls, modelId } = yield* started()
      assert.deepStrictEqual(
        (yield* calls.perform("/unload_model", { model_id: modelId, type: "unload_model" })).body,
        { model_id: modelId, type: "unload_model" }
      )
      const submitted = yield* calls.post("/optim_step", optim(modelId, 1))
      assert.strictEqual(submitted.status, 202)
      assert.strictEqual((yield* calls.result(submitted.body["request_id"])).status, 400)
    }))
})

describe("training", () => {
  it.effect("does numbered requests in order, one result for the same body, 409 for another", () =>
    Effect.gen(function*() {
      const { calls, modelId, service } = yield* started()
      const first = yield* calls.post("/optim_step", optim(modelId, 1))
      assert.deepStrictEqual((yield* calls.post("/optim_step", optim(modelId, 1))).body, first.body)
      const reused = yield* calls.post("/optim_step", optim(modelId, 1, 0.5))
      assert.deepStrictEqual(
        [reused.status, reused.body],
        [409, { detail: "Training request sequence number was reused" }]
      )
      // Parts of one batch may come in any order; they wait for the first.
      const parts = [yield* calls.post("/forward_backward", learn(modelId, 4, [datum]))]
      parts.push(yield* calls.post("/forward_backward", learn(modelId, 3, [datum])))
      const early = yield* calls.post("/optim_step", optim(modelId, 5))
      assert.strictEqual(early.status, 400)
      parts.push(yield* calls.post("/forward_backward", learn(modelId, 2, [datum])))
      for (const part of parts) assert.strictEqual((yield* calls.result(part.body["request_id"])).status, 200)
      assert.deepStrictEqual((yield* calls.perform("/optim_step", optim(modelId, 5))).body, { metrics: {} })
      const [run] = yield* service.runs
      assert.deepStrictEqual(run?.done.map(({ kind, seqId }) => `${seqId} ${kind}`), [
        "1 optim_step",
        "2 forward_backward",
        "3 forward_backward",
        "4 forward_backward",
        "5 optim_step"
      ])
    }))

  it.effect("goes on after a refused request, whose number may be used again until another follows", () =>
    Effect.gen(function*() {
      const { calls, modelId, service } = yield* started()
      const wrong = { ...optim(modelId, 1), surprise: true }
      assert.strictEqual((yield* calls.post("/optim_step", wrong)).status, 422)
      assert.strictEqual((yield* calls.perform("/optim_step", optim(modelId, 1))).status, 200)
      assert.strictEqual((yield* calls.post("/optim_step", { ...optim(modelId, 2), surprise: true })).status, 422)
      assert.strictEqual((yield* calls.perform("/optim_step", optim(modelId, 3))).status, 200)
      assert.strictEqual((yield* calls.post("/optim_step", { ...optim(modelId, 2), surprise: true })).status, 422)
      assert.strictEqual((yield* calls.post("/optim_step", optim(modelId, 2))).status, 409)
      assert.deepStrictEqual((yield* service.runs)[0]?.done.map(({ seqId }) => seqId), [1, 3])
    }))

  it.effect("names what is missing or unknown in a body", () =>
    Effect.gen(function*() {
      const { calls } = yield* started()
      const missing = yield* calls.post("/optim_step", { model_id: "m", seq_id: 1, type: "optim_step" })
      assert.strictEqual(missing.status, 422)
      assert.include(JSON.stringify(missing.body), `"loc":["body","adam_params"]`)
      const unknown = yield* calls.post("/get_info", { model_id: "m", extra: 1 })
      assert.include(JSON.stringify(unknown.body), "extra")
    }))

  it.effect("refuses batches that do not fit the loss", () =>
    Effect.gen(function*() {
      const { calls, modelId } = yield* started()
      const refused = (data: unknown, lossFn = "cross_entropy") =>
        Effect.map(
          calls.post("/forward_backward", learn(modelId, 1, [data], lossFn)),
          ({ body, status }) => `${status} ${JSON.stringify(body["detail"])}`
        )
      assert.match(
        yield* refused({ ...datum, loss_fn_inputs: { ...datum.loss_fn_inputs, mask: float32([1, 1, 1]) } }),
        /^400 .*mask/
      )
      assert.match(yield* refused(datum, "ppo"), /^400 .*weights/)
      assert.match(yield* refused(datum, "gspo"), /^422/)
      assert.match(yield* refused({ ...datum, model_input: text([1, 2]) }), /^400 .*shape/)
      assert.match(
        yield* refused({ ...datum, model_input: { chunks: [{ type: "encoded_text", tokens: [] }] } }),
        /^400 .*empty/
      )
      assert.match(yield* refused(crossEntropyDatum([1, 2, 99, 3], [1, 1, 1])), /^400 .*vocabulary/)
      assert.match(
        yield* refused({
          ...datum,
          loss_fn_inputs: { target_tokens: float32([2, 3, 4]), weights: float32([1, 1, 1]) }
        }),
        /^400 .*int64/
      )
    }))

  it.effect("takes and gives the binary form: targets with two axes, unknown fields, rubbish", () =>
    Effect.gen(function*() {
      const { calls, modelId } = yield* started()
      // The (N, K) = (2, 2) request of the reference, for model "m" as seq 4; this model and number put in.
      const [head, tail] = ["1a6e0a0c0a0a0a08010000000200000012390a0d", "7461726765745f746f6b656e73"]
      const rest =
        "12280a20020000000000000005000000000000000300000000000000060000000000000018022202020212230a0777656967"
        + "68747312180a100000403f0000803e0000003f0000003f180122020202220d63726f73735f656e74726f7079"
      const body = (suffix: string) =>
        Uint8Array.from([
          0x0a,
          modelId.length,
          ...new TextEncoder().encode(modelId),
          0x10,
          1,
          ...hex(head + tail + rest + suffix)
        ])
      const binary = { "content-type": "application/x-protobuf" }
      assert.strictEqual((yield* calls.send("POST", "/forward_backward", body("5801"), binary)).status, 422)
      assert.strictEqual(
        (yield* calls.send("POST", "/forward_backward", Uint8Array.of(0x0a, 9, 1), binary)).status,
        422
      )
      const submitted = yield* calls.send("POST", "/forward_backward", body(""), binary)
      assert.strictEqual(submitted.status, 202)
      const poll = new TextEncoder().encode(JSON.stringify({ request_id: "r2", allow_metadata_only: true }))
      const headers = { "content-type": "application/json", accept: "application/x-protobuf" }
      const large = yield* calls.send("POST", "/retrieve_future", poll, headers)
      const again = new TextEncoder().encode(JSON.stringify({ request_id: "r2" }))
      const reply = yield* calls.send("POST", "/retrieve_future", again, headers)
      assert.deepStrictEqual(JSON.parse(new TextDecoder().decode(large.body)), {
        status: "complete_metadata",
        response_payload_size: reply.body.length
      })
      const output = fromBinary(ForwardBackwardOutputSchema, reply.body)
      assert.deepStrictEqual(output.lossFnOutputs[0]?.fields["logprobs"]?.trailingShape, [2n])
      assert.strictEqual(output.lossFnOutputs[0]?.fields["logprobs"]?.data.length, 16)
      assert.isAbove(output.metrics["loss:sum"] ?? 0, 0)
    }))

  it.effect("reports numbers that are not finite and too long inputs as failures of the request", () =>
    Effect.gen(function*() {
      const { calls, modelId } = yield* started()
      const long = Array.from({ length: 300 }, () => 1)
      const reply = yield* calls.perform(
        "/forward_backward",
        learn(modelId, 1, [crossEntropyDatum(long, long.slice(1))])
      )
      assert.strictEqual(reply.status, 200)
      assert.strictEqual(reply.body["category"], "user")
      assert.match(String(reply.body["error"]), /PromptTooLong/)
    }))

  it.effect("learns: the same tokens become more likely", () =>
    Effect.gen(function*() {
      const { calls, modelId } = yield* started()
      const losses: Array<number> = []
      for (let step = 0; step < 5; step++) {
        const reply = yield* calls.perform("/forward_backward", learn(modelId, 2 * step + 1, [datum]))
        losses.push(Number((reply.body["metrics"] as Record<string, number>)["loss:sum"]))
        yield* calls.perform("/optim_step", optim(modelId, 2 * step + 2, 0.05))
      }
      assert.isBelow(losses[4]!, losses[0]! / 2)
    }))
})

describe("checkpoints and samplers", () => {
  it.effect("save under a free name, list, load as a first request only, and delete", () =>
    Effect.gen(function*() {
      const { calls, modelId, service, sessionId } = yield* started()
      yield* calls.perform("/forward_backward", learn(modelId, 1, [datum]))
      yield* calls.perform("/optim_step", optim(modelId, 2))
      const save = {
        model_id: modelId,
        path: "000010",
        seq_id: 3,
        ttl_seconds: 60,
        overwrite: false,
        type: "save_weights"
      }
      const path = `tinker://${modelId}/weights/000010`
      assert.deepStrictEqual((yield* calls.perform("/save_weights", save)).body, { path, type: "save_weights" })
      const again = yield* calls.post("/save_weights", { ...save, seq_id: 4 })
      assert.strictEqual(again.status, 409)
      assert.match(String(again.body["detail"]), /already exists/)
      assert.strictEqual((yield* calls.perform("/save_weights", { ...save, seq_id: 5, overwrite: true })).status, 200)
      const late = yield* calls.post("/load_weights", { model_id: modelId, seq_id: 14, path, optimizer: true })
      assert.strictEqual(late.status, 400)
      const create = { session_id: sessionId, model_seq_id: 1, base_model: MODEL, lora_config: { rank: 4 } }
      yield* calls.perform("/create_model", create)
      const second = `${sessionId}:train:1`
      const load = { model_id: second, seq_id: 1, path, optimizer: true, type: "load_weights" }
      assert.strictEqual((yield* calls.perform("/load_weights", load)).body["type"], "load_weights")
      const [one, two] = yield* service.runs
      assert.deepStrictEqual(yield* two!.state!, yield* one!.state!)
      const info = yield* calls.post("/weights_info", { tinker_path: path })
      assert.strictEqual(info.body["lora_rank"], 4)
      const list = yield* calls.get(`/training_runs/${modelId}/checkpoints`)
      assert.include(JSON.stringify(list.body), path)
      const ttl = yield* calls.put(`/training_runs/${modelId}/checkpoints/weights/000010/ttl`, { ttl_seconds: 120 })
      assert.strictEqual(ttl.status, 200)
      yield* TestClock.adjust("100 seconds")
      assert.strictEqual((yield* calls.post("/weights_info", { tinker_path: path })).status, 200)
      yield* TestClock.adjust("21 seconds")
      assert.strictEqual((yield* calls.post("/weights_info", { tinker_path: path })).status, 404)
      assert.strictEqual((yield* calls.del(`/training_runs/${modelId}/checkpoints/weights/000010`)).status, 404)
    }))

  it.effect("give an archive by a signed address that must not see the key", () =>
    Effect.gen(function*() {
      const { calls, modelId, service } = yield* started({ archiveBusy: 1 })
      const save = { model_id: modelId, path: "last", seq_id: 1, type: "save_weights_for_sampler" }
      assert.strictEqual(
        (yield* calls.perform("/save_weights_for_sampler", save)).body["path"],
        `tinker://${modelId}/sampler_weights/last`
      )
      const archive = `/training_runs/${modelId}/checkpoints/sampler_weights/last/archive`
      assert.strictEqual((yield* calls.get(archive)).status, 503)
      const found = yield* calls.get(archive)
      assert.strictEqual(found.status, 302)
      const path = found.headers["location"]!.slice(service.baseUrl.length)
      const fetch = (headers: Readonly<Record<string, string>>) =>
        service.handle({ method: "GET", path, headers, body: new Uint8Array() })
      assert.strictEqual((yield* fetch({ "x-api-key": service.apiKey })).status, 400)
      const reply = yield* fetch({})
      assert.strictEqual(reply.status, 200)
      const contents = new TextDecoder("latin1").decode(reply.body)
      assert.include(contents, "adapter_config.json")
      assert.include(contents, "lora_A.weight")
    }))

  it.effect("sample from base, saved and ephemeral weights; seeds repeat; numbers are used once", () =>
    Effect.gen(function*() {
      const { calls, modelId, sessionId } = yield* started()
      for (let step = 0; step < 40; step++) {
        yield* calls.perform(
          "/forward_backward",
          learn(modelId, 2 * step + 1, [crossEntropyDatum([1, 2, 3, 4], [1, 1, 1])])
        )
        yield* calls.perform("/optim_step", optim(modelId, 2 * step + 2, 0.05))
      }
      const ephemeral = { model_id: modelId, sampling_session_seq_id: 0, seq_id: 81, type: "save_weights_for_sampler" }
      const saved = yield* calls.perform("/save_weights_for_sampler", ephemeral)
      assert.deepStrictEqual(saved.body, {
        path: null,
        sampling_session_id: `${sessionId}:sample:0`,
        type: "save_weights_for_sampler"
      })
      const taken = { session_id: sessionId, sampling_session_seq_id: 0, base_model: MODEL }
      assert.strictEqual((yield* calls.post("/create_sampling_session", taken)).status, 409)
      const both = { ...taken, sampling_session_seq_id: 1, model_path: "tinker://a/sampler_weights/b" }
      assert.strictEqual((yield* calls.post("/create_sampling_session", both)).status, 400)
      const base = yield* calls.post("/create_sampling_session", { ...taken, sampling_session_seq_id: 1 })
      assert.strictEqual(base.status, 200)
      const ask = (sampler: unknown, seqId: number, extra: Record<string, unknown> = {}) => ({
        num_samples: 2,
        prompt: text([1]),
        sampling_params: { max_tokens: 3, temperature: 0, stop: [] },
        sampling_session_id: sampler,
        seq_id: seqId,
        type: "sample",
        ...extra
      })
      const learned = yield* calls.perform("/asample", ask(saved.body["sampling_session_id"], 0))
      assert.deepStrictEqual(
        learned.body["sequences"],
        [0, 1].map(() => ({
          stop_reason: "length",
          tokens: [2, 3, 4],
          logprobs: [0, 0, 0]
        }))
      )
      const plain = yield* calls.perform("/asample", ask(base.body["sampling_session_id"], 0))
      assert.notDeepEqual(plain.body["sequences"], learned.body["sequences"])
      const seeded = ask(saved.body["sampling_session_id"], 1, { sampling_params: { max_tokens: 9, seed: 5 } })
      const one = yield* calls.perform("/asample", seeded)
      const other = yield* calls.perform("/asample", { ...seeded, seq_id: 2 })
      assert.deepStrictEqual(one.body["sequences"], other.body["sequences"])
      const first = yield* calls.post("/asample", seeded)
      assert.deepStrictEqual((yield* calls.post("/asample", seeded)).body, first.body)
      assert.strictEqual((yield* calls.post("/asample", { ...seeded, num_samples: 1 })).status, 409)
    }))

  it.effect("read out prompts: given tokens, top K, asked-for ids, in both forms", () =>
    Effect.gen(function*() {
      const { calls, service } = yield* started({ topkLimit: 4 })
      const ask = (extra: Record<string, unknown>) => ({
        base_model: MODEL,
        prompt: text([1, 2, 3]),
        sampling_params: { max_tokens: 1 },
        prompt_logprobs: true,
        type: "sample",
        ...extra
      })
      assert.strictEqual((yield* calls.post("/asample", ask({ topk_prompt_logprobs: 5 }))).status, 400)
      const target = int64([2, 7, 3, -1], [2, 2])
      const submitted = yield* calls.post("/asample", ask({ topk_prompt_logprobs: 2, target_prompt_logprobs: target }))
      const { body } = yield* calls.result(submitted.body["request_id"])
      const given = body["prompt_logprobs"] as ReadonlyArray<number | null>
      const rows = body["topk_prompt_logprobs"] as ReadonlyArray<ReadonlyArray<readonly [number, number]> | null>
      const scored = (body["target_prompt_logprobs"] as { readonly data: ReadonlyArray<number | null> }).data
      assert.deepStrictEqual([given.length, rows.length, given[0], rows[0]], [3, 3, null, null])
      assert.isAtLeast(rows[1]![0]![1], rows[1]![1]![1])
      assert.deepStrictEqual([scored[0], scored[2], scored[3]], [given[1]!, given[2]!, null])
      const reply = yield* calls.send(
        "POST",
        "/retrieve_future",
        new TextEncoder().encode(JSON.stringify({ request_id: submitted.body["request_id"] })),
        { "content-type": "application/json", accept: "application/x-protobuf" }
      )
      const message = fromBinary(SampleResponseSchema, reply.body)
      assert.deepStrictEqual([message.topkPromptLogprobs?.k, message.topkPromptLogprobs?.length], [2, 3])
      assert.strictEqual(message.promptLogprobs?.length, 12)
      assert.deepStrictEqual(message.targetPromptLogprobs?.shape, [2n, 2n])
      const old = yield* makeFakeTinker({ newReadouts: false })
      assert.strictEqual(
        (yield* tinkerCalls(old).post("/asample", ask({ target_prompt_logprobs: target }))).status,
        422
      )
      assert.isAbove((yield* service.trace).length, 3)
    }))
})

describe("results", () => {
  it.effect("are polled: held, then try again with the queue's state, then there, then gone", () =>
    Effect.gen(function*() {
      const { calls, modelId, service } = yield* started({ hold: "10 seconds", futureLifetime: "1 minute" })
      yield* service.pauseQueue("paused_capacity", "all machines are busy")
      const submitted = yield* calls.post("/optim_step", optim(modelId, 1))
      const id = submitted.body["request_id"]
      const held = yield* Effect.forkChild(calls.post("/retrieve_future", { request_id: id }))
      yield* TestClock.adjust("9 seconds")
      assert.isUndefined(held.pollUnsafe())
      yield* TestClock.adjust("1 second")
      const pending = yield* Fiber.join(held)
      assert.deepStrictEqual([pending.status, pending.body], [408, {
        type: "try_again",
        request_id: id,
        queue_state: "paused_capacity",
        queue_state_reason: "all machines are busy"
      }])
      const waiting = yield* Effect.forkChild(calls.result(id))
      yield* TestClock.adjust("3 seconds")
      yield* service.resumeQueue
      assert.deepStrictEqual((yield* Fiber.join(waiting)).body, { metrics: {} })
      assert.strictEqual((yield* calls.post("/retrieve_future", { request_id: id })).status, 200)
      yield* TestClock.adjust("61 seconds")
      assert.strictEqual((yield* calls.post("/retrieve_future", { request_id: id })).status, 410)
      assert.strictEqual((yield* calls.post("/retrieve_future", { request_id: "r99" })).status, 404)
    }))

  it.effect("take as long as the latency says, and the trace has it", () =>
    Effect.gen(function*() {
      const service = yield* makeFakeTinker({ latency: "200 millis" })
      const call = yield* Effect.forkChild(tinkerCalls(service).get("/healthz"))
      yield* TestClock.adjust("199 millis")
      assert.isUndefined(call.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      yield* Fiber.join(call)
      const [entry] = yield* service.trace
      assert.deepInclude(entry, { at: 0, doneAt: 200, path: "/healthz", status: 200 })
    }))
})
