/** A client for the Tinker training service, on Effect. */
export { type ArchiveAddress, type Checkpoints, type Page } from "./client/Checkpoints.ts"
export { type WaitOptions } from "./client/Core.ts"
export { type CustomLoss, type LossAndGradient } from "./client/CustomLoss.ts"
export { float32, int64, type LossFn, tokens } from "./client/Data.ts"
export { type TrainingOutput } from "./client/ForwardBackward.ts"
export { type LoraOptions, type NewModel, type ResumeOptions } from "./client/Models.ts"
export { optionsConfig, type TinkerOptions } from "./client/Options.ts"
export { type Pending } from "./client/Pending.ts"
export { type SampledTokens, type Samples } from "./client/Samples.ts"
export { type SampleOptions, type SampleParams, type SamplingClient } from "./client/SamplingClient.ts"
export { TinkerClient, type TinkerClientShape } from "./client/TinkerClient.ts"
export {
  type BatchOptions,
  type OptimizerParams,
  type SavedWeights,
  type SaveOptions,
  type SaveStateOptions,
  type StepMetrics,
  type TrainingClient,
  type TrainingSubmissions
} from "./client/TrainingClient.ts"
export * from "./TinkerError.ts"
export { type Observer, type TinkerProgress } from "./transport/Progress.ts"
export {
  type Checkpoint,
  type Datum,
  DEFAULT_BASE_URL,
  type GetInfoReply,
  type LossFnConfig,
  type ModelInput,
  PROTOCOL_VERSION,
  type ServerCapabilities,
  type TensorData,
  type TopK,
  toSparseIfShorter,
  type TrainingRun,
  type WeightsInfo
} from "./wire/index.ts"
