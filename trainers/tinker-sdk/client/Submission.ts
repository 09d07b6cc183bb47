/** Requests that are answered with a promise, and what becomes of it. */
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type { TinkerError } from "../TinkerError.ts"
import type { Observer } from "../transport/Progress.ts"
import { awaitResult, type RequestType } from "../transport/Results.ts"
import { readJson, type RequestOptions } from "../transport/Transport.ts"
import { UntypedFuture, type WireError } from "../wire/index.ts"
import type { Core } from "./Core.ts"
import type { Session } from "./Session.ts"

/** What works within one session shares. */
export interface SessionCore extends Core {
  readonly session: Session
}

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
