import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { connect, type Handler, inTime, KEY, scripted, withSession } from "../test/Scripted.ts"

const nothing: Handler = () => ({ status: 404, json: { detail: "Not Found" } })

const token = (end: number): string =>
  `eyJhbGciOiJub25lIn0.${Buffer.from(JSON.stringify({ exp: end / 1000 })).toString("base64url")}.x`

describe("a session", () => {
  it.effect("asks for the flags, opens, says who it is", () =>
    Effect.gen(function*() {
      const server = scripted(withSession(nothing))
      const client = yield* connect(server, { tags: ["tui"] })
      assert.strictEqual(client.sessionId, "s-1")
      assert.deepStrictEqual(server.seen.slice(0, 2).map(({ path, text }) => [path, text]), [
        ["client/config", `{"sdk_version":"0.25.0"}`],
        ["create_session", `{"tags":["tui"],"sdk_version":"0.25.0","type":"create_session"}`]
      ])
    }))

  it.effect("sends project and user data where they are given", () =>
    Effect.gen(function*() {
      const server = scripted(withSession(nothing))
      yield* connect(server, { projectId: "p", userMetadata: { a: 1 }, protocolVersion: "0.31.0" })
      assert.strictEqual(
        server.to("create_session")[0]?.text,
        `{"tags":[],"user_metadata":{"a":1},"sdk_version":"0.31.0","project_id":"p","type":"create_session"}`
      )
    }))

  it.effect("beats every 10 s until it closes, then says farewell", () =>
    Effect.gen(function*() {
      const server = scripted(withSession(nothing))
      const scope = yield* Scope.make()
      yield* Scope.provide(connect(server), scope)
      yield* TestClock.adjust("35 seconds")
      assert.deepStrictEqual(server.to("session_heartbeat").map(({ at, text }) => [at, text]), [
        [10_000, `{"session_id":"s-1","type":"session_heartbeat"}`],
        [20_000, `{"session_id":"s-1","type":"session_heartbeat"}`],
        [30_000, `{"session_id":"s-1","type":"session_heartbeat"}`]
      ])
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(server.to("sessions/s-1/finish").map(({ text }) => text), [
        `{"reason":{"type":"success"}}`
      ])
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(server.to("session_heartbeat").length, 3)
    }))

  it.effect("closes also where nobody listens any more", () =>
    Effect.gen(function*() {
      const server = scripted((seen, nth) =>
        seen.path.startsWith("sessions") ? "hang" : withSession(nothing)(seen, nth)
      )
      const scope = yield* Scope.make()
      yield* Scope.provide(connect(server), scope)
      yield* inTime(Scope.close(scope, Exit.fail("trouble")))
      assert.deepStrictEqual(server.to("sessions/s-1/finish").map(({ text }) => text), [
        `{"reason":{"type":"errored"}}`
      ])
    }))

  for (const status of [404, 410]) {
    it.effect(`is lost when a heartbeat is answered ${status}, and says so to everybody who waits`, () =>
      Effect.gen(function*() {
        const server = scripted((seen, nth) =>
          seen.path === "session_heartbeat"
            ? { status, json: { detail: "Session not found" } }
            : seen.path === "create_model" || seen.path === "asample"
            ? { json: { request_id: "r1" } }
            : seen.path === "create_sampling_session"
            ? { json: { sampling_session_id: "s-1:sample:0" } }
            : seen.path === "retrieve_future"
            ? "hang"
            : withSession(nothing)(seen, nth)
        )
        const scope = yield* Scope.make()
        const client = yield* Scope.provide(connect(server), scope)
        const sampling = yield* client.createSamplingClient({ baseModel: "b" })
        const waiting = yield* Effect.forkChild(
          Effect.flip(sampling.sample({ chunks: [{ type: "encoded_text", tokens: [1] }] }, { maxTokens: 1 })),
          { startImmediately: true }
        )
        // Something new is made in another session; when that is lost as well, so be it.
        const error = yield* Effect.flip(inTime(client.createTrainingClient({ baseModel: "b" })))
        for (const one of [error, yield* Fiber.join(waiting)]) {
          assert.strictEqual(one._tag, "TinkerSessionLost")
          assert.match(one.message, /s-1 has ended \(Session not found\).*load the last checkpoint/)
        }
        assert.strictEqual(server.to("create_session").length, 2)
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(server.to("session_heartbeat").length, 2)
        yield* Scope.close(scope, Exit.void)
        assert.strictEqual(server.to("sessions/s-1/finish").length, 0)
      }))
  }

  it.effect("tells when no heartbeat got through for two minutes, and goes on", () =>
    Effect.gen(function*() {
      const server = scripted((seen, nth) =>
        seen.path === "session_heartbeat" ? (nth < 30 ? "hang" : { json: {} }) : withSession(nothing)(seen, nth)
      )
      const client = yield* connect(server)
      const heard = yield* Effect.forkChild(
        Stream.runCollect(Stream.take(Stream.filter(client.progress, ({ _tag }) => _tag === "HeartbeatMissing"), 1)),
        { startImmediately: true }
      )
      yield* TestClock.adjust("3 minutes")
      const [missing] = yield* Fiber.join(heard)
      assert.strictEqual(missing?._tag === "HeartbeatMissing" && missing.sinceMs >= 120_000, true)
      yield* TestClock.adjust("10 minutes")
      assert.isAbove(server.to("session_heartbeat").length, 30)
    }))

  it.effect("passes on what the service says, and fails where it refuses the version", () =>
    Effect.gen(function*() {
      const refusing = scripted((seen, nth) =>
        seen.path === "create_session"
          ? { json: { session_id: "s-1", error_message: "Please upgrade" } }
          : withSession(nothing)(seen, nth)
      )
      const error = yield* Effect.flip(connect(refusing))
      assert.match(error.message, /Please upgrade/)
    }))

  it.effect("tells while it opens that nothing answers, at the first try already, and later of every question", () =>
    Effect.gen(function*() {
      const heard: Array<string> = []
      let drops = 2
      const server = scripted((seen, nth) => {
        if (!/config|capabilities/.test(seen.path) || drops === 0) return withSession(nothing)(seen, nth)
        drops -= 1
        return "drop"
      })
      const client = yield* inTime(connect(server, {
        onProgress: (progress) =>
          Effect.sync(() => {
            if (progress._tag === "Retrying") heard.push(`${progress.operation} ${progress.attempt}`)
          })
      }))
      assert.deepStrictEqual(heard, ["client_config 1", "client_config 2"])
      drops = 1
      yield* Effect.exit(inTime(client.capabilities))
      assert.strictEqual(heard[2], "get_server_capabilities 1")
    }))

  it.effect("opens within the deadline, or says that it did not", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(inTime(connect(scripted(() => "drop"), { deadline: "20 seconds" })))
      assert.match(error.message, /^client_config: no result after 20 s/)
    }))

  it.effect("a wrong key is told at once", () =>
    Effect.gen(function*() {
      const server = scripted(() => ({ status: 401, json: { detail: "Unable to validate credential" } }))
      const error = yield* Effect.flip(connect(server))
      assert.match(error.message, /401, "Unable to validate credential".*TINKER_API_KEY/)
      assert.strictEqual(server.seen.length, 1)
    }))
})

describe("tokens instead of the key", () => {
  it.effect("are fetched with the key, used, and renewed five minutes before their end", () =>
    Effect.gen(function*() {
      const first = token(1_000_000)
      const second = token(9_000_000)
      const server = scripted((seen, nth) =>
        seen.path === "client/config"
          ? { json: { pjwt_auth_enabled: true } }
          : seen.path === "auth/token"
          ? nth === 1 ? { status: 401 } : { json: { jwt: nth === 0 ? first : second } }
          : withSession(nothing)(seen, nth)
      )
      yield* connect(server)
      assert.deepStrictEqual(server.seen.slice(0, 3).map(({ headers, path }) => [path, headers["x-api-key"]]), [
        ["client/config", KEY],
        ["auth/token", KEY],
        ["create_session", first]
      ])
      // The renewal at 700 s is refused, once and without a second try; the next is a minute later.
      yield* TestClock.adjust("699 seconds")
      assert.strictEqual(server.to("auth/token").length, 1)
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual(server.to("auth/token").slice(0, 2).map(({ at }) => at), [0, 700_000])
      yield* TestClock.adjust("3 minutes")
      assert.strictEqual(server.to("session_heartbeat").at(-1)?.headers["x-api-key"], second)
    }))
})
