/** One request, one reply. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpBody from "effect/http/HttpBody"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import type { Settings } from "../client/Options.ts"
import { PROTOBUF } from "../wire/index.ts"
import { httpDelay, retryAfter } from "./Backoff.ts"
import { makePresence } from "./Presence.ts"
import type { Observer } from "./Progress.ts"

export interface Call {
  /** In words, for messages and spans: "optim_step". */
  readonly operation: string
  readonly method: "GET" | "POST" | "PUT" | "DELETE"
  /** Below the base address, with a leading slash. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>> | undefined
  readonly json?: string | undefined
  readonly protobuf?: Uint8Array | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Milliseconds for one try; 60 s by default. */
  readonly timeout?: number | undefined
  /** Hands a redirection out instead of following it. */
  readonly raw?: boolean | undefined
  /** Run when the request is about to be handed to the network, at every try. */
  readonly leaving?: Effect.Effect<void> | undefined
  /** Instead of the current credential. */
  readonly credential?: Redacted.Redacted<string> | undefined
}

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly bytes: Uint8Array
}

/** There is no reply: the connection failed or broke, or the time was over. */
export interface NoReply {
  readonly _tag: "NoReply"
  readonly kind: "connection" | "timeout"
  readonly detail: string
}

const TRY_TIMEOUT = 60_000
const MOST_REDIRECTS = 5
/** A proxy says so when the service behind it is gone. */
const PROXY_ALONE: ReadonlyArray<number> = [502, 504]
/** What a server says that will not learn it. */
const NOT_IMPLEMENTED = 501
/** A conflict hardly ever goes away by asking again. */
const CONFLICT_RETRIES = 2
export const HTTP_RETRIES = 10

export const textOf = (reply: Reply): string => new TextDecoder().decode(reply.bytes)

export const isProtobuf = (reply: Reply): boolean => (reply.headers["content-type"] ?? "").startsWith(PROTOBUF)

/** Whether the same request may succeed later. `conflicts` were answered before. */
export const worthRetrying = ({ headers, status }: Reply, conflicts: number): boolean => {
  const asked = headers["x-should-retry"]
  if (asked === "true" || asked === "false") return asked === "true"
  return status === 408 || status === 429 || (status >= 500 && status !== NOT_IMPLEMENTED)
    || (status === 409 && conflicts < CONFLICT_RETRIES)
}

/** The words of a failure of `fetch`, which hides them one level down. */
const wordsOf = (error: HttpClientError.HttpClientError): string => {
  const cause = error.reason.cause
  const inner = cause instanceof Error ? cause.cause : undefined
  const words = [cause, inner].flatMap((part) => part instanceof Error && part.message !== "" ? [part.message] : [])
  return words.length === 0 ? "the connection failed" : words.join(": ")
}

/** Up to 13 digits. */
const hex = (length: number): Effect.Effect<string> =>
  Effect.map(
    Random.nextIntBetween(0, 16 ** length, { halfOpen: true }),
    (number) => number.toString(16).padStart(length, "0")
  )

/** A version 4 UUID from the Random service. */
const uuid: Effect.Effect<string> = Effect.map(
  Effect.all([hex(8), hex(4), hex(3), Random.nextIntBetween(8, 11), hex(3), hex(12)]),
  ([a, b, c, variant, d, e]) => `${a}-${b}-4${c}-${variant.toString(16)}${d}-${e}`
)

export interface Http {
  /** A single try. */
  readonly once: (call: Call, idempotencyKey: string, retryCount: number) => Effect.Effect<Reply, NoReply>
  /** With the retries of the HTTP layer; the last reply, whatever its status. */
  readonly exchange: (call: Call, retries: number, observe?: Observer) => Effect.Effect<Reply, NoReply>
  /** Takes what must not be seen out of a text. */
  readonly redact: (text: string) => string
}

