/** What all parts of a client share. */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"
import { type TinkerError, TinkerInputError, TinkerTimeoutError } from "../TinkerError.ts"
import { awaitResult, type RequestType, type ResponseBytes } from "../transport/Results.ts"
import { type Observer, type ProgressHub, tellAll } from "../transport/Progress.ts"
import { readJson, type RequestOptions, type Transport } from "../transport/Transport.ts"
import { encodeJson, UntypedFuture, type WireError } from "../wire/index.ts"
import type { Session } from "./Session.ts"

/** What every waiting operation understands. */
export interface WaitOptions {
  /** From the call to the result. */
  readonly deadline?: Duration.Input | undefined
  /** Hears what the operation waits for. */
  readonly onProgress?: Observer | undefined
}

export type AnyCodec = Schema.ConstraintCodec<unknown, unknown, never, never>

export interface Core {
  readonly transport: Transport
  readonly hub: ProgressHub
  readonly room: ResponseBytes
}

export interface SessionCore extends Core {
  readonly session: Session
}

export const makeCore = (transport: Transport, hub: ProgressHub): Core => {
  const total = transport.flags().inflight_response_bytes_semaphore_size
  return { transport, hub, room: { semaphore: Semaphore.makeUnsafe(total), total } }
}

export const observer = (core: Core, options: WaitOptions | undefined): Observer =>
  tellAll(core.hub.publish, options?.onProgress)

/** The caller's values as JSON. */
export const encodeBody = <S extends AnyCodec>(
  schema: S,
  operation: string,
  value: S["Type"]
): Effect.Effect<string, TinkerInputError> =>
  Effect.mapError(
    encodeJson(schema)("The request", value),
    (error) => new TinkerInputError({ operation, detail: sentence(error.detail) })
  )

/** Ends with a full stop. */
export const sentence = (text: string): string => /[.!?]$/.test(text) ? text : `${text}.`

export const inputError = (operation: string) => (error: WireError): TinkerInputError =>
  new TinkerInputError({ operation, detail: sentence(`${error.what}: ${error.detail}`) })

/** What is answered at once waits no longer than anything else. */
const inTime = <A>(
  core: Core,
  operation: string,
  effect: Effect.Effect<A, TinkerError>
): Effect.Effect<A, TinkerError> => {
  const { deadline: duration } = core.transport.settings
  return Effect.timeoutOrElse(effect, {
    duration,
    orElse: () => Effect.fail(new TinkerTimeoutError({ operation, seconds: Duration.toSeconds(duration) }))
  }).pipe(Effect.withSpan(`tinker.${operation}`))
}

/** A request that is answered at once. */
export const direct = <S extends AnyCodec, R extends AnyCodec>(
  core: Core,
  call: {
    readonly operation: string
    readonly path: string
    readonly request: S
    readonly value: S["Type"]
    readonly reply: R
  },
  options?: RequestOptions
): Effect.Effect<R["Type"], TinkerError> =>
  inTime(
    core,
    call.operation,
    Effect.gen(function*() {
      const json = yield* encodeBody(call.request, call.operation, call.value)
      const reply = yield* core.transport.request(
        { operation: call.operation, method: "POST", path: call.path, json },
        { observe: core.hub.publish, ...options }
      )
      return yield* readJson(call.reply, call.operation)(reply)
    })
  )

/** A question. */
export const get = <R extends AnyCodec>(
  core: Core,
  operation: string,
  path: string,
  reply: R,
  query?: Readonly<Record<string, string>>
): Effect.Effect<R["Type"], TinkerError> =>
  inTime(
    core,
    operation,
    Effect.flatMap(
      core.transport.request({ operation, method: "GET", path, query }, { observe: core.hub.publish }),
      readJson(reply, operation)
    )
  )

/** A request that was taken. */
export interface Accepted {
  readonly requestId: string
  readonly modelId: string | undefined
  /** How long that took, in ms. */
  readonly roundTrip: number
}

const readFuture = (operation: string) => readJson(UntypedFuture, operation)

/** Sends a request that is answered with a promise. */
export const submit = (
  core: Core,
  call: {
    readonly operation: string
    readonly path: string
    readonly json?: string | undefined
    readonly protobuf?: Uint8Array | undefined
    readonly leaving?: Effect.Effect<void> | undefined
  },
  options: RequestOptions & { readonly observe: Observer }
): Effect.Effect<Accepted, TinkerError> =>
  Effect.gen(function*() {
    const started = yield* Clock.currentTimeMillis
    const reply = yield* core.transport.request({ ...call, method: "POST" }, options)
    const future = yield* readFuture(call.operation)(reply)
    const roundTrip = (yield* Clock.currentTimeMillis) - started
    yield* options.observe({ _tag: "Accepted", operation: call.operation, requestId: future.request_id })
    return { requestId: future.request_id, modelId: future.model_id ?? undefined, roundTrip }
  }).pipe(Effect.withSpan(`tinker.submit.${call.operation}`))

/** Waits for what a promise promises. */
export const redeem = <A>(
  core: SessionCore,
  wanted: {
    readonly operation: string
    readonly type: RequestType
    readonly json: Schema.ConstraintCodec<A, unknown, never, never>
    readonly binary?: ((bytes: Uint8Array) => Effect.Effect<A, WireError>) | undefined
    readonly expectedBytes?: number | undefined
  },
  accepted: Accepted,
  deadline: Duration.Input,
  observe: Observer
): Effect.Effect<A, TinkerError> =>
  core.session.whileAlive(awaitResult(core.transport, core.room, {
    ...wanted,
    requestId: accepted.requestId,
    roundTrip: accepted.roundTrip,
    deadline,
    observe
  })).pipe(Effect.withSpan(`tinker.await.${wanted.operation}`))
