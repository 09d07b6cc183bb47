/** Requests that are repeated until there is an answer worth having. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type { Settings } from "../client/Options.ts"
import { TinkerConnectionError, TinkerProtocolError, TinkerStatusError } from "../TinkerError.ts"
import { type ClientConfig, decodeJson, readableErrorBody } from "../wire/index.ts"
import { outerDelay, retryAfter } from "./Backoff.ts"
import { type Call, type Http, HTTP_RETRIES, type NoReply, type Reply, textOf, worthRetrying } from "./Http.ts"
import type { Observer } from "./Progress.ts"

/** How long an operation is tried again as a whole. */
const OUTER_WINDOW = 300_000
export const BILLING_PAUSE = 5000
const EMPTY_400_RETRIES = 16

export interface RequestOptions {
  /** Retries of the HTTP layer; 10 by default. */
  readonly httpRetries?: number | undefined
  readonly observe?: Observer | undefined
}

export type RequestError = TinkerConnectionError | TinkerStatusError

export interface Transport {
  readonly http: Http
  readonly settings: Settings
  /** The flags of the service, as known now. */
  readonly flags: () => ClientConfig
  /** What the client says it is, as agreed on with the service. */
  readonly version: () => string
  /** The first reply of the 2xx kind, after all retries. */
  readonly request: (call: Call, options?: RequestOptions) => Effect.Effect<Reply, RequestError>
  /** One round of the HTTP layer, without the outer retries; a reply that is no success is an error. */
  readonly attempt: (call: Call, httpRetries: number) => Effect.Effect<Reply, RequestError>
  readonly statusError: (operation: string, reply: Reply) => TinkerStatusError
  readonly connectionError: (operation: string, error: NoReply, attempts: number) => TinkerConnectionError
}

export const makeTransport = (
  http: Http,
  settings: Settings,
  flags: () => ClientConfig,
  version: () => string = () => settings.protocolVersions[0]
): Transport => {
  const statusError = (operation: string, reply: Reply) =>
    new TinkerStatusError({
      operation,
      status: reply.status,
      detail: http.redact(readableErrorBody(textOf(reply)))
    })
  const connectionError = (operation: string, { detail }: NoReply, attempts: number) =>
    new TinkerConnectionError({ operation, baseUrl: settings.baseUrl, attempts, detail })

  const request = Effect.fnUntraced(function*(call: Call, options?: RequestOptions) {
    const { httpRetries = HTTP_RETRIES, observe = () => Effect.void } = options ?? {}
    const started = yield* Clock.currentTimeMillis
    let empty = 0
    let failures = 0
    let conflicts = 0
    for (let attempt = 0;; attempt++) {
      const result = yield* Effect.result(http.exchange(call, httpRetries, observe))
      const now = yield* Clock.currentTimeMillis
      const elapsed = now - started
      const status = result._tag === "Success" ? result.success.status : undefined
      const retry = Effect.fnUntraced(function*(delayMs: number, reason: string) {
        yield* observe({ _tag: "Retrying", operation: call.operation, attempt: attempt + 1, delayMs, status, reason })
        yield* Effect.sleep(delayMs)
      })
      if (result._tag === "Failure") {
        const delay = outerDelay(failures++)
        if (elapsed + delay > OUTER_WINDOW) return yield* connectionError(call.operation, result.failure, attempt + 1)
        yield* retry(delay, result.failure.detail)
        continue
      }
      const reply = result.success
      if (reply.status >= 200 && reply.status < 300) return reply
      const error = statusError(call.operation, reply)
      if (reply.status === 402 && elapsed < flags().billing_exception_max_pause_duration_sec * 1000) {
        yield* observe({ _tag: "Paused", operation: call.operation, delayMs: BILLING_PAUSE, reason: "billing" })
        yield* Effect.sleep(BILLING_PAUSE)
        continue
      }
      // A proxy answers so, not the service; another connection may get through.
      if (reply.status === 400 && reply.headers["content-length"] === "0" && empty < EMPTY_400_RETRIES) {
        empty++
        yield* retry(0, "an empty 400")
        continue
      }
      // The conflicts of the HTTP layer were enough.
      const mayRetry = reply.status === 409 && httpRetries > 0 ? false : worthRetrying(reply, conflicts)
      if (reply.status === 409) conflicts++
      if (!mayRetry) return yield* error
      const delay = retryAfter(reply.headers, now) ?? outerDelay(failures++)
      if (elapsed + delay > OUTER_WINDOW) return yield* error
      yield* retry(delay, `${reply.status} ${error.detail}`.trim())
    }
  })

  const attempt = Effect.fnUntraced(function*(call: Call, httpRetries: number) {
    const reply = yield* Effect.mapError(
      http.exchange(call, httpRetries),
      (error) => connectionError(call.operation, error, httpRetries + 1)
    )
    return reply.status >= 200 && reply.status < 300 ? reply : yield* statusError(call.operation, reply)
  })

  return { http, settings, flags, version, request, attempt, statusError, connectionError }
}

/** Reads the JSON of a reply. */
export const readJson = <S extends Schema.ConstraintCodec<unknown, unknown, never, never>>(
  schema: S,
  operation: string
) => {
  const decode = decodeJson(schema)
  return (reply: Reply): Effect.Effect<S["Type"], TinkerProtocolError> =>
    Effect.mapError(
      decode("The reply", textOf(reply)),
      (error) => new TinkerProtocolError({ operation, detail: error.message })
    )
}
