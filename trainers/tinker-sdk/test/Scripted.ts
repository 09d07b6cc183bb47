/** A server that answers what a test tells it to. */
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { make } from "../client/TinkerClient.ts"
import type { TinkerOptions } from "../index.ts"

export const KEY = "tml-very-secret-0123456789"
export const BASE = "https://tinker.test/services/tinker-prod"

export interface Seen {
  readonly method: string
  /** Behind `/api/v1/`. */
  readonly path: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly text: string
  readonly bytes: Uint8Array
  /** Milliseconds of the test's clock. */
  readonly at: number
}

export interface Answer {
  readonly status?: number
  readonly json?: unknown
  readonly bytes?: Uint8Array
  readonly text?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** "drop" breaks the connection, "hang" never answers. */
export type Reaction = Answer | "drop" | "hang"

export type Handler = (seen: Seen, nth: number) => Reaction | Effect.Effect<Reaction>

const asResponse = (answer: Answer): Response => {
  const bytes = answer.bytes ?? (answer.json === undefined
    ? new TextEncoder().encode(answer.text ?? "")
    : new TextEncoder().encode(JSON.stringify(answer.json)))
  const status = answer.status ?? 200
  const empty = status === 204 || (status >= 300 && status < 400)
  return new Response(empty ? null : Uint8Array.from(bytes), {
    status,
    headers: {
      ...(answer.bytes === undefined
        ? { "content-type": "application/json" }
        : { "content-type": "application/x-protobuf" }),
      ...answer.headers
    }
  })
}

export interface Scripted {
  readonly client: HttpClient.HttpClient
  readonly seen: ReadonlyArray<Seen>
  /** The requests to one path. */
  readonly to: (path: string) => ReadonlyArray<Seen>
}

export const scripted = (handler: Handler): Scripted => {
  const seen: Array<Seen> = []
  const client = HttpClient.make((request, url) =>
    Effect.gen(function*() {
      const bytes = request.body._tag === "Uint8Array" ? request.body.body : new Uint8Array()
      const at = yield* Clock.currentTimeMillis
      const one: Seen = {
        method: request.method,
        path: url.pathname.replace(/^.*\/api\/v1\//, ""),
        url,
        headers: request.headers,
        text: new TextDecoder().decode(bytes),
        bytes,
        at
      }
      const nth = seen.filter(({ path }) => path === one.path).length
      seen.push(one)
      const found = handler(one, nth)
      const reaction = Effect.isEffect(found) ? yield* found : found
      if (reaction === "hang") return yield* Effect.never
      if (reaction === "drop") {
        return yield* new HttpClientError.HttpClientError({
          reason: new HttpClientError.TransportError({
            request,
            cause: new TypeError("fetch failed", { cause: new Error("ECONNRESET") })
          })
        })
      }
      return HttpClientResponse.fromWeb(request, asResponse(reaction))
    })
  )
  return { client, seen, to: (wanted) => seen.filter(({ path }) => path === wanted) }
}

/** Answers what every client asks first, and leaves the rest to the test. */
export const withSession = (handler: Handler): Handler => (seen, nth) => {
  switch (seen.path) {
    case "client/config":
    case "client/dynamic_config":
      return { status: 404, json: { detail: "Not Found" } }
    case "create_session":
      return { json: { type: "create_session", session_id: "s-1" } }
    case "session_heartbeat":
      return { json: { type: "session_heartbeat" } }
    case "sessions/s-1/finish":
      return { json: {} }
    default:
      return handler(seen, nth)
  }
}

export const options: TinkerOptions = { apiKey: Redacted.make(KEY), baseUrl: BASE }

/** A client of a scripted server. */
export const connect = (server: Scripted, more?: Partial<TinkerOptions>) =>
  Effect.provideService(make({ ...options, ...more }), HttpClient.HttpClient, server.client)

/** Lets the test's clock run, a step at a time, until the effect is done. */
export const inTime = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  step: Duration.Input = "1 second"
): Effect.Effect<A, E, R> =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(effect, { startImmediately: true })
    for (let steps = 0; steps < 1000 && fiber.pollUnsafe() === undefined; steps++) yield* TestClock.adjust(step)
    return yield* Fiber.join(fiber)
  })
