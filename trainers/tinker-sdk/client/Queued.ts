/** One request of a model, in line with the others. */
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type { TinkerError } from "../TinkerError.ts"
import { tellAll } from "../transport/Progress.ts"
import type { RequestType } from "../transport/Results.ts"
import { type AnyCodec, encodeBody, observer, type WaitOptions } from "./Core.ts"
import { makePending, mapPending, type Pending } from "./Pending.ts"
import { type Accepted, redeem, type SessionCore, submit } from "./Submission.ts"
import type { Turns } from "./Turns.ts"

export interface Operation<S extends AnyCodec, A> {
  readonly operation: string
  readonly type: RequestType
  readonly path: string
  readonly request: S
  readonly value: (seqId: number) => S["Type"]
  readonly result: Schema.ConstraintCodec<A, unknown, never, never>
  /** Saving must not be repeated blindly by the HTTP layer. */
  readonly httpRetries?: number
}

export interface Queued<A> {
  readonly pending: Pending<A>
  /** Whether an answer to the submission got lost on the way. */
  readonly lostReply: () => boolean
  readonly withdraw: Effect.Effect<void>
}

/** Whether a try that was answered so, or not at all, may have been carried out. */
const mayHaveArrived = (status: number | undefined): boolean => status === undefined || status === 408 || status >= 500

/** Of operations that are called and waited for at once: interrupted before it is sent, it is not sent. */
export const now = <A>(
  queued: Effect.Effect<Omit<Queued<A>, "lostReply">, TinkerError>
): Effect.Effect<A, TinkerError> =>
  Effect.flatMap(queued, ({ pending, withdraw }) => Effect.onInterrupt(pending.result, () => withdraw))

export const later = <A>(
  queued: Effect.Effect<Omit<Queued<A>, "lostReply">, TinkerError>
): Effect.Effect<Pending<A>, TinkerError> => Effect.map(queued, ({ pending }) => pending)

export const mapQueued = <A, B>(queued: Effect.Effect<Queued<A>, TinkerError>, f: (value: A) => B) =>
  Effect.map(queued, (found): Queued<B> => ({ ...found, pending: mapPending(found.pending, f) }))

/** Puts requests into the line of a model. */
export const makeQueue = (core: SessionCore, turns: Turns) =>
<S extends AnyCodec, A>(
  operation: Operation<S, A>,
  wait: WaitOptions | undefined
): Effect.Effect<Queued<A>, TinkerError> =>
  Effect.gen(function*() {
    let lost = false
    const observe = tellAll(observer(core, wait), (progress) =>
      Effect.sync(() => {
        if (progress._tag === "Retrying" && mayHaveArrived(progress.status)) lost = true
      }))
    const name = operation.operation
    // What cannot be written must not cost a number.
    yield* encodeBody(operation.request, name, operation.value(1))
    const ticket = yield* turns.enqueue<Accepted>({
      operation: name,
      numbers: 1,
      send: Effect.fnUntraced(function*(seqId, leaving) {
        const json = yield* encodeBody(operation.request, name, operation.value(seqId))
        return yield* core.session.whileAlive(
          submit(core, { operation: name, path: operation.path, json, leaving }, {
            observe,
            httpRetries: operation.httpRetries
          })
        )
      })
    })
    return {
      pending: makePending({
        operation: name,
        accepted: ticket.accepted,
        deadline: wait?.deadline ?? core.transport.settings.deadline,
        redeem: (accepted, left) =>
          redeem(
            core,
            { operation: name, type: operation.type, json: operation.result },
            accepted,
            left,
            observe
          )
      }),
      withdraw: ticket.withdraw,
      lostReply: () => lost
    }
  })
