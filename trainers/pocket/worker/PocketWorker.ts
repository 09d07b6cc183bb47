import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Worker } from "node:worker_threads"
import { BackendError, type SampleRequest } from "../../../core/LoraBackend.ts"
import { messageOf } from "../../../core/MessageOf.ts"
import type { EngineOptions, EngineToken } from "../engine/Engine.ts"
import type { Input, OperationName, Output, Preparation, Reply, Request } from "./Protocol.ts"

/** A running worker thread with the engine in it. */
export interface PocketWorker {
  /** What runs the numbers. */
  readonly runtime: string
  /** Optimiser updates of the current adapter, as of the last answer. */
  readonly revision: () => number
  readonly call: <Name extends OperationName>(
    operation: Name,
    input: Input<Name>
  ) => Effect.Effect<Output<Name>, BackendError>
  /** Tokens as they are sampled; interrupting the stream stops the sampling before the next token. */
  readonly sample: (request: SampleRequest) => Stream.Stream<EngineToken, BackendError>
}

interface Pending {
  readonly token?: (token: EngineToken) => void
  readonly end: (exit: Exit.Exit<unknown, BackendError>) => void
}

/** The worker's program lies beside this file, as TypeScript in the sources and as JavaScript in the package. */
const program = new URL(import.meta.url.endsWith(".ts") ? "./Main.ts" : "./Main.js", import.meta.url)

const crashed = (cause: string): BackendError =>
  new BackendError({
    reason: "WorkerCrashed",
    message: `The pocket backend's worker stopped (${cause}). Restart; the adapter is as it was last saved.`
  })

const problem = (
  { message, reason }: { readonly reason: BackendError["reason"]; readonly message: string }
): BackendError => new BackendError({ reason, message })

/** A worker thread that has loaded its program and waits for a model. */
type LaunchedWorker = (
  options: EngineOptions,
  preparing?: (preparation: Preparation) => void
) => Effect.Effect<PocketWorker, BackendError>

/**
 * Launches the worker thread, which loads its program beside what comes next here. Given a model it waits until that is compiled;
 * `preparing` hears how far one is that is prepared the first time. Closing the scope cancels sampling, lets a running request
 * finish and waits for the thread to end. A crash fails every open and later request with `WorkerCrashed`.
 */
export const launchWorker = Effect.fnUntraced(function*(
  entry: URL = program
): Effect.fn.Return<LaunchedWorker, never, Scope.Scope> {
  const pending = new Map<number, Pending>()
  const cancels = new Set<Int32Array>()
  let lost: BackendError | undefined
  let revision = 0
  let count = 0
  let isStarted = false

  const worker = new Worker(entry, {
    name: "pocket",
    // Flags and loaders of the host (test runners, transpilers) are not for this plain program.
    execArgv: []
  })
  const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()))
  const lose = (cause: string): void => {
    lost ??= crashed(cause)
    for (const { end } of Array.from(pending.values())) end(Exit.fail(lost))
  }
  worker.on("error", (cause) => lose(messageOf(cause)))
  worker.once("exit", (code) => lose(`exit code ${code}`))

  const send = <Name extends OperationName>(operation: Name, input: Input<Name>, handlers: Pending): void => {
    if (lost !== undefined) return handlers.end(Exit.fail(lost))
    const id = count++
    pending.set(id, {
      ...handlers,
      end: (exit) => {
        pending.delete(id)
        handlers.end(exit)
      }
    })
    const request = { id, operation, input } as Request
    worker.postMessage(request)
  }

  const ready = (options: EngineOptions, preparing: (preparation: Preparation) => void) =>
    Effect.callback<string, BackendError>((resume) => {
      if (lost !== undefined) return resume(Effect.fail(lost))
      pending.set(-1, { end: (exit) => resume(exit as Exit.Exit<string, BackendError>) })
      worker.on("message", (reply: Reply) => {
        switch (reply._tag) {
          case "Preparing":
            return preparing(reply)
          case "Ready":
            pending.delete(-1)
            return resume(Effect.succeed(reply.runtime))
          case "NotReady":
            pending.delete(-1)
            return resume(Effect.fail(problem(reply)))
          case "Token":
            return pending.get(reply.id)?.token?.(reply.token)
          case "Done":
            revision = reply.revision
            return pending.get(reply.id)?.end(Exit.succeed(reply.value))
          case "Failed":
            return pending.get(reply.id)?.end(Exit.fail(problem(reply)))
        }
      })
      isStarted = true
      worker.postMessage(
        options,
        options.weights instanceof Map
          ? [...options.weights.values()].map(({ data }) => data.buffer as ArrayBuffer)
          : []
      )
    })

  yield* Effect.addFinalizer(() =>
    Effect.promise<unknown>(() => {
      for (const flag of cancels) Atomics.store(flag, 0, 1)
      if (!isStarted) return worker.terminate()
      if (lost === undefined) send("close", undefined, { end: () => {} })
      return exited
    }).pipe(
      Effect.timeoutOrElse({ duration: "1 minute", orElse: () => Effect.promise(() => worker.terminate()) }),
      Effect.asVoid
    )
  )

  const running = (runtime: string): PocketWorker => ({
    runtime,
    revision: () => revision,
    call: <Name extends OperationName>(operation: Name, input: Input<Name>) =>
      Effect.callback<Output<Name>, BackendError>((resume) =>
        send(operation, input, { end: (exit) => resume(exit as Exit.Exit<Output<Name>, BackendError>) })
      ).pipe(Effect.withSpan(`PocketWorker.${operation}`)),
    sample: (request) =>
      Stream.callback<EngineToken, BackendError>((queue) =>
        Effect.acquireRelease(
          Effect.sync(() => {
            const cancel = new SharedArrayBuffer(4)
            const flag = new Int32Array(cancel)
            cancels.add(flag)
            send("sample", { request, cancel }, {
              token: (token) => void Queue.offerUnsafe(queue, token),
              end: (exit) => {
                cancels.delete(flag)
                if (Exit.isSuccess(exit)) Queue.endUnsafe(queue)
                else Queue.failCauseUnsafe(queue, exit.cause as Cause.Cause<BackendError>)
              }
            })
            return flag
          }),
          (flag) =>
            Effect.sync(() => {
              Atomics.store(flag, 0, 1)
              cancels.delete(flag)
            })
        )
      )
  })
  return (options, preparing = () => {}) => Effect.map(ready(options, preparing), running)
})

/** Launches the worker thread and gives it a model. */
export const startWorker = Effect.fnUntraced(function*(
  options: EngineOptions,
  preparing?: (preparation: Preparation) => void,
  entry?: URL
): Effect.fn.Return<PocketWorker, BackendError, Scope.Scope> {
  return yield* (yield* launchWorker(entry))(options, preparing)
})
