import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import { inspect } from "node:util"
import { make } from "../client/TinkerClient.ts"
import { optionsConfig, TinkerClient, type TinkerProgress } from "../index.ts"
import { BASE, connect, inTime, KEY, options, type Reaction, scripted, withSession } from "./Scripted.ts"

const HEADER = "proxy-secret-9876543210"

const shown = (value: unknown): string =>
  [
    inspect(value, { depth: 8, showHidden: true }),
    JSON.stringify(value),
    String(value),
    value instanceof Error ? `${value.message}\n${value.stack}` : ""
  ].join("\n")

const hides = (value: unknown, where: string) => {
  const text = shown(value)
  assert.isFalse(text.includes(KEY), where)
  assert.isFalse(text.includes(HEADER), where)
}

/** A server that repeats what it got, as badly written ones do. */
const echoes: ReadonlyArray<Reaction> = [
  ...[400, 401, 402, 403, 404, 409, 410, 422, 429, 500].map((status): Reaction => ({
    status,
    json: { detail: `bad key ${KEY} behind ${HEADER}` }
  })),
  { json: { error: `key ${KEY} is wrong`, category: "user" } },
  { text: `not json ${KEY}` },
  "drop"
]

describe("the key", () => {
  it.effect("is in no error, cause, log or progress", () =>
    Effect.gen(function*() {
      const lines: Array<unknown> = []
      const logger = Logger.make(({ cause, message }) => {
        lines.push(message, cause)
      })
      const told: Array<TinkerProgress> = []
      for (const [index, reaction] of echoes.entries()) {
        for (
          const at of ["retrieve_future", (["create_session", "create_model", "session_heartbeat"] as const)[index % 3]]
        ) {
          const server = scripted((seen, nth) =>
            seen.path === at
              ? reaction
              : withSession(() => ({ json: { request_id: "r" } }))(seen, nth)
          )
          const run = Effect.gen(function*() {
            const client = yield* connect(server, { headers: { "cf-access-client-secret": Redacted.make(HEADER) } })
            yield* Effect.sleep("3 minutes")
            return yield* client.createTrainingClient({
              baseModel: "b",
              deadline: "2 minutes",
              onProgress: (progress) => Effect.sync(() => told.push(progress))
            })
          })
          const exit = yield* Effect.exit(
            inTime(Effect.scoped(run), "5 minutes").pipe(Effect.provide(Logger.layer([logger])))
          )
          if (Exit.isFailure(exit)) {
            hides(exit.cause, `${at} ${JSON.stringify(reaction)}`)
            hides(Cause.pretty(exit.cause), `${at} ${JSON.stringify(reaction)}`)
            hides(Cause.squash(exit.cause), `${at} ${JSON.stringify(reaction)}`)
          }
          assert.strictEqual(server.seen[0]?.headers["x-api-key"], KEY)
        }
      }
      hides(lines, "the log")
      hides(told, "the progress")
      assert.isAbove(lines.length, 0)
      assert.isAbove(told.length, 10)
    }))

  it.effect("is not in what a client looks like, nor in a failure that names the request's headers", () =>
    Effect.gen(function*() {
      const server = scripted(withSession(() => ({ status: 404 })))
      hides(yield* connect(server), "the client")
      hides(options, "the options")
      const talkative = HttpClient.make((request) =>
        Effect.fail(
          new HttpClientError.HttpClientError({
            reason: new HttpClientError.TransportError({
              request,
              cause: new TypeError(`Headers.append: "${request.headers["x-api-key"]}" is an invalid header value.`)
            })
          })
        )
      )
      const failing = Effect.provideService(make(options), HttpClient.HttpClient, talkative)
      const error = yield* Effect.flip(inTime(Effect.scoped(failing), "1 minute"))
      hides(error, "the failure")
      assert.match(error.message, /<redacted>/)
    }))
})

describe("options from the environment", () => {
  const server = () => scripted(withSession(() => ({ status: 404 })))
  const environment = {
    TINKER_API_KEY: KEY,
    TINKER_BASE_URL: `${BASE}/`,
    TINKER_TAGS: "a, b,,",
    TINKER_PROJECT_ID: "p",
    CLOUDFLARE_ACCESS_CLIENT_ID: "id",
    CLOUDFLARE_ACCESS_CLIENT_SECRET: HEADER
  }

  it.effect("are read, and used by the layer", () =>
    Effect.gen(function*() {
      const one = server()
      const read = yield* optionsConfig
      hides(read, "the options")
      yield* Effect.asVoid(TinkerClient).pipe(
        Effect.provide(Layer.provide(TinkerClient.layerConfig, Layer.succeed(HttpClient.HttpClient, one.client)))
      )
      const [first] = one.seen
      assert.strictEqual(first?.url.href, `${BASE}/api/v1/client/config`)
      assert.strictEqual(first?.headers["x-api-key"], KEY)
      assert.strictEqual(first?.headers["cf-access-client-id"], "id")
      assert.strictEqual(first?.headers["cf-access-client-secret"], HEADER)
      assert.strictEqual(
        one.to("create_session")[0]?.text,
        `{"tags":["a","b"],"sdk_version":"0.25.0","project_id":"p","type":"create_session"}`
      )
    }).pipe(Effect.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(environment)))))
})
