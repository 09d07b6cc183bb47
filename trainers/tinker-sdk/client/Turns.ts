/** The requests of one model, in order: numbered from 1 as they are sent, each sent to the end whatever its caller does. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import { type TinkerError, TinkerModelInDoubt } from "../TinkerError.ts"

export interface Job<A> {
  readonly operation: string
  /** How many numbers it takes. */
  readonly numbers: number
  /** Sends it. `leaving` is run when nothing of it remains to be handed to the network. */
  readonly send: (first: number, leaving: Effect.Effect<void>) => Effect.Effect<A, TinkerError>
}

interface Ticket<A> {
  /** What the service answered to the submission. */
  readonly accepted: Effect.Effect<A, TinkerError>
  /** Takes the job back if it is not on its way yet. */
  readonly withdraw: Effect.Effect<void>
}

export interface Turns {
  /** Jobs are sent in the order of these calls. */
  readonly enqueue: <A>(job: Job<A>) => Effect.Effect<Ticket<A>>
  /** Why the weights are not known any more. */
  readonly doubt: () => TinkerModelInDoubt | undefined
}

interface Entry {
  readonly operation: string
  readonly numbers: number
  withdrawn: boolean
  readonly run: (first: number, leaving: Effect.Effect<void>) => Effect.Effect<"fine" | TinkerError>
  readonly fail: (error: TinkerError) => Effect.Effect<void>
}

/** After these nobody knows whether the service took the request. Of a job of several parts some may have been taken. */
const leavesDoubt = (error: TinkerError, numbers: number): boolean => {
  switch (error._tag) {
    case "TinkerConnectionError":
    case "TinkerProtocolError":
      return true
    case "TinkerStatusError":
      return numbers > 1 || error.status === 408 || error.status === 429 || error.status >= 500
    default:
      return false
  }
}

const cameTooEarly = (error: TinkerError): boolean =>
  error._tag === "TinkerStatusError" && (error.status === 400 || error.status === 409)

/** `overlapped`: a job is sent when the one before it has left, not when it was taken. */
export const makeTurns = (
  modelId: string,
  overlapped: boolean
): Effect.Effect<Turns, never, Scope.Scope> =>
  Effect.gen(function*() {
    const scope = yield* Effect.scope
    const queue = yield* Queue.unbounded<Entry>()
    let next = 1
    let doubt: TinkerModelInDoubt | undefined
    /** Done when all jobs so far were answered. */
    let before: Deferred.Deferred<void> = Deferred.makeUnsafe()
    yield* Deferred.succeed(before, undefined)

    const perform = Effect.fnUntraced(function*(entry: Entry, leaving: Effect.Effect<void>) {
      const previous = before
      const answered = Deferred.makeUnsafe<void>()
      before = answered
      const first = next
      next += entry.numbers
      const early = overlapped && !Deferred.isDoneUnsafe(previous)
      let outcome = yield* entry.run(first, leaving)
      yield* Deferred.await(previous)
      // Sent ahead of one that had not arrived: now its turn has come.
      if (outcome !== "fine" && early && entry.numbers === 1 && cameTooEarly(outcome)) {
        outcome = yield* entry.run(first, Effect.void)
      }
      if (outcome !== "fine" && doubt === undefined && leavesDoubt(outcome, entry.numbers)) {
        doubt = new TinkerModelInDoubt({ modelId, operation: entry.operation, detail: outcome.message })
      }
      if (outcome !== "fine") yield* entry.fail(outcome)
      yield* Deferred.succeed(answered, undefined)
    })

    const worker = Effect.gen(function*() {
      for (;;) {
        const entry = yield* Queue.take(queue)
        if (entry.withdrawn) continue
        if (doubt !== undefined) {
          yield* entry.fail(doubt)
          continue
        }
        if (!overlapped) {
          yield* perform(entry, Effect.void)
          continue
        }
        const left = Deferred.makeUnsafe<void>()
        const leaving = Effect.asVoid(Deferred.succeed(left, undefined))
        yield* Effect.forkIn(Effect.ensuring(perform(entry, leaving), leaving), scope, { startImmediately: true })
        yield* Deferred.await(left)
      }
    })
    yield* Effect.forkIn(worker, scope)

    const enqueue = <A>(job: Job<A>): Effect.Effect<Ticket<A>> =>
      Effect.sync(() => {
        const answer = Deferred.makeUnsafe<A, TinkerError>()
        const entry: Entry = {
          operation: job.operation,
          numbers: job.numbers,
          withdrawn: false,
          fail: (error) => Effect.asVoid(Deferred.fail(answer, error)),
          run: (first, leaving) =>
            Effect.gen(function*() {
              const result = yield* Effect.result(job.send(first, leaving))
              if (result._tag === "Success") {
                yield* Deferred.succeed(answer, result.success)
                return "fine" as const
              }
              return result.failure
            })
        }
        Queue.offerUnsafe(queue, entry)
        return {
          accepted: Deferred.await(answer),
          withdraw: Effect.sync(() => {
            entry.withdrawn = true
          })
        }
      })

    return { enqueue, doubt: () => doubt }
  })
