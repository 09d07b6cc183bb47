import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Semaphore from "effect/Semaphore"
import * as TestClock from "effect/testing/TestClock"
import { settings } from "../client/Options.ts"
import { TinkerRequestFailed } from "../TinkerError.ts"
import { type Handler, inTime, options, type Reaction, scripted } from "../test/Scripted.ts"
import {
  ClientConfig,
  CreateModelResult,
  decodeForwardBackwardOutput,
  decodeSampleResult,
  encodeForwardBackwardOutput,
  encodeSampleResult,
  ForwardBackwardOutput,
  OptimStepResult,
  SampleResult
} from "../wire/index.ts"
import { makeHttp } from "./Http.ts"
import type { TinkerProgress } from "./Progress.ts"
import { awaitResult, type Wanted } from "./Results.ts"
import { makeTransport } from "./Transport.ts"

const start = (handler: Handler, flags: Partial<typeof ClientConfig.Type> = {}) =>
  Effect.gen(function*() {
    const server = scripted(handler)
    const read = yield* settings(options)
    const http = makeHttp(server.client, read, Effect.succeed(read.apiKey))
    const transport = makeTransport(http, read, () => ({ ...ClientConfig.make({}), ...flags }))
    const total = flags.inflight_response_bytes_semaphore_size ?? 52_428_800
    const room = { semaphore: Semaphore.makeUnsafe(total), total }
    const told: Array<TinkerProgress> = []
    const wait = <A>(wanted: Pick<Wanted<A>, "type" | "json" | "binary"> & Partial<Wanted<A>>) =>
      awaitResult(transport, room, {
        operation: "the operation",
        requestId: "r1",
        deadline: "2 hours",
        observe: (progress) => Effect.sync(() => told.push(progress)),
        ...wanted
      })
    return { server, room, told, wait }
  })

const step = { type: "OptimStep", json: OptimStepResult } as const
const batch = { type: "ForwardBackward", json: ForwardBackwardOutput, binary: decodeForwardBackwardOutput } as const

/** Answers one after the other, the last for ever. */
const inTurn = (...reactions: ReadonlyArray<Reaction>): Handler => (_, nth) => reactions[nth] ?? reactions.at(-1)!

const waitingBody = (state: string) => ({ type: "try_again", request_id: "r1", queue_state: state })

const output: ForwardBackwardOutput = {
  loss_fn_output_type: "ArrayRecord",
  loss_fn_outputs: [{ logprobs: { data: [-1, -2], dtype: "float32", shape: [2] } }],
  metrics: { "loss:sum": 3 }
}

