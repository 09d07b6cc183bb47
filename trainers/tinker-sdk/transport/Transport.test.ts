import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { settings } from "../client/Options.ts"
import { BASE, type Handler, inTime, options, scripted } from "../test/Scripted.ts"
import { ClientConfig } from "../wire/index.ts"
import { type Call, makeHttp } from "./Http.ts"
import type { TinkerProgress } from "./Progress.ts"
import { makeTransport } from "./Transport.ts"

const call: Call = { operation: "optim_step", method: "POST", path: "/api/v1/optim_step", json: `{"a":1}` }

const start = (handler: Handler, flags: Partial<typeof ClientConfig.Type> = {}) =>
  Effect.gen(function*() {
    const server = scripted(handler)
    const read = yield* settings(options)
    const http = makeHttp(server.client, read, Effect.succeed(read.apiKey))
    return { server, transport: makeTransport(http, read, () => ({ ...ClientConfig.make({}), ...flags })) }
  })

const keys = (seen: ReadonlyArray<{ readonly headers: Readonly<Record<string, string | undefined>> }>) =>
  seen.map(({ headers }) => headers["x-idempotency-key"])

describe("requests", () => {
  it.effect("carry the key, the base path, and what the protocol wants", () =>
    Effect.gen(function*() {
      const { server, transport } = yield* start(() => ({ json: {} }))
      yield* transport.request({ ...call, query: { limit: "2" } })
      const [seen] = server.seen
      assert.strictEqual(seen?.url.href, `${BASE}/api/v1/optim_step?limit=2`)
      assert.strictEqual(seen?.text, `{"a":1}`)
      assert.strictEqual(seen?.headers["accept"], "application/json")
      assert.strictEqual(seen?.headers["content-type"], "application/json")
      assert.strictEqual(seen?.headers["x-stainless-retry-count"], "0")
      assert.strictEqual(seen?.headers["x-stainless-read-timeout"], "60")
      assert.match(
        seen?.headers["x-idempotency-key"] ?? "",
        /^tinker-sdk-retry-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab]/
      )
      assert.strictEqual(seen?.headers["authorization"], undefined)
      yield* transport.request({ ...call, method: "GET", json: undefined })
      assert.strictEqual(server.seen[1]?.headers["x-idempotency-key"], undefined)
    }))

  for (const slashes of ["", "/", "//"]) {
    it.effect(`a base address ending in "${slashes}" is joined correctly`, () =>
      Effect.gen(function*() {
        const read = yield* settings({ ...options, baseUrl: `${BASE}${slashes}` })
        assert.strictEqual(read.baseUrl, BASE)
      }))
  }

  it.effect("an empty base address is none; keys of others are refused before anything is sent", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* settings({ ...options, baseUrl: "" })).baseUrl.startsWith("https://tinker."), true)
      for (const key of ["", "tml-a b", "tml-a\n", "sk-123"]) {
        const error = yield* Effect.flip(settings({ apiKey: Redacted.make(key) }))
        assert.match(error.message, /TINKER_API_KEY/)
      }
      assert.match((yield* Effect.flip(settings({ ...options, baseUrl: "ftp://x" }))).message, /TINKER_BASE_URL/)
    }))
})

