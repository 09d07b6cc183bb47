import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeFakeTinker } from "./FakeTinker.ts"
import { scriptedFaults } from "./Faults.ts"
import { listen, startFakeTinker } from "./node.ts"

describe("the service behind a socket", () => {
  it.live("answers fetch under its prefix, and breaks connections", () =>
    Effect.gen(function*() {
      const service = yield* makeFakeTinker({
        baseUrl: "http://tinker.test/services/prod",
        faults: scriptedFaults([{ path: "/healthz", fault: { _tag: "Drop", when: "before" } }])
      })
      const { baseUrl } = yield* listen(service)
      const get = (path: string, headers: Record<string, string> = {}) =>
        Effect.tryPromise(() => fetch(`${baseUrl}/api/v1${path}`, { headers }))
      assert.instanceOf((yield* Effect.flip(get("/healthz"))).cause, TypeError)
      const health = yield* get("/healthz")
      assert.deepStrictEqual(yield* Effect.promise(() => health.json()), { status: "ok" })
      assert.strictEqual((yield* get("/get_server_capabilities")).status, 401)
      const post = yield* Effect.promise(() =>
        fetch(`${baseUrl}/api/v1/create_session`, {
          method: "POST",
          headers: { "x-api-key": service.apiKey, "content-type": "application/json" },
          body: JSON.stringify({ tags: ["t"], sdk_version: "0.25.0" })
        })
      )
      assert.include(JSON.stringify(yield* Effect.promise(() => post.json())), `"session_id":"s-1"`)
    }))

  it.live("is broken off by a caller who hangs up", () =>
    Effect.gen(function*() {
      const service = yield* makeFakeTinker({ latency: "1 hour" })
      const { baseUrl } = yield* listen(service)
      const controller = new AbortController()
      const call = fetch(`${baseUrl}/api/v1/healthz`, { signal: controller.signal })
      while ((yield* service.trace).length === 0) yield* Effect.promise(() => new Promise((done) => setImmediate(done)))
      controller.abort()
      const error = yield* Effect.flip(Effect.tryPromise(() => call))
      assert.strictEqual((error.cause as Error).name, "AbortError")
    }))

  it.live("starts and closes for those without Effect", () =>
    Effect.promise(async () => {
      const { baseUrl, close, service } = await startFakeTinker({ apiKey: "tml-x" })
      assert.strictEqual(service.apiKey, "tml-x")
      assert.strictEqual((await fetch(`${baseUrl}/api/v1/healthz`)).status, 200)
      await close()
      const failed = await fetch(`${baseUrl}/api/v1/healthz`).then(() => false, () => true)
      assert.isTrue(failed)
    }))
})