describe("polling", () => {
  it.effect("goes on after 408 and try_again, and tells the state of the queue", () =>
    Effect.gen(function*() {
      const { server, told, wait } = yield* start(inTurn(
        { status: 408, json: waitingBody("active") },
        { status: 408, json: { queue_state: "paused_rate_limit", queue_state_reason: "too many" } },
        { json: waitingBody("paused_capacity") },
        { json: { model_id: "s-1:train:0", type: "create_model" } }
      ))
      const result = yield* inTime(wait({ type: "CreateModel", json: CreateModelResult, roundTrip: 250 }))
      assert.deepStrictEqual(result, { model_id: "s-1:train:0", type: "create_model" })
      assert.deepStrictEqual(server.seen.map(({ text }) => text), [
        `{"request_id":"r1","allow_metadata_only":false}`,
        `{"request_id":"r1","allow_metadata_only":false}`,
        `{"request_id":"r1","allow_metadata_only":false}`,
        `{"request_id":"r1","allow_metadata_only":false}`
      ])
      assert.deepStrictEqual(
        told.map((one) => one._tag === "Waiting" ? [one.queueState, one.reason] : one._tag),
        [["active", undefined], ["paused_rate_limit", "too many"], ["paused_capacity", undefined], "Finished"]
      )
      const headers = server.seen.map((one) => one.headers)
      assert.deepStrictEqual(headers.map((all) => all["x-tinker-request-iteration"]), ["0", "1", "2", "3"])
      assert.deepStrictEqual(
        headers.map((all) => all["x-tinker-request-type"]),
        Array.from({ length: 4 }, () => "CreateModel")
      )
      assert.deepStrictEqual(headers.map((all) => all["x-tinker-create-promise-roundtrip-time"]), [
        "0.25",
        undefined,
        undefined,
        undefined
      ])
      assert.strictEqual(new Set(headers.map((all) => all["x-idempotency-key"])).size, 4)
    }))

  it.effect("its own 45 s are no failure", () =>
    Effect.gen(function*() {
      const { server, wait } = yield* start(inTurn("hang", "hang", { json: { metrics: {} } }))
      assert.deepStrictEqual(yield* inTime(wait(step)), { metrics: {} })
      assert.deepStrictEqual(server.seen.map(({ at }) => at / 1000), [0, 45, 90])
      assert.strictEqual(server.seen[0]?.headers["x-stainless-read-timeout"], "45")
    }))

  it.effect("5xx is asked again at once", () =>
    Effect.gen(function*() {
      const { server, wait } = yield* start(inTurn({ status: 500 }, { status: 503 }, { json: { metrics: null } }))
      yield* wait(step)
      assert.deepStrictEqual(server.seen.map(({ at }) => at), [0, 0, 0])
    }))

  it.effect("a server that never holds polls is not flooded", () =>
    Effect.gen(function*() {
      const { server, wait } = yield* start(() => ({ json: waitingBody("active") }))
      const fiber = yield* Effect.forkChild(wait(step))
      yield* TestClock.adjust("1 second")
      assert.isAtMost(server.seen.length, 40)
      yield* Fiber.interrupt(fiber)
    }))

  it.effect("429 and broken connections wait 1, 2, 4 s …", () =>
    Effect.gen(function*() {
      const { server, wait } = yield* start(inTurn({ status: 429 }, "drop", "drop", { json: { metrics: {} } }))
      yield* inTime(wait(step))
      assert.deepStrictEqual(server.seen.map(({ at }) => at / 1000), [0, 1, 3, 7])
    }))

  it.effect("400 gets three more tries, counted anew after a 408", () =>
    Effect.gen(function*() {
      const bad: Reaction = { status: 400, json: { detail: "Model m not loaded (unloaded)" } }
      const never = yield* start(() => bad)
      const error = yield* Effect.flip(inTime(never.wait(step)))
      assert.strictEqual(never.server.seen.length, 4)
      assert.match(error.message, /Model m not loaded/)
      const again = yield* start(inTurn(bad, bad, bad, { status: 408 }, bad, bad, bad, { json: { metrics: {} } }))
      assert.deepStrictEqual(yield* inTime(again.wait(step)), { metrics: {} })
    }))

  it.effect("402 waits for payment", () =>
    Effect.gen(function*() {
      const { server, wait } = yield* start(inTurn({ status: 402 }, { status: 402 }, { json: { metrics: {} } }))
      yield* inTime(wait(step))
      assert.deepStrictEqual(server.seen.map(({ at }) => at / 1000), [0, 5, 10])
      const never = yield* start(() => ({ status: 402 }), { billing_exception_max_pause_duration_sec: 12 })
      assert.strictEqual((yield* Effect.flip(inTime(never.wait(step))))._tag, "TinkerStatusError")
      assert.strictEqual(never.server.seen.length, 4)
    }))

  it.effect("410 is an expired promise", () =>
    Effect.gen(function*() {
      const { server, wait } = yield* start(() => ({ status: 410, json: { detail: "gone" } }))
      const error = yield* Effect.flip(inTime(wait(step)))
      assert.strictEqual(error._tag, "TinkerPromiseExpired")
      assert.match(error.message, /load the last checkpoint/)
      assert.strictEqual(server.seen.length, 1)
    }))

  for (const status of [401, 403, 404, 409, 422]) {
    it.effect(`${status} is raised`, () =>
      Effect.gen(function*() {
        const { server, wait } = yield* start(() => ({ status, json: { detail: "no" } }))
        const error = yield* Effect.flip(inTime(wait(step)))
        assert.deepStrictEqual([error._tag, server.seen.length], ["TinkerStatusError", 1])
      }))
  }

  for (const category of ["user", "server"]) {
    it.effect(`a failure of category ${category} is raised, and not repeated`, () =>
      Effect.gen(function*() {
        const { server, wait } = yield* start(() => ({ json: { error: "prompt too long", category } }))
        const error = yield* Effect.flip(inTime(wait(step)))
        assert.deepStrictEqual(
          error,
          new TinkerRequestFailed({ operation: "the operation", requestId: "r1", category, detail: "prompt too long" })
        )
        assert.strictEqual(server.seen.length, 1)
      }))
  }

  it.effect("the deadline ends it, and says what the queue was", () =>
    Effect.gen(function*() {
      const { wait } = yield* start((_, nth) =>
        nth < 3 ? { status: 408, json: waitingBody("paused_capacity") } : "hang"
      )
      const error = yield* Effect.flip(inTime(wait({ ...step, deadline: "10 minutes" })))
      assert.match(error.message, /no result after 600 s; the queue was paused_capacity/)
    }))

  it.effect("interruption stops it", () =>
    Effect.gen(function*() {
      const { server, wait } = yield* start(() => "hang")
      const fiber = yield* Effect.forkChild(wait(step))
      yield* TestClock.adjust("100 seconds")
      const before = server.seen.length
      assert.strictEqual(before, 3)
      yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(server.seen.length, before)
    }))
})

