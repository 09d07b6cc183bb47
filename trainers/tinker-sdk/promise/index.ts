/** The client for programs without Effect: promises, abort signals, async iteration. Failures reject with a TinkerError. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { NewModel, ResumeOptions } from "../client/Models.ts"
import { make } from "../client/TinkerClient.ts"
import type { TinkerProgress } from "../transport/Progress.ts"
import type { ServerCapabilities } from "../wire/index.ts"
import { checkpointsOf, type PromiseCheckpoints } from "./Checkpoints.ts"
import { makeRun, type Promised, waitOptions } from "./Run.ts"
import { type PromiseSampling, samplingOf } from "./Sampling.ts"
import { type PromiseTraining, trainingOf } from "./Training.ts"

export { float32, int64, type LossFn, tokens } from "../client/Data.ts"
export * from "../TinkerError.ts"
export type { Datum, ModelInput, TensorData } from "../wire/index.ts"
export type { PromiseCheckpoints } from "./Checkpoints.ts"
export type { CallOptions, Promised, PromisePending } from "./Run.ts"
export type { PromiseSampling } from "./Sampling.ts"
export type { PromiseTraining } from "./Training.ts"
export type { TinkerProgress }

export interface ConnectOptions {
  readonly apiKey: string
  /** Default: the hosted service. */
  readonly baseUrl?: string | undefined
  /** Sent with every request, and kept secret as the key is. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly tags?: ReadonlyArray<string> | undefined
  readonly projectId?: string | undefined
  /** The longest wait for any one result, in ms. Default: 2 hours. */
  readonly deadline?: number | undefined
  /** See `TinkerOptions.submission`. */
  readonly submission?: "turns" | "overlapped" | undefined
  /** Instead of the platform's. */
  readonly fetch?: typeof globalThis.fetch | undefined
}

export interface Tinker {
  readonly sessionId: string
  readonly capabilities: () => Promise<ServerCapabilities>
  readonly createTrainingClient: (model: Promised<NewModel>) => Promise<PromiseTraining>
  readonly resumeTraining: (path: string, options?: Promised<ResumeOptions>) => Promise<PromiseTraining>
  readonly createSamplingClient: (
    source: { readonly baseModel: string } | { readonly path: string }
  ) => Promise<PromiseSampling>
  readonly checkpoints: PromiseCheckpoints
  /** What all operations wait for, as it happens. */
  readonly progress: () => AsyncIterable<TinkerProgress>
  /** Ends the session. */
  readonly close: () => Promise<void>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

const httpClient = (fetch: typeof globalThis.fetch | undefined) =>
  fetch === undefined
    ? FetchHttpClient.layer
    : Layer.provide(FetchHttpClient.layer, Layer.succeed(FetchHttpClient.Fetch, fetch))

/** Opens a session; close it when done. */
export const connect = async (options: ConnectOptions): Promise<Tinker> => {
  const scope = await Effect.runPromise(Scope.make())
  const close = () => Effect.runPromise(Scope.close(scope, Exit.void))
  const opening = Effect.gen(function*() {
    const context = yield* Layer.buildWithScope(httpClient(options.fetch), scope)
    const client = yield* make({
      apiKey: Redacted.make(options.apiKey),
      baseUrl: options.baseUrl,
      headers: Object.fromEntries(
        Object.entries(options.headers ?? {}).map(([name, value]) => [name, Redacted.make(value)])
      ),
      tags: options.tags,
      projectId: options.projectId,
      deadline: options.deadline,
      submission: options.submission
    }).pipe(
      Effect.provideService(HttpClient.HttpClient, Context.get(context, HttpClient.HttpClient)),
      Scope.provide(scope)
    )
    return { client, run: makeRun(context) }
  })
  const { client, run } = await Effect.runPromise(
    Effect.onError(opening, (cause) => Scope.close(scope, Exit.failCause(cause)))
  )
  return {
    get sessionId() {
      return client.sessionId
    },
    capabilities: () => run(client.capabilities),
    createTrainingClient: ({ signal, ...model }) =>
      run(Effect.map(client.createTrainingClient({ ...model, ...waitOptions(model) }), trainingOf(run)), signal),
    resumeTraining: (path, { signal, ...wait } = {}) =>
      run(Effect.map(client.resumeTraining(path, { ...wait, ...waitOptions(wait) }), trainingOf(run)), signal),
    createSamplingClient: (source) => run(Effect.map(client.createSamplingClient(source), samplingOf(run))),
    checkpoints: checkpointsOf(run, client.checkpoints),
    progress: () => Stream.toAsyncIterable(client.progress),
    close,
    [Symbol.asyncDispose]: close
  }
}
