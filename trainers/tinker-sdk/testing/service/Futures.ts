import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type FakeReply, json, PROTOBUF, protobuf, type Refusal, refuse } from "./Http.ts"
import { writeForwardBackward, writeSample } from "./Protobuf.ts"
import { forwardBackwardJson, type ForwardBackwardResult, sampleJson, type SampleResult } from "./Results.ts"

/** What came of an accepted request. */
export type Outcome =
  | { readonly _tag: "Value"; readonly value: unknown }
  | { readonly _tag: "ForwardBackward"; readonly result: ForwardBackwardResult }
  | { readonly _tag: "Sample"; readonly result: SampleResult }
  | { readonly _tag: "Failed"; readonly error: string; readonly category: "user" | "server" }
  | { readonly _tag: "Refused"; readonly refusal: Refusal }

/** The kinds of requests that are answered later. */
export type FutureKind =
  | "create_model"
  | "unload_model"
  | "forward"
  | "forward_backward"
  | "optim_step"
  | "save_weights"
  | "save_weights_for_sampler"
  | "load_weights"
  | "sample"

export interface Future {
  readonly id: string
  readonly kind: FutureKind
  readonly settled: Deferred.Deferred<void>
  outcome: Outcome | undefined
  settledAt: number
  expired: boolean
}

export type QueueState = "active" | "paused_capacity" | "paused_rate_limit"

interface FutureOptions {
  /** Part of every id. */
  readonly run: string
  /** How long a poll is held, milliseconds. */
  readonly hold: number
  /** How long a result can be fetched, milliseconds. */
  readonly lifetime: number
  /** How a poll in vain is answered. */
  readonly pending: 200 | 408
  /** Smaller results are never announced by their size alone, bytes. */
  readonly announceAbove: number
  /** Whether results are binary where the caller takes that. */
  readonly binary: boolean
}

/** Results that are not there yet, by request id. */
export class Futures {
  readonly #options: FutureOptions
  readonly #byId = new Map<string, Future>()
  readonly #pending = new Map<FutureKind, number>()
  #made = 0
  queueState: QueueState = "active"
  queueReason: string | undefined

  constructor(options: FutureOptions) {
    this.#options = options
  }

  create(kind: FutureKind): Future {
    const future: Future = {
      id: `r${this.#options.run}${++this.#made}`,
      kind,
      settled: Deferred.makeUnsafe(),
      outcome: undefined,
      settledAt: 0,
      expired: false
    }
    this.#byId.set(future.id, future)
    this.#pending.set(kind, this.pending(kind) + 1)
    return future
  }

  forget(): void {
    this.#byId.clear()
    this.#pending.clear()
  }

  find(id: string): Future | undefined {
    return this.#byId.get(id)
  }

  /** Requests of a kind that wait for their result. */
  pending(kind: FutureKind): number {
    return this.#pending.get(kind) ?? 0
  }

  settle(future: Future, outcome: Outcome): Effect.Effect<void> {
    return Effect.flatMap(Clock.currentTimeMillis, (now) => {
      future.outcome = outcome
      future.settledAt = now
      this.#pending.set(future.kind, this.pending(future.kind) - 1)
      return Deferred.succeed(future.settled, undefined)
    })
  }

  /** Answers a poll: holds it until there is a result or its time is over. */
  retrieve(id: string, metadataOnly: boolean, accept: string): Effect.Effect<FakeReply, Refusal> {
    return Effect.gen({ self: this }, function*() {
      const future = this.#byId.get(id)
      if (future === undefined) return yield* refuse(404, "Future not found")
      if (future.outcome === undefined && !future.expired) {
        const done = yield* Effect.timeoutOption(Deferred.await(future.settled), Duration.millis(this.#options.hold))
        if (Option.isNone(done)) return this.#tryAgain(id)
      }
      const now = yield* Clock.currentTimeMillis
      if (future.expired || now - future.settledAt > this.#options.lifetime) {
        return yield* refuse(410, "the promise expired: submit the request again")
      }
      return yield* this.#render(future.outcome, metadataOnly, accept)
    })
  }

  #tryAgain(id: string): FakeReply {
    return json(this.#options.pending, {
      type: "try_again",
      request_id: id,
      queue_state: this.queueState,
      ...(this.queueReason === undefined ? {} : { queue_state_reason: this.queueReason })
    })
  }

  #render(
    outcome: Outcome | undefined,
    metadataOnly: boolean,
    accept: string
  ): Effect.Effect<FakeReply, Refusal> {
    const binary = this.#options.binary && accept.includes(PROTOBUF)
    const large = (reply: FakeReply) =>
      Effect.succeed(
        metadataOnly && reply.body.length > this.#options.announceAbove
          ? json(200, { status: "complete_metadata", response_payload_size: reply.body.length })
          : reply
      )
    switch (outcome?._tag) {
      case undefined:
        return Effect.die(new Error("a future was settled without an outcome"))
      case "Value":
        return Effect.succeed(json(200, outcome.value))
      case "ForwardBackward":
        return large(
          binary ? protobuf(writeForwardBackward(outcome.result)) : json(200, forwardBackwardJson(outcome.result))
        )
      case "Sample":
        return large(binary ? protobuf(writeSample(outcome.result)) : json(200, sampleJson(outcome.result)))
      case "Failed":
        return Effect.succeed(json(200, { error: outcome.error, category: outcome.category }))
      case "Refused":
        return Effect.fail(outcome.refusal)
    }
  }
}
