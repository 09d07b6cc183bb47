import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { float32, type TinkerOptions, type TinkerProgress, tokens } from "../index.ts"
import { connect, type Handler, inTime, type Reaction, scripted, type Seen, withSession } from "../test/Scripted.ts"
import { encodeSampleResult, type SampleResult } from "../wire/index.ts"

const PROMPT = [151_644, 872, 198, 13_048, 151_645, 198, 151_644, 77_091, 198]
const PATH = "tinker://s-1:train:0/sampler_weights/000010"

const result: SampleResult = {
  type: "sample",
  sequences: [{ stop_reason: "stop", tokens: [13_048, 151_645], logprobs: [-0.5, -0.25] }],
  prompt_logprobs: null
}

/** `more` answers first; 404 leaves it to the others. */
const sampler = (more: Handler = () => ({ status: 404 }), config: Record<string, unknown> = {}): Handler => {
  let submissions = 0
  return (seen, nth) =>
    Effect.gen(function*() {
      const found = more(seen, nth)
      const special: Reaction = Effect.isEffect(found) ? yield* found : found
      if (special === "drop" || special === "hang" || special.status !== 404) return special
      switch (seen.path) {
        case "client/config":
          return { json: config }
        case "create_sampling_session":
          return { json: { type: "create_sampling_session", sampling_session_id: "s-1:sample:0" } }
        case "asample":
          return { status: 202, json: { request_id: `r${submissions++}`, sample_sequence_ids: ["q1"] } }
        case "retrieve_future":
          return { json: result }
        default: {
          const usual = withSession(() => ({ status: 404, json: { detail: "Not Found" } }))(seen, nth)
          return Effect.isEffect(usual) ? yield* usual : usual
        }
      }
    })
}

const open = (handler: Handler, options?: Partial<TinkerOptions>) =>
  Effect.gen(function*() {
    const server = scripted(handler)
    const client = yield* connect(server, options)
    const sampling = yield* client.createSamplingClient({ path: PATH })
    return { server, client, sampling }
  })

const body = (seen: Seen | undefined): Record<string, unknown> => JSON.parse(seen?.text ?? "{}")
const numbers = (seen: ReadonlyArray<Seen>) => seen.map((one) => body(one)["seq_id"])

describe("a sampling client", () => {
  it.effect("is made of weights or of a base model, and numbered with the ephemeral ones", () =>
    Effect.gen(function*() {
      const { client, sampling, server } = yield* open(sampler())
      yield* client.createSamplingClient({ baseModel: "b" })
      assert.strictEqual(sampling.id, "s-1:sample:0")
      assert.deepStrictEqual(server.to("create_sampling_session").map(({ text }) => text), [
        `{"session_id":"s-1","sampling_session_seq_id":0,"model_path":"${PATH}","type":"create_sampling_session"}`,
        `{"session_id":"s-1","sampling_session_seq_id":1,"base_model":"b","type":"create_sampling_session"}`
      ])
    }))

  it.effect("asks as the protocol says", () =>
    Effect.gen(function*() {
      const { sampling, server } = yield* open(sampler((seen) =>
        seen.path === "retrieve_future"
          ? { json: { ...result, prompt_logprobs: [null, ...PROMPT.slice(1).map(() => -1.5)] } }
          : { status: 404 }
      ))
      const samples = yield* sampling.sample(
        tokens(PROMPT),
        { maxTokens: 16, seed: 7, stop: [151_645] },
        { numSamples: 2, promptLogprobs: true }
      )
      assert.strictEqual(
        server.to("asample")[0]?.text,
        `{"num_samples":2,"prompt":{"chunks":[{"type":"encoded_text","tokens":[151644,872,198,13048,151645,198,151644,77091,198]}]},"sampling_params":{"max_tokens":16,"seed":7,"stop":[151645],"temperature":1,"top_k":-1,"top_p":1},"sampling_session_id":"s-1:sample:0","seq_id":0,"prompt_logprobs":true,"topk_prompt_logprobs":0,"type":"sample"}`
      )
      assert.strictEqual(server.to("asample")[0]?.headers["x-tinker-sampling-backpressure"], "1")
      assert.deepStrictEqual(samples, {
        sequences: [{ tokens: [13_048, 151_645], logprobs: [-0.5, -0.25], stopReason: "stop", topKLogprobs: null }],
        promptLogprobs: [null, -1.5, -1.5, -1.5, -1.5, -1.5, -1.5, -1.5, -1.5],
        topKPromptLogprobs: null,
        targetPromptLogprobs: null,
        promptCacheHitTokens: 0
      })
      yield* sampling.sample(tokens([1]), { maxTokens: 1 })
      assert.deepStrictEqual(numbers(server.to("asample")), [0, 1])
    }))

  it.effect("refuses an empty prompt before anything is sent", () =>
    Effect.gen(function*() {
      const { sampling, server } = yield* open(sampler())
      assert.strictEqual((yield* Effect.flip(sampling.sample(tokens([]), { maxTokens: 1 })))._tag, "TinkerInputError")
      assert.strictEqual(server.to("asample").length, 0)
    }))
})

