/** Polling for the result of a request that was taken. */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Semaphore from "effect/Semaphore"
import { TinkerPromiseExpired, TinkerProtocolError, TinkerRequestFailed, TinkerTimeoutError } from "../TinkerError.ts"
import {
  CompleteMetadata,
  encodeJson,
  Endpoints,
  isNewer,
  PROTOBUF,
  RequestFailure,
  RetrieveFutureRequest,
  TryAgain,
  type WireError
} from "../wire/index.ts"
import { outerDelay } from "./Backoff.ts"
import { isProtobuf, type Reply, textOf } from "./Http.ts"
import type { Observer } from "./Progress.ts"
import { BILLING_PAUSE, readJson, type RequestError, type Transport } from "./Transport.ts"

const POLL_TIMEOUT = 45_000
const BAD_REQUEST_RETRIES = 3
const UNREADABLE_RETRIES = 3
/** Replies at once, in a row, before polling slows down, twofold every ten: the server does not hold polls, or is down. */
const QUICK_REPLIES = 20
const QUICK = 50
const SLOW_DOWN = 100
const SLOWEST_WAITING = 2000
const SLOWEST_BROKEN = 30_000
/** Results up to here are fetched as they are. */
const ANNOUNCED = 1_048_576
const LOG_EVERY = 60_000

/** What the result is a result of, as the service calls it. */
export type RequestType =
  | "Sample"
  | "ForwardBackward"
  | "Forward"
  | "OptimStep"
  | "SaveWeights"
  | "LoadWeights"
  | "SaveWeightsForSampler"
  | "CreateModel"
  | "UnloadModel"

export interface Wanted<A> {
  readonly operation: string
  readonly type: RequestType
  readonly requestId: string
  readonly json: Schema.ConstraintCodec<A, unknown, never, never>
  /** Set for results that come in binary, and may be large. */
  readonly binary?: ((bytes: Uint8Array) => Effect.Effect<A, WireError>) | undefined
  /** About how large the result will be; large ones are asked to be announced first, which costs a round trip. */
  readonly expectedBytes?: number | undefined
  /** How long the submission took, in ms. */
  readonly roundTrip?: number | undefined
  readonly deadline: Duration.Input
  readonly observe: Observer
}

type ResultError =
  | RequestError
  | TinkerTimeoutError
  | TinkerRequestFailed
  | TinkerPromiseExpired
  | TinkerProtocolError

const encodePoll = encodeJson(RetrieveFutureRequest)
const asTryAgain = Schema.decodeUnknownOption(Schema.fromJsonString(TryAgain))
const asMetadata = Schema.decodeUnknownOption(Schema.fromJsonString(CompleteMetadata))
const asFailure = Schema.decodeUnknownOption(Schema.fromJsonString(RequestFailure))
const asQueueState = Schema.decodeUnknownOption(
  Schema.fromJsonString(
    Schema.Struct({ queue_state: Schema.String, queue_state_reason: Schema.optionalKey(Schema.NullOr(Schema.String)) })
  )
)

export interface ResponseBytes {
  /** Holds back large results until there is room in memory. */
  readonly semaphore: Semaphore.Semaphore
  readonly total: number
}

/**
 * Polls until the result is there. Interruption stops the polling; the request itself goes on. Fails with what the table of
 * the protocol says, and with a time-out at the deadline.
 */
