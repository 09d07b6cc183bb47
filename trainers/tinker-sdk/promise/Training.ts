import * as Effect from "effect/Effect"
import { messageOf } from "../MessageOf.ts"
import type { CustomLoss } from "../client/CustomLoss.ts"
import type { LossFn } from "../client/Data.ts"
import type { TrainingOutput } from "../client/ForwardBackward.ts"
import type {
  BatchOptions,
  OptimizerParams,
  SavedWeights,
  SaveOptions,
  SaveStateOptions,
  StepMetrics,
  TrainingClient
} from "../client/TrainingClient.ts"
import { TinkerInputError } from "../TinkerError.ts"
import type { Datum, GetInfoReply, TensorData } from "../wire/index.ts"
import { type CallOptions, pendingOf, type Promised, type PromisePending, type Run, waitOptions } from "./Run.ts"
import { type PromiseSampling, samplingOf } from "./Sampling.ts"

type Batch<A> = (data: ReadonlyArray<Datum>, loss: LossFn, options?: Promised<BatchOptions>) => Promise<A>
type Step<A> = (params: OptimizerParams, options?: CallOptions) => Promise<A>
type Save<A, Options extends SaveOptions = SaveOptions> = (name: string, options?: Promised<Options>) => Promise<A>
type Sampler<A> = (options?: Promised<SaveOptions>) => Promise<A>

/** See `TrainingClient`. */
export interface PromiseTraining {
  readonly modelId: string
  readonly info: () => Promise<GetInfoReply>
  readonly forward: Batch<TrainingOutput>
  readonly forwardBackward: Batch<TrainingOutput>
  readonly forwardBackwardCustom: (
    data: ReadonlyArray<Datum>,
    lossAndGradient: (
      logprobs: ReadonlyArray<TensorData>,
      data: ReadonlyArray<Datum>
    ) => CustomLoss | Promise<CustomLoss>,
    options?: CallOptions
  ) => Promise<TrainingOutput>
  readonly optimStep: Step<StepMetrics>
  readonly saveState: Save<SavedWeights, SaveStateOptions>
  readonly saveForSampler: Save<SavedWeights>
  readonly sampler: Sampler<PromiseSampling>
  readonly unload: (options?: CallOptions) => Promise<void>
  /** Resolve as soon as the operation is in line; `result()` waits for it. */
  readonly submit: {
    readonly forward: Batch<PromisePending<TrainingOutput>>
    readonly forwardBackward: Batch<PromisePending<TrainingOutput>>
    readonly optimStep: Step<PromisePending<StepMetrics>>
    readonly saveState: Save<PromisePending<SavedWeights>, SaveStateOptions>
    readonly saveForSampler: Save<PromisePending<SavedWeights>>
    readonly sampler: Sampler<PromisePending<PromiseSampling>>
  }
}

/** What the caller's own function threw. */
const thrown = (cause: unknown) =>
  new TinkerInputError({
    operation: "forward_backward_custom",
    detail: `The loss failed: ${messageOf(cause)}.`
  })

export const trainingOf = (run: Run) => (client: TrainingClient): PromiseTraining => {
  const { submit } = client
  const pending = pendingOf(run)
  return {
    modelId: client.modelId,
    info: () => run(client.info),
    forward: (data, loss, { signal, ...options } = {}) =>
      run(client.forward(data, loss, { ...options, ...waitOptions(options) }), signal),
    forwardBackward: (data, loss, { signal, ...options } = {}) =>
      run(client.forwardBackward(data, loss, { ...options, ...waitOptions(options) }), signal),
    forwardBackwardCustom: (data, lossAndGradient, options = {}) =>
      run(
        client.forwardBackwardCustom(
          data,
          (logprobs, all) => Effect.tryPromise({ try: async () => lossAndGradient(logprobs, all), catch: thrown }),
          waitOptions(options)
        ),
        options.signal
      ),
    optimStep: (params, options = {}) => run(client.optimStep(params, waitOptions(options)), options.signal),
    saveState: (name, { signal, ...options } = {}) =>
      run(client.saveState(name, { ...options, ...waitOptions(options) }), signal),
    saveForSampler: (name, { signal, ...options } = {}) =>
      run(client.saveForSampler(name, { ...options, ...waitOptions(options) }), signal),
    sampler: ({ signal, ...options } = {}) =>
      run(Effect.map(client.sampler({ ...options, ...waitOptions(options) }), samplingOf(run)), signal),
    unload: (options = {}) => run(client.unload(waitOptions(options)), options.signal),
    submit: {
      forward: (data, loss, { signal, ...options } = {}) =>
        run(Effect.map(submit.forward(data, loss, { ...options, ...waitOptions(options) }), pending), signal),
      forwardBackward: (data, loss, { signal, ...options } = {}) =>
        run(Effect.map(submit.forwardBackward(data, loss, { ...options, ...waitOptions(options) }), pending), signal),
      optimStep: (params, options = {}) =>
        run(Effect.map(submit.optimStep(params, waitOptions(options)), pending), options.signal),
      saveState: (name, { signal, ...options } = {}) =>
        run(Effect.map(submit.saveState(name, { ...options, ...waitOptions(options) }), pending), signal),
      saveForSampler: (name, { signal, ...options } = {}) =>
        run(Effect.map(submit.saveForSampler(name, { ...options, ...waitOptions(options) }), pending), signal),
      sampler: ({ signal, ...options } = {}) =>
        run(
          Effect.map(submit.sampler({ ...options, ...waitOptions(options) }), (found) =>
            pending({ ...found, result: Effect.map(found.result, samplingOf(run)) })),
          signal
        )
    }
  }
}
