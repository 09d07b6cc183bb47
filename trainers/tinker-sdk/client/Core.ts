/** What all parts of a client share. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"
import { type TinkerError, TinkerInputError, TinkerTimeoutError } from "../TinkerError.ts"
import type { ResponseBytes } from "../transport/Results.ts"
import { type Observer, type ProgressHub, tellAll } from "../transport/Progress.ts"
import { readJson, type RequestOptions, type Transport } from "../transport/Transport.ts"
import { encodeJson, type WireError } from "../wire/index.ts"

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
