import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import type { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import { BackendError, type SampleRequest } from "../../../core/LoraBackend.ts"
import type { Input, Opened, OpenInput, Operation, Progress, WorkerToken } from "../protocol/Messages.ts"
import { sampleInput } from "../protocol/Wire.ts"
import {
  type Answer,
  connect,
  type Connection,
  type WorkerCommand,
  WorkerGone,
  type WorkerRefused
} from "./Connection.ts"
import { type Deadlines, patience } from "./Patience.ts"

export interface SupervisorOptions {
  readonly worker: WorkerCommand
  readonly open: OpenInput
  readonly deadlines: Deadlines
  /** Restarts without a successful operation in between before the backend gives up. */
  readonly restarts: number
  /** `commit`: a crash takes the adapter back to the last snapshot asked for. `update`: one is kept after each change. */
  readonly keep: "commit" | "update"
  readonly progress: (progress: Progress) => Effect.Effect<void>
  /** Told of crashes and restarts, in a sentence or two. */
  readonly notify: (message: string) => Effect.Effect<void>
}

/** A worker that is kept running. Operations are answered one after another. */
export interface Supervisor {
  readonly opened: Opened
  readonly revision: Effect.Effect<number>
  readonly call: <Name extends Operation>(
    operation: Name,
    input: Input<Name>,
    payload?: Uint8Array
  ) => Effect.Effect<Answer<Name>, BackendError>
  /** Tokens as they are sampled; leaving the stream ends the sampling before the next token. */
  readonly sample: (request: SampleRequest) => Stream.Stream<WorkerToken, BackendError>
}

/** How to bring the adapter back: from the seed it was drawn from, or from a snapshot. */
type Kept =
  | { readonly _tag: "Seed"; readonly seed: number; readonly revision: 0 }
  | { readonly _tag: "Snapshot"; readonly bytes: Uint8Array; readonly revision: number }

/** Operations after which nothing of the adapter before matters. */
const REPLACES: ReadonlySet<Operation> = new Set<Operation>(["restore", "reset", "importPeft"])
const CHANGES: ReadonlySet<Operation> = new Set<Operation>(["update", "blendShadow", "importPeft"])

/** Operations that make ready what later ones use. */
const COMPUTES: ReadonlySet<Operation> = new Set<Operation>(["prepare", "sample"])

const DOCTOR = "Run `continualcode doctor` to see what is wrong."

const crashed = (message: string): BackendError => new BackendError({ reason: "WorkerCrashed", message })
const asBackendError = (error: WorkerRefused): BackendError =>
  new BackendError({ reason: error.reason, message: error.message })

interface Extra {
  readonly payload?: Uint8Array
  readonly onToken?: (token: WorkerToken) => void
  readonly onSent?: (cancel: Effect.Effect<void>) => void
}

interface Running {
  readonly connection: Connection
  readonly opened: Opened
  readonly scope: Scope.Closeable
  /** It has computed something. */
  warm: boolean
}

/**
 * Starts a worker with a model and keeps one running: when it ends, hangs or breaks the protocol it is stopped, named, and
 * started again with the adapter of the last snapshot. The operation it died in fails with `WorkerCrashed`, which says what
 * was lost; a gradient that was lost never becomes half an update. Fails when the first start does.
 */
export const supervise = Effect.fnUntraced(function*(
  options: SupervisorOptions
): Effect.fn.Return<Supervisor, BackendError, Scope.Scope | ChildProcessSpawner> {
  const scope = yield* Effect.scope
  const services = yield* Effect.context<ChildProcessSpawner>()
  const turn = yield* Semaphore.make(1)
  let running: Running | undefined
  let kept: Kept = { _tag: "Seed", seed: options.open.seed ?? 0, revision: 0 }
  let revision = 0
  /** The worker's adapter has changed since `kept`. */
  let ahead = false
  let gradient: "none" | "held" | "lost" = "none"
  /** Something acknowledged was lost while nobody waited for an answer: the next operation is told. */
  let untold: BackendError | undefined
  let failures = 0
  let revived = false
  let givenUp: BackendError | undefined

  /** A new process with the model and the kept adapter. */
  const start = Effect.gen(function*() {
    const own = yield* Scope.fork(scope, "sequential")
    const boot = Effect.gen(function*() {
      const connection = yield* connect(options.worker, options.deadlines.greeting)
      const { value } = yield* connection.ask({
        operation: "open",
        input: options.open,
        silence: options.deadlines.loading,
        // Only the first start is watched: later ones happen behind a user interface.
        ...(revived ? {} : { onProgress: options.progress })
      })
      if (kept._tag === "Snapshot") {
        const silence = options.deadlines.operation
        yield* connection.ask({ operation: "restore", input: {}, payload: kept.bytes, silence })
      } else if (kept.seed !== (options.open.seed ?? 0)) {
        const silence = options.deadlines.operation
        yield* connection.ask({ operation: "reset", input: { seed: kept.seed }, silence })
      }
      revision = kept.revision
      ahead = false
      running = { connection, opened: value, scope: own, warm: false }
      revived = true
      return value
    })
    return yield* boot.pipe(
      Effect.provideService(Scope.Scope, own),
      Effect.onError(() => Scope.close(own, Exit.void))
    )
  }).pipe(Effect.provideContext(services))

  /** Puts the dead worker away and says what was lost. */
  const bury = Effect.fnUntraced(function*(gone: WorkerGone) {
    const before = revision
    const lostChange = ahead
    if (running !== undefined) yield* Scope.close(running.scope, Exit.void)
    running = undefined
    revision = kept.revision
    ahead = false
    if (gradient === "held") gradient = "lost"
    failures++
    const state = lostChange
      ? `The adapter goes back to its last saved state (revision ${kept.revision}, it was at ${before})`
      : `The adapter is as it was (revision ${kept.revision})`
    if (failures > options.restarts) {
      givenUp = crashed(
        `The GPU backend's worker ${gone.cause}. That is ${failures} times in a row, so it is not started again. `
          + `Everything learned is in the ledger. ${DOCTOR}`
      )
      return { error: givenUp, lostChange }
    }
    return {
      error: crashed(`The GPU backend's worker ${gone.cause}. ${state}; the worker is started again.`),
      lostChange
    }
  })

  /** A running worker, started if need be. */
  const alive: Effect.Effect<Running, BackendError> = Effect.gen(function*() {
    while (true) {
      if (givenUp !== undefined) return yield* givenUp
      if (running !== undefined) return running
      const started = yield* Effect.result(start)
      if (started._tag === "Success") {
        yield* watch
        continue
      }
      const cause = started.failure._tag === "WorkerGone"
        ? started.failure
        : new WorkerGone({ cause: `could not be started again: ${started.failure.message}` })
      const { error } = yield* bury(cause)
      yield* options.notify(error.message)
    }
  })

  /** Starts again when the worker ends while nothing is asked of it. */
  const watch = Effect.suspend(() => {
    const watched = running
    if (watched === undefined) return Effect.void
    const restart = Effect.gen(function*() {
      if (running !== watched) return
      const { error, lostChange } = yield* bury(yield* watched.connection.gone)
      if (lostChange) untold = error
      yield* options.notify(error.message)
      yield* Effect.ignore(alive)
    })
    return watched.connection.gone.pipe(
      Effect.andThen(turn.withPermit(restart)),
      Effect.forkIn(scope),
      Effect.asVoid
    )
  })

  const refusal = (operation: Operation): BackendError | undefined => {
    if (untold !== undefined && !REPLACES.has(operation) && operation !== "discard") {
      const error = untold
      untold = undefined
      return error
    }
    if (operation === "update" && gradient === "lost") {
      gradient = "none"
      return crashed(
        "The accumulated gradient was lost when the worker stopped. Nothing was changed; make the step again."
      )
    }
    return undefined
  }

  /** What a success means for the state to come back to after a crash. */
  const account = Effect.fnUntraced(function*<Name extends Operation>(
    connection: Connection,
    operation: Name,
    input: Input<Name>,
    answer: Answer<Name>,
    restored: Uint8Array | undefined
  ) {
    revision = answer.revision
    failures = 0
    if (operation === "forwardBackward" && gradient !== "lost") gradient = "held"
    if (operation === "discard" || operation === "update" || REPLACES.has(operation)) gradient = "none"
    if (REPLACES.has(operation)) untold = undefined
    const keepBytes = (bytes: Uint8Array) => {
      kept = { _tag: "Snapshot", bytes, revision }
      ahead = false
    }
    if (operation === "snapshot") keepBytes(answer.payload)
    if (operation === "restore" && restored !== undefined) keepBytes(restored)
    if (operation === "reset" && "seed" in input && typeof input.seed === "number") {
      kept = { _tag: "Seed", seed: input.seed, revision: 0 }
      ahead = false
    }
    if (!CHANGES.has(operation)) return
    ahead = true
    if (options.keep === "commit" && operation !== "importPeft") return
    const silence = options.deadlines.operation
    const { payload } = yield* connection.ask({ operation: "snapshot", input: {}, silence })
    keepBytes(payload)
  })

  const perform = <Name extends Operation>(operation: Name, input: Input<Name>, extra: Extra) =>
    Effect.gen(function*() {
      const told = refusal(operation)
      if (told !== undefined) return yield* told
      const worker = yield* alive
      const silence = patience(options.deadlines, worker.opened, worker.warm, operation, input)
      return yield* worker.connection.ask({ operation, input, silence, ...extra }).pipe(
        Effect.tap((answer) => {
          if (COMPUTES.has(operation)) worker.warm = true
          return account(worker.connection, operation, input, answer, extra.payload)
        }),
        Effect.catchTags({
          WorkerRefused: (error) => Effect.fail(asBackendError(error)),
          WorkerGone: Effect.fnUntraced(function*(gone) {
            const { error } = yield* bury(gone)
            // Loads the model while the person reads what happened.
            if (givenUp === undefined) yield* turn.withPermit(Effect.ignore(alive)).pipe(Effect.forkIn(scope))
            return yield* error
          })
        })
      )
    })

  /** Runs in the supervisor's own scope: a caller that leaves never leaves half an operation behind. */
  const submit = <Name extends Operation>(operation: Name, input: Input<Name>, extra: Extra = {}) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.gen(function*() {
        let left = false
        const work = Effect.suspend(() => left ? Effect.interrupt : perform(operation, input, extra))
        const fiber = yield* turn.withPermit(work).pipe(Effect.forkIn(scope, { startImmediately: true }))
        return yield* restore(Fiber.join(fiber)).pipe(Effect.onInterrupt(() =>
          Effect.sync(() => {
            left = true
          })
        ))
      })
    )

  const sample = (request: SampleRequest): Stream.Stream<WorkerToken, BackendError> =>
    Stream.callback<WorkerToken, BackendError>((queue: Queue.Queue<WorkerToken, BackendError | Cause.Done>) =>
      Effect.gen(function*() {
        let left = false
        let cancel: Effect.Effect<void> = Effect.void
        yield* Effect.addFinalizer(() =>
          Effect.suspend(() => {
            left = true
            return cancel
          })
        )
        const work = Effect.suspend(() =>
          left ? Effect.void : perform("sample", sampleInput(request), {
            onToken: (token) => void Queue.offerUnsafe(queue, token),
            onSent: (stop) => {
              cancel = stop
            }
          })
        )
        yield* turn.withPermit(work).pipe(
          Effect.onExit((exit) =>
            Effect.sync(() => {
              cancel = Effect.void
              if (Exit.isSuccess(exit)) Queue.endUnsafe(queue)
              else Queue.failCauseUnsafe(queue, exit.cause)
            })
          ),
          Effect.forkIn(scope, { startImmediately: true })
        )
      })
    )

  const opened = yield* start.pipe(
    Effect.catchTags({
      WorkerRefused: (error) => Effect.fail(asBackendError(error)),
      WorkerGone: ({ cause }) =>
        Effect.fail(crashed(`The GPU backend's worker ${cause}. It never came to work. ${DOCTOR}`))
    })
  )
  yield* watch
  return {
    opened,
    revision: Effect.sync(() => revision),
    call: (o, i, payload) => submit(o, i, payload === undefined ? {} : { payload }),
    sample
  }
})
