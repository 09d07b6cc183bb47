/** One LoRA in training: what can be asked of it. */
import type * as Effect from "effect/Effect"
import type { TinkerError } from "../TinkerError.ts"
import type { Datum, GetInfoReply, LossFnConfig } from "../wire/index.ts"
import type { WaitOptions } from "./Core.ts"
import type { LossAndGradient } from "./CustomLoss.ts"
import type { LossFn } from "./Data.ts"
import type { TrainingOutput } from "./ForwardBackward.ts"
import type { Pending } from "./Pending.ts"
import type { SamplingClient } from "./SamplingClient.ts"

/** AdamW's numbers, sent with each step. */
export interface OptimizerParams {
  readonly learningRate: number
  /** Default 0.9. */
  readonly beta1?: number | undefined
  /** Default 0.95. */
  readonly beta2?: number | undefined
  /** Default 1e-12. */
  readonly eps?: number | undefined
  /** Default 0. */
  readonly weightDecay?: number | undefined
  /** Default 0: no clipping. */
  readonly gradClipNorm?: number | undefined
}

export interface BatchOptions extends WaitOptions {
  /** Settings of the loss. */
  readonly config?: LossFnConfig | undefined
}

export interface SaveOptions extends WaitOptions {
  /** The service deletes it after this many seconds; never, where left out. */
  readonly ttlSeconds?: number | undefined
}

export interface SaveStateOptions extends SaveOptions {
  /** Replaces a checkpoint of the same name. */
  readonly overwrite?: boolean | undefined
}

/** `tinker://…`. */
export interface SavedWeights {
  readonly path: string
}

/** The metrics of an optimizer step; often none. */
export type StepMetrics = Readonly<Record<string, number>>

/** Operations that are sent in the order of these calls, and waited for when it suits. */
export interface TrainingSubmissions {
  readonly forward: (
    data: ReadonlyArray<Datum>,
    loss: LossFn,
    options?: BatchOptions
  ) => Effect.Effect<Pending<TrainingOutput>, TinkerError>
  readonly forwardBackward: (
    data: ReadonlyArray<Datum>,
    loss: LossFn,
    options?: BatchOptions
  ) => Effect.Effect<Pending<TrainingOutput>, TinkerError>
  readonly optimStep: (
    params: OptimizerParams,
    options?: WaitOptions
  ) => Effect.Effect<Pending<StepMetrics>, TinkerError>
  readonly saveState: (name: string, options?: SaveStateOptions) => Effect.Effect<Pending<SavedWeights>, TinkerError>
  readonly saveForSampler: (name: string, options?: SaveOptions) => Effect.Effect<Pending<SavedWeights>, TinkerError>
  readonly sampler: (options?: SaveOptions) => Effect.Effect<Pending<SamplingClient>, TinkerError>
}

export interface TrainingClient {
  readonly modelId: string
  readonly info: Effect.Effect<GetInfoReply, TinkerError>
  /** Log-probabilities and losses, no gradients. */
  readonly forward: (
    data: ReadonlyArray<Datum>,
    loss: LossFn,
    options?: BatchOptions
  ) => Effect.Effect<TrainingOutput, TinkerError>
  /** Adds the gradient of the loss, a sum over tokens and datums, to what has gathered since the last step. */
  readonly forwardBackward: (
    data: ReadonlyArray<Datum>,
    loss: LossFn,
    options?: BatchOptions
  ) => Effect.Effect<TrainingOutput, TinkerError>
  /** The same for a loss of one's own: two passes, see `LossAndGradient`. Its metrics join those of the second pass. */
  readonly forwardBackwardCustom: <E, R>(
    data: ReadonlyArray<Datum>,
    lossAndGradient: LossAndGradient<E, R>,
    options?: WaitOptions
  ) => Effect.Effect<TrainingOutput, TinkerError | E, R>
  /** A step of AdamW along the gathered gradient, which is then zero again. */
  readonly optimStep: (params: OptimizerParams, options?: WaitOptions) => Effect.Effect<StepMetrics, TinkerError>
  /** Weights and optimizer state, to go on training from. */
  readonly saveState: (name: string, options?: SaveStateOptions) => Effect.Effect<SavedWeights, TinkerError>
  /** Weights to sample from, kept under a name. */
  readonly saveForSampler: (name: string, options?: SaveOptions) => Effect.Effect<SavedWeights, TinkerError>
  /** The weights as they are now, to sample from at once; not kept. */
  readonly sampler: (options?: SaveOptions) => Effect.Effect<SamplingClient, TinkerError>
  /** Frees the model. Later operations fail. */
  readonly unload: (options?: WaitOptions) => Effect.Effect<void, TinkerError>
  readonly submit: TrainingSubmissions
}