describe("probabilities", () => {
  for (const logprobs of [[null, -1.5, -2], [-1.5, -2]]) {
    it.effect(`of a prompt of three are three, also when the server sends ${logprobs.length}`, () =>
      Effect.gen(function*() {
        const { sampling, server } = yield* open(
          sampler((seen) =>
            seen.path === "retrieve_future" ? { json: { ...result, prompt_logprobs: logprobs } } : { status: 404 }
          )
        )
        assert.deepStrictEqual(yield* sampling.computeLogprobs(tokens([1, 2, 3])), [null, -1.5, -2])
        const sent = body(server.to("asample")[0])
        assert.deepStrictEqual(
          [
            sent["num_samples"],
            sent["prompt_logprobs"],
            (sent["sampling_params"] as { max_tokens: number }).max_tokens
          ],
          [1, true, 1]
        )
      }))
  }

  it.effect("of the K best ids, in binary", () =>
    Effect.gen(function*() {
      const bytes = yield* encodeSampleResult({
        ...result,
        prompt_logprobs: [null, -1.5, -2],
        topk_prompt_logprobs: [null, [[7, -0.25], [8, -1.5]], [[9, -0.5]]]
      })
      const { sampling, server } = yield* open(
        sampler((seen) => seen.path === "retrieve_future" ? { bytes } : { status: 404 })
      )
      const { topKPromptLogprobs } = yield* sampling.topKLogprobs(tokens([1, 2, 3]), 2)
      assert.deepStrictEqual(topKPromptLogprobs, [null, [[7, -0.25], [8, -1.5]], [[9, -0.5]]])
      assert.strictEqual(body(server.to("asample")[0])["topk_prompt_logprobs"], 2)
    }))

  it.effect("of ids of one's own choice", () =>
    Effect.gen(function*() {
      const { sampling, server } = yield* open(sampler((seen) =>
        seen.path === "retrieve_future"
          ? {
            json: {
              ...result,
              prompt_logprobs: [null, -1, -2],
              target_prompt_logprobs: float32([-1, -2, -3, -99_999], [2, 2])
            }
          }
          : { status: 404 }
      ))
      assert.deepStrictEqual(yield* sampling.scoreIds(tokens([1, 2, 3]), [[4, 5], [6, -1]]), [[-1, -2], [-3, null]])
      assert.deepStrictEqual(body(server.to("asample")[0])["target_prompt_logprobs"], {
        data: [4, 5, 6, -1],
        dtype: "int64",
        shape: [2, 2]
      })
      const error = yield* Effect.flip(sampling.scoreIds(tokens([1, 2, 3]), [[4]]))
      assert.match(error.message, /2 rows of ids/)
    }))

  it.effect("that the server does not know of are told", () =>
    Effect.gen(function*() {
      const { sampling } = yield* open(sampler())
      for (
        const ask of [
          Effect.asVoid(sampling.computeLogprobs(tokens([1]))),
          Effect.asVoid(sampling.topKLogprobs(tokens([1]), 3)),
          Effect.asVoid(sampling.scoreIds(tokens([1, 2]), [[4]]))
        ]
      ) {
        assert.strictEqual((yield* Effect.flip(ask))._tag, "TinkerProtocolError")
      }
    }))
})