describe("the HTTP layer", () => {
  for (const status of [408, 429, 500, 502, 503, 599]) {
    it.effect(`repeats after ${status}, with the same idempotency key`, () =>
      Effect.gen(function*() {
        const { server, transport } = yield* start((_, nth) => nth < 3 ? { status } : { json: { ok: 1 } })
        const reply = yield* inTime(transport.request(call))
        assert.strictEqual(reply.status, 200)
        assert.deepStrictEqual(server.seen.map(({ headers }) => headers["x-stainless-retry-count"]), [
          "0",
          "1",
          "2",
          "3"
        ])
        assert.strictEqual(new Set(keys(server.seen)).size, 1)
      }))
  }

  for (const reaction of ["drop", "hang"] as const) {
    it.effect(`repeats after a connection that ${reaction === "drop" ? "breaks" : "is silent for 60 s"}`, () =>
      Effect.gen(function*() {
        const { server, transport } = yield* start((_, nth) => nth === 0 ? reaction : { json: {} })
        yield* inTime(transport.request(call))
        assert.strictEqual(server.seen.length, 2)
        assert.isAtLeast((server.seen[1]?.at ?? 0) - (server.seen[0]?.at ?? 0), reaction === "hang" ? 60_000 : 300)
      }))
  }

  it.effect("waits as long as Retry-After says", () =>
    Effect.gen(function*() {
      const { server, transport } = yield* start((_, nth) =>
        nth === 0
          ? { status: 429, headers: { "retry-after": "17" } }
          : nth === 1
          ? { status: 503, headers: { "retry-after-ms": "2500" } }
          : { json: {} }
      )
      yield* inTime(transport.request(call))
      assert.deepStrictEqual(server.seen.map(({ at }) => at - (server.seen[0]?.at ?? 0)), [0, 17_000, 19_500])
    }))

  for (const status of [400, 401, 403, 404, 413, 415, 422]) {
    it.effect(`does not repeat after ${status}`, () =>
      Effect.gen(function*() {
        const { server, transport } = yield* start(() => ({ status, json: { detail: "No." } }))
        const error = yield* Effect.flip(inTime(transport.request(call)))
        assert.strictEqual(server.seen.length, 1)
        assert.deepStrictEqual([error._tag, error.message.includes(`"No."`)], ["TinkerStatusError", true])
      }))
  }

  it.effect("obeys x-should-retry in both directions", () =>
    Effect.gen(function*() {
      const yes = yield* start((_, nth) =>
        nth === 0 ? { status: 400, json: {}, headers: { "x-should-retry": "true" } } : { json: {} }
      )
      yield* inTime(yes.transport.request(call))
      assert.strictEqual(yes.server.seen.length, 2)
      const no = yield* start(() => ({ status: 503, json: {}, headers: { "x-should-retry": "false" } }))
      yield* Effect.flip(inTime(no.transport.request(call)))
      assert.strictEqual(no.server.seen.length, 1)
    }))

  it.effect("asks three times about a conflict", () =>
    Effect.gen(function*() {
      const { server, transport } = yield* start(() => ({ status: 409, json: { detail: "exists" } }))
      const error = yield* Effect.flip(inTime(transport.request(call)))
      assert.strictEqual(server.seen.length, 3)
      assert.match(error.message, /409, "exists".*name or number is taken/)
      const outer = yield* start(() => ({ status: 409, json: { detail: "exists" } }))
      yield* Effect.flip(inTime(outer.transport.request(call, { httpRetries: 0 })))
      assert.strictEqual(outer.server.seen.length, 3)
    }))

  it.effect("follows redirections on the same host, never to another", () =>
    Effect.gen(function*() {
      const near = yield* start((seen) =>
        seen.path === "optim_step"
          ? { status: 307, headers: { location: `${BASE}/api/v1/moved` } }
          : { json: {} }
      )
      yield* near.transport.request(call)
      assert.deepStrictEqual(near.server.seen.map(({ method, path, text }) => [method, path, text]), [
        ["POST", "optim_step", `{"a":1}`],
        ["POST", "moved", `{"a":1}`]
      ])
      const far = yield* start(() => ({ status: 302, headers: { location: "https://elsewhere.test/x" } }))
      const error = yield* Effect.flip(inTime(far.transport.request(call)))
      assert.match(error.message, /redirects to https:\/\/elsewhere.test/)
      assert.isTrue(far.server.seen.every(({ url }) => url.host === "tinker.test"))
    }))
})

describe("the outer loop", () => {
  it.effect("goes on after ten retries of the HTTP layer, with a new idempotency key", () =>
    Effect.gen(function*() {
      const { server, transport } = yield* start((_, nth) => nth < 15 ? { status: 503 } : { json: {} })
      yield* inTime(transport.request(call))
      assert.strictEqual(server.seen.length, 16)
      const found = keys(server.seen)
      assert.deepStrictEqual([new Set(found.slice(0, 11)).size, new Set(found.slice(11)).size], [1, 1])
      assert.notStrictEqual(found[0], found[11])
    }))

  it.effect("waits 1, 2, 4 … 30 s and gives up within 5 minutes", () =>
    Effect.gen(function*() {
      const { server, transport } = yield* start(() => "drop")
      const error = yield* Effect.flip(inTime(transport.request(call, { httpRetries: 0 })))
      const at = server.seen.map((one) => one.at)
      assert.deepStrictEqual(at.slice(1).map((time, index) => (time - (at[index] ?? 0)) / 1000).slice(0, 7), [
        1,
        2,
        4,
        8,
        16,
        30,
        30
      ])
      assert.isAtMost((at.at(-1) ?? 0) - (at[0] ?? 0), 300_000)
      assert.match(error.message, /could not be reached .*ECONNRESET.*Check the network/)
    }))

  it.effect("402 pauses 5 s a time, within the window of the service", () =>
    Effect.gen(function*() {
      const told: Array<TinkerProgress> = []
      const { server, transport } = yield* start((_, nth) => nth < 4 ? { status: 402, json: {} } : { json: {} })
      yield* inTime(transport.request(call, {
        observe: (progress) => Effect.sync(() => told.push(progress))
      }))
      assert.deepStrictEqual(server.seen.map(({ at }) => (at - (server.seen[0]?.at ?? 0)) / 1000), [0, 5, 10, 15, 20])
      assert.deepStrictEqual(told[0], { _tag: "Paused", operation: "optim_step", delayMs: 5000, reason: "billing" })

      const never = yield* start(() => ({ status: 402, json: { detail: "no credit" } }), {
        billing_exception_max_pause_duration_sec: 20
      })
      const error = yield* Effect.flip(inTime(never.transport.request(call)))
      assert.strictEqual(never.server.seen.length, 5)
      assert.match(error.message, /no credit.*means of payment/)
    }))

  it.effect("an empty 400 is a proxy's: sixteen more tries", () =>
    Effect.gen(function*() {
      const { server, transport } = yield* start(() => ({ status: 400, headers: { "content-length": "0" } }))
      const error = yield* Effect.flip(inTime(transport.request(call)))
      assert.strictEqual(server.seen.length, 17)
      assert.strictEqual(error._tag, "TinkerStatusError")
    }))
})