export const makeHttp = (
  client: HttpClient.HttpClient,
  settings: Settings,
  credential: Effect.Effect<Redacted.Redacted<string>>,
  publish: Observer = () => Effect.void
): Http => {
  const presence = makePresence(publish)
  const seen = new Set([settings.apiKey, ...Object.values(settings.headers)].map(Redacted.value))
  const redact = (text: string): string =>
    Array.from(seen).reduce((clean, secret) => secret === "" ? clean : clean.replaceAll(secret, "<redacted>"), text)
  const noReply = (kind: NoReply["kind"], detail: string): NoReply => ({
    _tag: "NoReply",
    kind,
    detail: redact(detail)
  })
  const origin = new URL(settings.baseUrl).origin

  const headersFor = (call: Call, key: Redacted.Redacted<string>, idempotencyKey: string, retryCount: number) => ({
    accept: "application/json",
    "x-api-key": Redacted.value(key),
    "user-agent": "tinker-sdk/TypeScript 0.1.0",
    "x-stainless-retry-count": String(retryCount),
    "x-stainless-read-timeout": String((call.timeout ?? TRY_TIMEOUT) / 1000),
    ...(call.method === "GET" ? {} : { "x-idempotency-key": idempotencyKey }),
    ...Object.fromEntries(Object.entries(settings.headers).map(([name, value]) => [name, Redacted.value(value)])),
    ...call.headers
  })

  const bodyOf = (call: Call) =>
    call.protobuf !== undefined
      ? HttpBody.uint8Array(call.protobuf, PROTOBUF)
      : call.json === undefined
      ? HttpBody.empty
      : HttpBody.text(call.json, "application/json")

  const follow = (request: HttpClientRequest.HttpClientRequest, call: Call, left: number): Effect.Effect<
    Reply,
    HttpClientError.HttpClientError | NoReply
  > =>
    Effect.gen(function*() {
      const response = yield* client.execute(request)
      const location = response.headers["location"]
      const redirected = response.status >= 301 && response.status <= 308 && response.status !== 304
      if (
        redirected && call.raw !== true && location !== undefined && left > 0 &&
        URL.canParse(location, response.url || request.url)
      ) {
        const next = new URL(location, response.url || request.url)
        // Elsewhere the key would be given away.
        if (next.origin !== origin) return yield* Effect.fail(noReply("connection", `it redirects to ${next.origin}`))
        const again = response.status >= 307
          ? HttpClientRequest.setUrl(request, next)
          : HttpClientRequest.get(next, { headers: request.headers })
        return yield* follow(again, call, left - 1)
      }
      const bytes = new Uint8Array(yield* response.arrayBuffer)
      return { status: response.status, headers: response.headers, bytes }
    })

  const once = Effect.fnUntraced(function*(call: Call, idempotencyKey: string, retryCount: number) {
    const key = call.credential ?? (yield* credential)
    seen.add(Redacted.value(key))
    const request = HttpClientRequest.make(call.method)(`${settings.baseUrl}${call.path}`, {
      headers: headersFor(call, key, idempotencyKey, retryCount),
      urlParams: call.query,
      body: bodyOf(call)
    })
    const timeout = call.timeout ?? TRY_TIMEOUT
    if (call.leaving !== undefined) yield* call.leaving
    return yield* follow(request, call, MOST_REDIRECTS).pipe(
      Effect.mapError((error) => error._tag === "NoReply" ? error : noReply("connection", wordsOf(error))),
      Effect.timeoutOrElse({
        duration: timeout,
        orElse: () => Effect.fail(noReply("timeout", `no answer within ${timeout / 1000} s`))
      }),
      Effect.provideService(FetchHttpClient.RequestInit, { redirect: "manual" }),
      Effect.provideService(HttpClient.TracerPropagationEnabled, false),
      // The end of our patience says nothing: servers hold polls for longer.
      Effect.tapError(({ detail, kind }) => kind === "connection" ? presence.silent(detail) : Effect.void),
      Effect.tap(({ status }) =>
        PROXY_ALONE.includes(status) ? presence.silent(`a proxy answered ${status}`) : presence.answered
      )
    )
  })

  const exchange = Effect.fnUntraced(function*(call: Call, retries: number, observe: Observer = () => Effect.void) {
    const idempotencyKey = `tinker-sdk-retry-${yield* uuid}`
    let conflicts = 0
    for (let attempt = 0;; attempt++) {
      const result = yield* Effect.result(once(call, idempotencyKey, attempt))
      const again = result._tag === "Failure" || worthRetrying(result.success, conflicts)
      if (!again || attempt >= retries) return yield* Effect.fromResult(result)
      const asked = result._tag === "Success"
        ? retryAfter(result.success.headers, yield* Clock.currentTimeMillis)
        : undefined
      if (result._tag === "Success" && result.success.status === 409) conflicts++
      const delayMs = asked ?? (yield* httpDelay(attempt))
      const status = result._tag === "Success" ? result.success.status : undefined
      const reason = result._tag === "Success" ? String(status) : result.failure.detail
      yield* observe({ _tag: "Retrying", operation: call.operation, attempt: attempt + 1, delayMs, status, reason })
      yield* Effect.sleep(delayMs)
    }
  })

  return { once, exchange, redact }
}
