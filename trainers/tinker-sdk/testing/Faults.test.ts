import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as TestClock from "effect/testing/TestClock"
import { adam, crossEntropyDatum, tinkerCalls } from "../../../test/helpers/TinkerCalls.ts"
import { makeFakeTinker } from "./FakeTinker.ts"
import { type Fault, type FaultyCall, scriptedFaults, seededFaults } from "./Faults.ts"
import { fakeFetch, fakeHttpClient } from "./InProcess.ts"
import { criticalPath, sequentialRoundTrips, type TraceEntry } from "./Trace.ts"

const optim = (modelId: string, seqId: number) => ({
  adam_params: adam(0.1),
  model_id: modelId,
  seq_id: seqId,
  type: "optim_step"
})

const withFault = Effect.fnUntraced(function*(path: string, fault: Fault) {
  const service = yield* makeFakeTinker()
  const calls = tinkerCalls(service)
  const model = yield* calls.model("fake/softmax")
  yield* service.setFaults(scriptedFaults([{ path, fault }]))
  return { service, calls, ...model }
})

const stepsDone = Effect.fnUntraced(function*(service: Effect.Success<ReturnType<typeof makeFakeTinker>>) {
  return (yield* service.runs)[0]!.done.length
})

describe("faults", () => {
  it.effect("answer with a status before or after the request took effect", () =>
    Effect.gen(function*() {
      for (const [when, done] of [["before", 0], ["after", 1]] as const) {
        const fault: Fault = { _tag: "Status", status: 503, when, retryAfter: 250 }
        const { calls, modelId, service } = yield* withFault("/optim_step", fault)
        const reply = yield* calls.post("/optim_step", optim(modelId, 1))
        assert.deepStrictEqual([reply.status, reply.headers["retry-after-ms"]], [503, "250"])
        assert.strictEqual(yield* stepsDone(service), done)
        assert.strictEqual((yield* calls.perform("/optim_step", optim(modelId, 1))).status, 200)
        assert.strictEqual(yield* stepsDone(service), 1)
      }
    }))

  it.effect("break connections before or after", () =>
    Effect.gen(function*() {
      for (const [when, done] of [["before", 0], ["after", 1]] as const) {
        const { calls, modelId, service } = yield* withFault("/optim_step", { _tag: "Drop", when })
        const error = yield* Effect.flip(calls.post("/optim_step", optim(modelId, 1)))
        assert.strictEqual(error._tag, "ConnectionDropped")
        assert.strictEqual(yield* stepsDone(service), done)
        const last = (yield* service.trace).at(-1)
        assert.deepStrictEqual([last?.status, last?.fault], [undefined, { _tag: "Drop", when }])
      }
    }))

  it.effect("let later requests overtake", () =>
    Effect.gen(function*() {
      const { calls, modelId, service } = yield* withFault("/optim_step", {
        _tag: "Delay",
        what: "request",
        millis: 400
      })
      const slow = yield* Effect.forkChild(calls.post("/optim_step", optim(modelId, 1)), { startImmediately: true })
      const early = yield* calls.post("/optim_step", optim(modelId, 2))
      assert.strictEqual(early.status, 400)
      yield* TestClock.adjust("400 millis")
      assert.strictEqual((yield* Fiber.join(slow)).status, 202)
      assert.strictEqual(yield* stepsDone(service), 1)
    }))

  it.effect("cut binary replies and make results expire", () =>
    Effect.gen(function*() {
      const { calls, modelId, service } = yield* withFault("/retrieve_future", { _tag: "Truncate", bytes: 1 })
      const submitted = yield* calls.post("/forward_backward", {
        forward_backward_input: { data: [crossEntropyDatum([1, 2, 3], [1, 1])], loss_fn: "cross_entropy" },
        model_id: modelId,
        seq_id: 1
      })
      const body = new TextEncoder().encode(JSON.stringify({ request_id: submitted.body["request_id"] }))
      const poll = calls.send("POST", "/retrieve_future", body, {
        "content-type": "application/json",
        accept: "application/x-protobuf"
      })
      const [cut, whole] = [yield* poll, yield* poll]
      assert.deepStrictEqual(cut.body, whole.body.slice(0, -1))
      yield* service.setFaults(scriptedFaults([{ path: "/retrieve_future", fault: { _tag: "Expire" } }]))
      assert.deepStrictEqual([(yield* poll).status, (yield* poll).status], [410, 410])
    }))

  it.effect("reach clients as their own errors, in process", () =>
    Effect.gen(function*() {
      const { service } = yield* withFault("/healthz", { _tag: "Drop", when: "before" })
      const client = fakeHttpClient(service)
      const request = HttpClientRequest.get(`${service.baseUrl}/api/v1/healthz`)
      const error = yield* Effect.flip(client.execute(request))
      assert.strictEqual(error.reason._tag, "TransportError")
      assert.deepStrictEqual(yield* (yield* client.execute(request)).json, { status: "ok" })
      const fetch = yield* fakeFetch(service)
      const response = yield* Effect.promise(() => fetch(`${service.baseUrl}/api/v1/healthz`))
      assert.strictEqual(response.status, 200)
      yield* service.setFaults(() => ({ _tag: "Drop", when: "after" }))
      const rejected = yield* Effect.flip(Effect.tryPromise(() => fetch(`${service.baseUrl}/api/v1/healthz`)))
      assert.instanceOf(rejected.cause, TypeError)
    }))
})