export const awaitResult = <A>(
  transport: Transport,
  room: ResponseBytes,
  wanted: Wanted<A>
): Effect.Effect<A, ResultError> => {
  const { observe, operation, requestId } = wanted
  let queueState: string | undefined

  const poll = Effect.fnUntraced(function*(started: number, held: { bytes: number }) {
    let metadataOnly = isNewer(transport.version()) || (wanted.expectedBytes ?? 0) > ANNOUNCED
    let badRequests = 0
    let unreadable = 0
    let backoff = 0
    let quick = 0
    let loggedAt = started
    const read = readJson(wanted.json, operation)

    const waiting = Effect.fnUntraced(function*(body: string, state: string | undefined, reason?: string | null) {
      const now = yield* Clock.currentTimeMillis
      const known = state ?? Option.getOrUndefined(Option.map(asQueueState(body), (found) => found.queue_state))
      if (known !== undefined) queueState = known
      const waitedMs = now - started
      yield* observe({
        _tag: "Waiting",
        operation,
        requestId,
        queueState: known ?? "active",
        reason: reason ?? undefined,
        waitedMs
      })
      if (known !== undefined && known !== "active" && now - loggedAt >= LOG_EVERY) {
        loggedAt = now
        yield* Effect.logInfo(
          `Tinker: ${operation} waits since ${Math.round(waitedMs / 1000)} s, the queue is ${known}`
        )
      }
    })

    for (let iteration = 0;; iteration++) {
      const asked = yield* Clock.currentTimeMillis
      const body = yield* Effect.mapError(
        encodePoll("The poll", { request_id: requestId, allow_metadata_only: metadataOnly }),
        (error) => new TinkerProtocolError({ operation, detail: error.message })
      )
      const result = yield* Effect.result(transport.http.once(
        {
          operation: "retrieve_future",
          method: "POST",
          path: Endpoints.retrieveFuture,
          json: body,
          timeout: POLL_TIMEOUT,
          headers: {
            accept: wanted.binary === undefined ? "application/json" : `${PROTOBUF}, application/json`,
            "x-tinker-request-iteration": String(iteration),
            "x-tinker-request-type": wanted.type,
            ...(iteration === 0 && wanted.roundTrip !== undefined
              ? { "x-tinker-create-promise-roundtrip-time": String(wanted.roundTrip / 1000) }
              : {})
          }
        },
        `tinker-sdk-poll-${requestId}-${iteration}`,
        0
      ))
      const took = (yield* Clock.currentTimeMillis) - asked

      const again = (cap: number) =>
        Effect.suspend(() => {
          quick = took < QUICK ? quick + 1 : 0
          return quick > QUICK_REPLIES
            ? Effect.sleep(Math.min(SLOW_DOWN * 2 ** Math.floor((quick - QUICK_REPLIES) / 10), cap))
            : Effect.yieldNow
        })
      const slowDown = again(SLOWEST_WAITING)
      const backOff = Effect.fnUntraced(function*(reason: string, status?: number) {
        const delayMs = outerDelay(backoff++)
        yield* observe({ _tag: "Retrying", operation, attempt: backoff, delayMs, status, reason })
        yield* Effect.sleep(delayMs)
      })

      if (result._tag === "Failure") {
        // The end of our own patience is no failure: the server holds polls for longer.
        if (result.failure.kind === "timeout") yield* waiting("", undefined)
        else yield* backOff(result.failure.detail)
        continue
      }
      const reply: Reply = result.success
      const { status } = reply
      const refused = () => transport.statusError(operation, reply)
      if (status === 200) {
        backoff = 0
        if (isProtobuf(reply) && wanted.binary !== undefined) {
          const decoded = yield* Effect.result(wanted.binary(reply.bytes))
          if (decoded._tag === "Success") return decoded.success
          if (unreadable++ >= UNREADABLE_RETRIES) {
            return yield* new TinkerProtocolError({ operation, detail: decoded.failure.message })
          }
          yield* slowDown
          continue
        }
        const text = textOf(reply)
        const tryAgain = asTryAgain(text)
        if (Option.isSome(tryAgain)) {
          badRequests = 0
          yield* waiting(text, tryAgain.value.queue_state ?? undefined, tryAgain.value.queue_state_reason)
          yield* slowDown
          continue
        }
        const metadata = asMetadata(text)
        if (Option.isSome(metadata)) {
          metadataOnly = false
          if (held.bytes === 0) {
            const bytes = Math.min(metadata.value.response_payload_size, room.total)
            yield* Effect.uninterruptibleMask((restore) =>
              Effect.map(restore(room.semaphore.take(bytes)), () => {
                held.bytes = bytes
              })
            )
          }
          yield* slowDown
          continue
        }
        const failure = asFailure(text)
        if (Option.isSome(failure)) {
          return yield* new TinkerRequestFailed({
            operation,
            requestId,
            category: failure.value.category,
            detail: transport.http.redact(failure.value.error)
          })
        }
        const decoded = yield* Effect.result(read(reply))
        if (decoded._tag === "Success") return decoded.success
        if (unreadable++ >= UNREADABLE_RETRIES) return yield* decoded.failure
        yield* slowDown
        continue
      }
      if (status === 408) {
        badRequests = 0
        backoff = 0
        const text = textOf(reply)
        yield* waiting(
          text,
          undefined,
          Option.getOrUndefined(Option.map(asQueueState(text), (found) => found.queue_state_reason))
        )
        yield* slowDown
      } else if (status >= 500) {
        yield* observe({
          _tag: "Retrying",
          operation,
          attempt: iteration + 1,
          delayMs: 0,
          status,
          reason: String(status)
        })
        yield* again(SLOWEST_BROKEN)
      } else if (status === 429) {
        yield* backOff("429", status)
      } else if (status === 400) {
        if (badRequests++ >= BAD_REQUEST_RETRIES) return yield* refused()
        yield* slowDown
      } else if (status === 402) {
        const window = transport.flags().billing_exception_max_pause_duration_sec * 1000
        if ((yield* Clock.currentTimeMillis) - started >= window) return yield* refused()
        yield* observe({ _tag: "Paused", operation, delayMs: BILLING_PAUSE, reason: "billing" })
        yield* Effect.sleep(BILLING_PAUSE)
      } else if (status === 410) {
        return yield* new TinkerPromiseExpired({ operation, requestId })
      } else {
        return yield* refused()
      }
    }
  })
  return Effect.gen(function*() {
    const started = yield* Clock.currentTimeMillis
    const held = { bytes: 0 }
    return yield* poll(started, held).pipe(
      Effect.timeoutOrElse({
        duration: wanted.deadline,
        orElse: () =>
          Effect.fail(
            new TinkerTimeoutError({
              operation,
              seconds: Duration.toSeconds(wanted.deadline),
              ...(queueState === undefined ? {} : { queueState })
            })
          )
      }),
      Effect.ensuring(Effect.suspend(() => held.bytes === 0 ? Effect.void : room.semaphore.release(held.bytes))),
      Effect.tap(Effect.flatMap(
        Clock.currentTimeMillis,
        (now) => observe({ _tag: "Finished", operation, requestId, waitedMs: now - started })
      ))
    )
  })
}
