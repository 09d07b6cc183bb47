import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Latch from "effect/Latch"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type { Adapter, BaseModel, EngineError, LoraShape } from "../engine/Engine.ts"
import type { Future, FutureKind, Futures, Outcome } from "./Futures.ts"
import { type Refusal, refuse } from "./Http.ts"

/** An operation as it was taken: what it does with the adapter when its turn comes. */
export type Operation = (adapter: Adapter) => Effect.Effect<Outcome, EngineError | Refusal>

interface Accepted {
  readonly _tag: "Accepted"
  readonly body: string
  readonly future: Future
  readonly operation: Operation
}

/** A request that was not taken; its number is. */
interface Refused {
  readonly _tag: "Refused"
  readonly body: string
  readonly refusal: Refusal
}

interface RunParts {
  readonly id: string
  readonly sessionId: string
  readonly model: BaseModel
  readonly shape: LoraShape
  readonly metadata: unknown
  readonly futures: Futures
  readonly gate: Latch.Latch
  /** Lives as long as the service. */
  readonly scope: Scope.Scope
  /** Waited before each operation. */
  readonly pace: Effect.Effect<void>
}

/** What a failure of the engine or of the operation itself becomes. */
export const failed = (error: EngineError | Refusal): Outcome =>
  error._tag === "EngineError"
    ? { _tag: "Failed", error: error.message, category: error.category }
    : { _tag: "Failed", error: error.message, category: "user" }

/** One LoRA of a session: takes numbered requests in any order of arrival that clients may use, and does them in theirs. */
export class TrainingRun {
  readonly parts: RunParts
  /** What was done, in order. */
  readonly done: Array<{ readonly seqId: number; readonly kind: FutureKind }> = []
  lastRequestAt = 0
  readonly #turn = Semaphore.makeUnsafe(1)
  readonly #adapterScope = Scope.makeUnsafe()
  readonly #taken = new Map<number, Accepted | Refused>()
  #next = 1
  #highest = 0
  #busy = false
  #adapter: Adapter | undefined
  #gone = false

  constructor(parts: RunParts) {
    this.parts = parts
  }

  /** Whether it has one of the service's slots: loaded, or about to be. */
  get occupied(): boolean {
    return !this.#gone
  }

  get loaded(): boolean {
    return this.#adapter !== undefined && !this.#gone
  }

  get adapter(): Adapter | undefined {
    return this.#adapter
  }

  /** Makes the adapter; operations taken before it is there wait for it. */
  start(
    create: Effect.Effect<Adapter, EngineError | Refusal, Scope.Scope>,
    future: Future,
    value: unknown
  ): Effect.Effect<void> {
    const { futures, gate, pace, scope } = this.parts
    const work = Effect.gen({ self: this }, function*() {
      yield* gate.await
      yield* pace
      const made = yield* Effect.result(Scope.provide(create, this.#adapterScope))
      if (made._tag === "Failure") this.#gone = true
      else this.#adapter = made.success
      yield* futures.settle(future, made._tag === "Failure" ? failed(made.failure) : { _tag: "Value", value })
    })
    return Effect.asVoid(
      Effect.forkIn(Effect.interruptible(this.#turn.withPermits(1)(work)), scope, { startImmediately: true })
    )
  }

  /**
   * The answer to a request with this number that came before. Another body is refused, unless the last request was.
   */
  earlier(seqId: number, body: string): Effect.Effect<Future | undefined, Refusal> {
    const before = this.#taken.get(seqId)
    const lastRefused = before?._tag === "Refused" && seqId === this.#highest
    if (before === undefined || (lastRefused && before.body !== body)) return Effect.undefined
    if (before.body !== body) return Effect.fail(refuse(409, "Training request sequence number was reused"))
    return before._tag === "Accepted" ? Effect.succeed(before.future) : Effect.fail(before.refusal)
  }

  /**
   * Only the parts of a forward_backward may overtake one another; anything else must find all numbers before its own taken.
   */
  inOrder(seqId: number, kind: FutureKind): Effect.Effect<void, Refusal> {
    if (kind === "forward" || kind === "forward_backward") return Effect.void
    for (let earlier = this.#next; earlier < seqId; earlier++) {
      if (!this.#taken.has(earlier)) {
        return Effect.fail(refuse(400, `${kind} with seq_id ${seqId} came before seq_id ${earlier}`))
      }
    }
    return Effect.void
  }

  /** Marks a refused request's number as used, so that what follows is not held up. */
  skip(seqId: number, body: string, refusal: Refusal): Effect.Effect<void> {
    if (this.#taken.get(seqId)?._tag === "Accepted") return Effect.void
    this.#taken.set(seqId, { _tag: "Refused", body, refusal })
    this.#highest = Math.max(this.#highest, seqId)
    return this.#advance()
  }

  accept(seqId: number, kind: FutureKind, body: string, operation: Operation): Effect.Effect<Future> {
    const future = this.parts.futures.create(kind)
    this.#taken.set(seqId, { _tag: "Accepted", body, future, operation })
    this.#highest = Math.max(this.#highest, seqId)
    return Effect.as(this.#advance(), future)
  }

  /** Frees the adapter after the operation that runs; later ones fail. */
  unload(): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.#gone) return Effect.void
      this.#gone = true
      return this.#turn.withPermits(1)(Scope.close(this.#adapterScope, Exit.void))
    })
  }

  #advance(): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.#busy || !this.#mayGoOn()) return Effect.void
      this.#busy = true
      return Effect.asVoid(
        Effect.forkIn(Effect.interruptible(this.#work()), this.parts.scope, { startImmediately: true })
      )
    })
  }

  #work(): Effect.Effect<void> {
    const { futures, gate, pace } = this.parts
    return Effect.gen({ self: this }, function*() {
      while (this.#mayGoOn()) {
        const seqId = this.#next
        const entry = this.#taken.get(seqId)
        if (entry?._tag === "Accepted") {
          yield* gate.await
          yield* pace
          const outcome = yield* this.#turn.withPermits(1)(this.#perform(entry))
          this.done.push({ seqId, kind: entry.future.kind })
          yield* futures.settle(entry.future, outcome)
        }
        this.#next = seqId + 1
      }
      this.#busy = false
    })
  }

  /** Whether the next number is taken. The last one stays open when its request was refused: a better body may come. */
  #mayGoOn(): boolean {
    const entry = this.#taken.get(this.#next)
    return entry !== undefined && (entry._tag === "Accepted" || this.#next < this.#highest)
  }

  #perform(entry: Accepted): Effect.Effect<Outcome> {
    return Effect.suspend(() => {
      if (this.#adapter === undefined || this.#gone) {
        const refusal = refuse(
          400,
          `Model ${this.parts.id} not loaded (unloaded, its session ended, or the service was started anew)`
        )
        return Effect.succeed<Outcome>({ _tag: "Refused", refusal })
      }
      return entry.operation(this.#adapter).pipe(Effect.catch((error) => Effect.succeed(failed(error))))
    })
  }
}