describe("sampling in trouble", () => {
  for (const [length, pause] of [[3, 1], [14_000, 5]] as const) {
    it.effect(`429 pauses the whole client for ${pause} s after a prompt of ${length}, then asks the same again`, () =>
      Effect.gen(function*() {
        const told: Array<TinkerProgress> = []
        const { sampling, server } = yield* open(
          sampler((seen, nth) =>
            seen.path === "asample" && nth === 0 ? { status: 429, json: { detail: "slow down" } } : { status: 404 }
          )
        )
        const prompt = tokens(Array.from({ length }, () => 1))
        const first = yield* Effect.forkChild(
          sampling.sample(prompt, { maxTokens: 1 }, { onProgress: (one) => Effect.sync(() => told.push(one)) }),
          { startImmediately: true }
        )
        const second = yield* Effect.forkChild(sampling.sample(tokens([1]), { maxTokens: 1 }))
        yield* TestClock.adjust("20 seconds")
        yield* Fiber.join(first)
        yield* Fiber.join(second)
        const sent = server.to("asample")
        assert.deepStrictEqual(sent.map(({ at }) => at / 1000), [0, pause, pause])
        const again = sent.filter((one) => body(one)["seq_id"] === 0)
        assert.strictEqual(again.length, 2)
        assert.strictEqual(again[0]?.text, again[1]?.text)
        assert.deepStrictEqual(told[0], {
          _tag: "Paused",
          operation: "sample",
          delayMs: pause * 1000,
          reason: "throttled"
        })
      }))
  }

  it.effect("402 pauses, within the window, and asks the same again", () =>
    Effect.gen(function*() {
      const { sampling, server } = yield* open(
        sampler((seen, nth) => seen.path === "asample" && nth < 2 ? { status: 402, json: {} } : { status: 404 })
      )
      yield* inTime(sampling.sample(tokens([1]), { maxTokens: 1 }))
      assert.deepStrictEqual(server.to("asample").map(({ at }) => at / 1000), [0, 5, 10])
      assert.strictEqual(new Set(server.to("asample").map(({ text }) => text)).size, 1)
    }))

  it.effect("lost connections, 5xx and proxies' 400s ask the same again, each as a request of its own", () =>
    Effect.gen(function*() {
      const troubles: ReadonlyArray<Reaction> = [
        "drop",
        { status: 503 },
        { status: 400, headers: { "content-length": "0" } },
        { status: 408 },
        "hang"
      ]
      const { sampling, server } = yield* open(
        sampler((seen, nth) => seen.path === "asample" ? troubles[nth] ?? { status: 404 } : { status: 404 })
      )
      yield* inTime(sampling.sample(tokens([1]), { maxTokens: 1 }))
      assert.deepStrictEqual(numbers(server.to("asample")), [0, 0, 0, 0, 0, 0])
      assert.strictEqual(new Set(server.to("asample").map(({ headers }) => headers["x-idempotency-key"])).size, 6)
    }))

  it.effect("an expired result starts the sampling over, under the next number", () =>
    Effect.gen(function*() {
      const { sampling, server } = yield* open(
        sampler((seen, nth) => seen.path === "retrieve_future" && nth === 0 ? { status: 410 } : { status: 404 })
      )
      yield* inTime(sampling.sample(tokens([1]), { maxTokens: 1 }))
      assert.deepStrictEqual(numbers(server.to("asample")), [0, 1])
      assert.deepStrictEqual(server.to("retrieve_future").map((one) => body(one)["request_id"]), ["r0", "r1"])
    }))

  it.effect("a failure is raised, not repeated", () =>
    Effect.gen(function*() {
      const { sampling, server } = yield* open(sampler((seen) =>
        seen.path === "retrieve_future" ? { json: { error: "prompt too long", category: "user" } } : { status: 404 }
      ))
      const error = yield* Effect.flip(sampling.sample(tokens([1]), { maxTokens: 1 }))
      assert.match(error.message, /prompt too long.*Correct the request/)
      assert.strictEqual(server.to("asample").length, 1)
    }))

  it.effect("the deadline holds from the call to the result", () =>
    Effect.gen(function*() {
      const { sampling } = yield* open(sampler((seen) => seen.path === "asample" ? "drop" : { status: 404 }))
      const error = yield* Effect.flip(inTime(sampling.sample(tokens([1]), { maxTokens: 1 }, { deadline: "1 minute" })))
      assert.strictEqual(error._tag, "TinkerTimeoutError")
    }))

  it.effect("gives up when nothing came back for two hours", () =>
    Effect.gen(function*() {
      const { sampling } = yield* open(
        sampler((seen) => seen.path === "asample" ? "hang" : { status: 404 }),
        { deadline: "10 hours" }
      )
      const error = yield* Effect.flip(inTime(sampling.sample(tokens([1]), { maxTokens: 1 }), "5 minutes"))
      assert.strictEqual(error._tag, "TinkerConnectionError")
    }))

  for (const enabled of [true, false]) {
    it.effect(`interruption stops the polling${enabled ? " and cancels, where the service can" : ""}`, () =>
      Effect.gen(function*() {
        const { sampling, server } = yield* open(sampler((seen) =>
          seen.path === "retrieve_future"
            ? "hang"
            : seen.path === "client/dynamic_config"
            ? { json: { sample_cancel_enabled: enabled } }
            : seen.path === "cancel_future"
            ? { status: 204 }
            : { status: 404 }
        ))
        const fiber = yield* Effect.forkChild(sampling.sample(tokens([1]), { maxTokens: 1 }), {
          startImmediately: true
        })
        yield* TestClock.adjust("50 seconds")
        yield* Fiber.interrupt(fiber)
        const polls = server.to("retrieve_future").length
        yield* TestClock.adjust("10 minutes")
        assert.strictEqual(server.to("retrieve_future").length, polls)
        assert.deepStrictEqual(
          server.to("cancel_future").map(({ text }) => text),
          enabled ? [`{"request_id":"r0"}`] : []
        )
      }))
  }
})

