import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { HttpClient } from "effect/http/HttpClient"
import type { WaitOptions } from "../client/Core.ts"
import type { Pending } from "../client/Pending.ts"
import type { TinkerError } from "../TinkerError.ts"
import type { TinkerProgress } from "../transport/Progress.ts"

/** What every call understands. */
export interface CallOptions {
  /** Milliseconds from the call to the result. */
  readonly deadline?: number | undefined
  /** Hears what the call waits for. */
  readonly onProgress?: ((progress: TinkerProgress) => void) | undefined
  /** Aborting ends the waiting: what was sent goes on. */
  readonly signal?: AbortSignal | undefined
}

/** Options of the Effect client, with those of promises in place of its own. */
export type Promised<Options extends WaitOptions> = Omit<Options, keyof WaitOptions> & CallOptions

export interface PromisePending<A> {
  readonly operation: string
  readonly accepted: () => Promise<void>
  readonly result: (options?: Pick<CallOptions, "signal">) => Promise<A>
}

export interface Run {
  <A>(effect: Effect.Effect<A, TinkerError, HttpClient>, signal?: AbortSignal): Promise<A>
}

export const makeRun = (context: Context.Context<HttpClient>): Run => (effect, signal) =>
  Effect.runPromiseWith(context)(effect, signal === undefined ? undefined : { signal })

/** Both, always, so that they replace those of the caller. */
interface Wait {
  readonly deadline: WaitOptions["deadline"]
  readonly onProgress: WaitOptions["onProgress"]
}

export const waitOptions = ({ deadline, onProgress }: Omit<CallOptions, "signal">): Wait => ({
  deadline,
  onProgress: onProgress === undefined ? undefined : (progress) => Effect.sync(() => onProgress(progress))
})

export const pendingOf = (run: Run) => <A>(pending: Pending<A>): PromisePending<A> => ({
  operation: pending.operation,
  accepted: () => run(pending.accepted),
  result: (options) => run(pending.result, options?.signal)
})