describe("plans", () => {
  const call = (body: string, attempt: number): FaultyCall => ({
    method: "POST",
    path: "/optim_step",
    body,
    attempt,
    future: undefined
  })
  const bodies = Array.from({ length: 2000 }, (_, index) => `body ${index}`)

  it("by seed are equal for equal seeds, as frequent as asked, and never go on for long", () => {
    const plan = seededFaults({ seed: 1, rate: 0.3 })
    const faults = bodies.map((body) => plan(call(body, 0)))
    assert.deepStrictEqual(bodies.map((body) => seededFaults({ seed: 1, rate: 0.3 })(call(body, 0))), faults)
    assert.notDeepEqual(bodies.map((body) => seededFaults({ seed: 2, rate: 0.3 })(call(body, 0))), faults)
    assert.closeTo(faults.filter((fault) => fault !== undefined).length / bodies.length, 0.3, 0.04)
    const kinds = new Set<string>(faults.map((fault) => fault === undefined ? "" : fault._tag))
    for (const kind of ["Status", "Drop", "Delay", "Truncate"]) assert.isTrue(kinds.has(kind), kind)
    const always = seededFaults({ seed: 1, rate: 1 })
    assert.isTrue(bodies.every((body) => always(call(body, 2)) === undefined && always(call(body, 1)) !== undefined))
  })

  it("by script hit what they name, as often as they say", () => {
    const fault: Fault = { _tag: "Drop", when: "before" }
    const plan = scriptedFaults([{ path: "/optim_step", fault, after: 1, times: 2 }])
    assert.deepStrictEqual(
      ["/optim_step", "/other", "/optim_step", "/optim_step", "/optim_step"].map((path) =>
        plan({ ...call("", 0), path })
      ),
      [undefined, undefined, fault, fault, undefined]
    )
  })
})

describe("a trace", () => {
  it("counts requests that waited for others' replies", () => {
    const entry = (at: number, doneAt: number): TraceEntry => ({
      at,
      doneAt,
      method: "POST",
      path: "/",
      headers: {},
      body: new Uint8Array(),
      status: 200,
      replyBytes: 0,
      fault: undefined
    })
    assert.strictEqual(sequentialRoundTrips([entry(0, 200), entry(0, 200), entry(10, 210)]), 1)
    assert.strictEqual(sequentialRoundTrips([entry(0, 200), entry(200, 400), entry(250, 450), entry(450, 600)]), 3)
    const path = criticalPath([entry(0, 200), entry(250, 450), entry(0, 100), entry(250, 300), entry(460, 470)])
    assert.deepStrictEqual(path.map(({ at, doneAt }) => [at, doneAt]), [[0, 100], [250, 300], [460, 470]])
    assert.deepStrictEqual(criticalPath([]), [])
  })
})
