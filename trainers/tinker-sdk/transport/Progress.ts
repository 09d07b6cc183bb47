/** What a waiting operation has to tell. */
import * as Effect from "effect/Effect"
import * as PubSub from "effect/PubSub"
import * as Stream from "effect/Stream"

export type TinkerProgress =
  /** The service took the request. */
  | { readonly _tag: "Accepted"; readonly operation: string; readonly requestId: string }
  /** The service still works on it, or holds it back: `queueState` says which. */
  | {
    readonly _tag: "Waiting"
    readonly operation: string
    readonly requestId: string
    /** `active`, `paused_capacity`, `paused_rate_limit`, or a newer word. */
    readonly queueState: string
    readonly reason: string | undefined
    readonly waitedMs: number
  }
  /** Something went wrong that is worth another try, in `delayMs`. */
  | {
    readonly _tag: "Retrying"
    readonly operation: string
    readonly attempt: number
    readonly delayMs: number
    /** What was answered; undefined: nothing, so that nobody knows whether the request arrived. */
    readonly status: number | undefined
    readonly reason: string
  }
  /** Nothing answers at the service's address, said at each try in vain. `since`: ms since the epoch. */
  | { readonly _tag: "Away"; readonly since: number; readonly awayMs: number; readonly reason: string }
  /** It answers again. */
  | { readonly _tag: "Back"; readonly since: number; readonly awayMs: number }
  /** Nothing is sent for `delayMs`: the service asked for less, or for money. */
  | {
    readonly _tag: "Paused"
    readonly operation: string
    readonly delayMs: number
    readonly reason: "throttled" | "billing"
  }
  /** The result is here. */
  | { readonly _tag: "Finished"; readonly operation: string; readonly requestId: string; readonly waitedMs: number }
  /** No heartbeat got through for this long; the session may end. */
  | { readonly _tag: "HeartbeatMissing"; readonly sessionId: string; readonly sinceMs: number }
  /** The service has something to say to its user. */
  | { readonly _tag: "Notice"; readonly level: "info" | "warning"; readonly text: string }

/** Hears about one operation. */
export type Observer = (progress: TinkerProgress) => Effect.Effect<void>

export interface ProgressHub {
  readonly publish: Observer
  readonly stream: Stream.Stream<TinkerProgress>
}

const KEPT = 256

/** Slow listeners of the stream lose the oldest events, never hold up the work. `first` hears all before them. */
export const makeProgressHub = (first: Observer | undefined): Effect.Effect<ProgressHub> =>
  Effect.map(
    PubSub.sliding<TinkerProgress>(KEPT),
    (hub) => ({
      publish: tellAll(first, (progress) => Effect.asVoid(PubSub.publish(hub, progress))),
      stream: Stream.fromPubSub(hub)
    })
  )

/** Tells all of them. */
export const tellAll = (...observers: ReadonlyArray<Observer | undefined>): Observer => (progress) =>
  Effect.forEach(observers, (observer) => observer === undefined ? Effect.void : observer(progress), { discard: true })
