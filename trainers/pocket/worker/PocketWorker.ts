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

/**
 * Starts the worker thread and waits until the model is compiled; `preparing` hears how far a model is that is prepared the first
 * time. Closing the scope cancels sampling, lets a running request
 * finish and waits for the thread to end. A crash fails every open and later request with `WorkerCrashed`.
 */
export const startWorker = Effect.fnUntraced(function*(
  options: EngineOptions,
  preparing: (preparation: Preparation) => void = () => {},
  entry: URL = program
): Effect.fn.Return<PocketWorker, BackendError, Scope.Scope> {
  const pending = new Map<number, Pending>()
  const cancels = new Set<Int32Array>()
  let lost: BackendError | undefined
  let revision = 0
  let count = 0

  const worker = new Worker(entry, {
    name: "pocket",
    workerData: options,
    // Flags and loaders of the host (test runners, transpilers) are not for this plain program.
    execArgv: [],
    transferList: options.weights instanceof Map
      ? [...options.weights.values()].map(({ data }) => data.buffer as ArrayBuffer)
      : []
  })
  const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()))
  const lose = (cause: string): void => {
    lost ??= crashed(cause)
    for (const { end } of Array.from(pending.values())) end(Exit.fail(lost))
  }

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

  const ready = Effect.callback<string, BackendError>((resume) => {
    worker.on("error", (cause) => lose(messageOf(cause)))
    worker.once("exit", (code) => lose(`exit code ${code}`))
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
  })

  yield* Effect.addFinalizer(() =>
    Effect.promise(() => {
      for (const flag of cancels) Atomics.store(flag, 0, 1)
      if (lost === undefined) send("close", undefined, { end: () => {} })
      return exited
    }).pipe(
      Effect.timeoutOrElse({ duration: "1 minute", orElse: () => Effect.promise(() => worker.terminate()) }),
      Effect.asVoid
    )
  )
  const runtime = yield* ready

  return {
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
  }
})