describe("binary results", () => {
  it.effect("are read in binary, and in JSON", () =>
    Effect.gen(function*() {
      const bytes = yield* encodeForwardBackwardOutput(output)
      for (const reaction of [{ bytes }, { json: output }]) {
        const { server, wait } = yield* start(() => reaction)
        assert.deepStrictEqual(yield* inTime(wait(batch)), output)
        assert.strictEqual(server.seen[0]?.headers["accept"], "application/x-protobuf, application/json")
      }
      const samples: SampleResult = {
        type: "sample",
        sequences: [{ stop_reason: "stop", tokens: [1], logprobs: [-0.5] }],
        prompt_logprobs: null,
        prompt_cache_hit_tokens: 0
      }
      const { wait } = yield* start(inTurn({ bytes: yield* encodeSampleResult(samples) }))
      const wanted = { type: "Sample", json: SampleResult, binary: decodeSampleResult } as const
      assert.deepStrictEqual(yield* inTime(wait(wanted)), samples)
    }))

  it.effect("a truncated one is asked for again, three times", () =>
    Effect.gen(function*() {
      const bytes = yield* encodeForwardBackwardOutput(output)
      const half = bytes.subarray(0, bytes.length - 7)
      const luck = yield* start(inTurn({ bytes: half }, { bytes: half }, { text: `{"loss` }, { bytes }))
      assert.deepStrictEqual(yield* inTime(luck.wait(batch)), output)
      const none = yield* start(() => ({ bytes: half }))
      const error = yield* Effect.flip(inTime(none.wait(batch)))
      assert.strictEqual(error._tag, "TinkerProtocolError")
      assert.strictEqual(none.server.seen.length, 4)
    }))

  it.effect("large ones are announced, and fetched when there is room", () =>
    Effect.gen(function*() {
      const bytes = yield* encodeForwardBackwardOutput(output)
      const { room, server, wait } = yield* start(
        (seen) =>
          seen.text.includes("true")
            ? { json: { status: "complete_metadata", response_payload_size: 123_456 } }
            : { bytes },
        { inflight_response_bytes_semaphore_size: 150_000 }
      )
      yield* room.semaphore.take(100_000)
      const fiber = yield* Effect.forkChild(wait({ ...batch, expectedBytes: 2_000_000 }))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(server.seen.map(({ text }) => text), [`{"request_id":"r1","allow_metadata_only":true}`])
      yield* room.semaphore.release(100_000)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* Fiber.join(fiber), output)
      assert.strictEqual(server.seen[1]?.text, `{"request_id":"r1","allow_metadata_only":false}`)
      // All of it is given back.
      assert.isTrue(yield* Effect.map(room.semaphore.take(150_000), (taken) => taken === 150_000))
    }))

  it.effect("one larger than all there is takes all there is", () =>
    Effect.gen(function*() {
      const bytes = yield* encodeForwardBackwardOutput(output)
      const { wait } = yield* start((seen) =>
        seen.text.includes("true")
          ? { json: { status: "complete_metadata", response_payload_size: 10 ** 9 } }
          : { bytes }
      )
      assert.deepStrictEqual(yield* inTime(wait({ ...batch, expectedBytes: 2_000_000 })), output)
    }))
})
