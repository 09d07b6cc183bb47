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
import {
  afterLoss,
  afterSuccess,
  broughtBack,
  crashed,
  DOCTOR,
  fromSeed,
  isKept,
  refusal,
  withSnapshot
} from "./Recovery.ts"

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

/** Operations that make ready what later ones use. */
const COMPUTES: ReadonlySet<Operation> = new Set<Operation>(["prepare", "sample"])

const asBackendError = (error: WorkerRefused): BackendError =>
  new BackendError({ reason: error.reason, message: error.message, cause: error })

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
  let state = fromSeed(options.open.seed ?? 0)

  /** A new process with the model and the kept adapter. */
  const start = Effect.fnUntraced(function*(watching: { readonly onProgress?: SupervisorOptions["progress"] }) {
    const own = yield* Scope.fork(scope, "sequential")
    const boot = Effect.gen(function*() {
      const connection = yield* connect(options.worker, options.deadlines.greeting)
      const { value } = yield* connection.ask({
        operation: "open",
        input: options.open,
        silence: options.deadlines.loading,
        ...watching
      })
      const { kept } = state
      if (kept._tag === "Snapshot") {
        const silence = options.deadlines.operation
        yield* connection.ask({ operation: "restore", input: {}, payload: kept.bytes, silence })
      } else if (kept.seed !== (options.open.seed ?? 0)) {
        const silence = options.deadlines.operation
        yield* connection.ask({ operation: "reset", input: { seed: kept.seed }, silence })
      }
      state = broughtBack(state)
      running = { connection, opened: value, scope: own, warm: false }
      return value
    })
    return yield* boot.pipe(
      Effect.provideService(Scope.Scope, own),
      Effect.onError(() => Scope.close(own, Exit.void))
    )
  }, Effect.provideContext(services))

  /** Puts the dead worker away and says what was lost. */
  const bury = Effect.fnUntraced(function*(gone: WorkerGone) {
    if (running !== undefined) yield* Scope.close(running.scope, Exit.void)
    running = undefined
    const loss = afterLoss(state, gone.cause, options.restarts)
    state = loss.state
    return loss
  })

  /** A running worker, started if need be. */
  const alive: Effect.Effect<Running, BackendError> = Effect.gen(function*() {
    while (true) {
      if (state.givenUp !== undefined) return yield* state.givenUp
      if (running !== undefined) return running
      const started = yield* Effect.result(start({}))
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
      if (lostChange) state = { ...state, untold: error }
      yield* options.notify(error.message)
      yield* Effect.ignore(alive)
    })
    return watched.connection.gone.pipe(
      Effect.andThen(turn.withPermit(restart)),
      Effect.forkIn(scope),
      Effect.asVoid
    )
  })

  const account = Effect.fnUntraced(function*<Name extends Operation>(
    connection: Connection,
    operation: Name,
    input: Input<Name>,
    answer: Answer<Name>,
    restored: Uint8Array | undefined
  ) {
    state = afterSuccess(state, operation, input, answer, restored)
    if (!isKept(operation, options.keep)) return
    const silence = options.deadlines.operation
    const { payload } = yield* connection.ask({ operation: "snapshot", input: {}, silence })
    state = withSnapshot(state, payload)
  })

  const perform = <Name extends Operation>(operation: Name, input: Input<Name>, extra: Extra) =>
    Effect.gen(function*() {
      const refused = refusal(state, operation)
      if (refused !== undefined) {
        state = refused.state
        return yield* refused.error
      }
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
            if (state.givenUp === undefined) yield* turn.withPermit(Effect.ignore(alive)).pipe(Effect.forkIn(scope))
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

  // Only the first start is watched: later ones happen behind a user interface.
  const opened = yield* start({ onProgress: options.progress }).pipe(
    Effect.catchTags({
      WorkerRefused: (error) => Effect.fail(asBackendError(error)),
      WorkerGone: ({ cause }) =>
        Effect.fail(crashed(`The GPU backend's worker ${cause}. It never came to work. ${DOCTOR}`))
    })
  )
  yield* watch
  return {
    opened,
    revision: Effect.sync(() => state.revision),
    call: (operation, input, payload) =>
      submit(operation, input, payload === undefined ? {} : { payload }).pipe(
        Effect.withSpan(`GpuWorker.${operation}`)
      ),
    sample
  }
})