describe("back-pressure", () => {
  const counting = (limit: (seen: Seen, flying: number) => void) => {
    let flying = 0
    return (seen: Seen, path: string): Reaction | Effect.Effect<Reaction> =>
      seen.path !== path ? { status: 404 } : Effect.gen(function*() {
        flying++
        limit(seen, flying)
        yield* Effect.sleep("1 second")
        flying--
        return { status: 404 }
      })
  }

  it.effect("400 submissions at once; ten while throttled", () =>
    Effect.gen(function*() {
      let most = 0
      let throttledMost = 0
      let throttle = true
      const count = counting((_, flying) => {
        if (throttle) most = Math.max(most, flying)
        else throttledMost = Math.max(throttledMost, flying)
      })
      const { sampling } = yield* open(sampler((seen) => count(seen, "asample")))
      const many = (n: number) =>
        Effect.all(Array.from({ length: n }, () => sampling.sample(tokens([1]), { maxTokens: 1 })), {
          concurrency: "unbounded",
          discard: true
        })
      yield* inTime(many(450))
      assert.strictEqual(most, 400)
      throttle = false
      const throttled = yield* open(
        sampler((seen, nth) => seen.path === "asample" && nth === 0 ? { status: 429 } : count(seen, "asample"))
      )
      yield* inTime(throttled.sampling.sample(tokens([1]), { maxTokens: 1 }))
      yield* inTime(Effect.all(
        Array.from({ length: 30 }, () => throttled.sampling.sample(tokens([1]), { maxTokens: 1 })),
        { concurrency: "unbounded", discard: true }
      ))
      assert.strictEqual(throttledMost, 10)
    }))

  it.effect("bounds the bytes of prompts on their way, and the samples under way", () =>
    Effect.gen(function*() {
      let most = 0
      const count = counting((_, flying) => {
        most = Math.max(most, flying)
      })
      const bytes = yield* open(
        sampler((seen) => count(seen, "asample"), { sample_dispatch_bytes_semaphore_size: 100 })
      )
      const five = (sampling: typeof bytes.sampling) =>
        Effect.all(Array.from({ length: 5 }, () => sampling.sample(tokens([1, 2, 3, 4]), { maxTokens: 1 })), {
          concurrency: "unbounded",
          discard: true
        })
      yield* inTime(five(bytes.sampling))
      assert.strictEqual(most, 2)
      most = 0
      const flying = yield* open(
        sampler((seen) => count(seen, "retrieve_future"), { sample_max_concurrent_requests: 3 })
      )
      yield* inTime(five(flying.sampling))
      assert.strictEqual(most, 3)
    }))
})
