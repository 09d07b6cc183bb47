/*
 * `tinker-sdk/testing`: a fake Tinker service for tests, with real training. `tinker-sdk/testing/node` puts it behind a socket.
 */
export {
  type AdamOptions,
  type Adapter,
  type BaseModel,
  type DatumOutput,
  type Engine,
  EngineError,
  type Generated,
  type GenerateRequest,
  type LoraShape,
  type LossName,
  type OptimReport,
  type Scored,
  type ScoreRequest,
  type TrainingBatch,
  type TrainingDatum,
  type Weights
} from "./engine/Engine.ts"
export { datumLoss } from "./engine/Losses.ts"
export { draw, type DrawOptions, logSoftmax, mostLikely, processedRow } from "./engine/Sampling.ts"
export { FakeTinker, type FakeTinkerOptions, makeFakeTinker, type RunView } from "./FakeTinker.ts"
export {
  type Fault,
  type FaultKind,
  type FaultPlan,
  type FaultyCall,
  type Moment,
  noFaults,
  type ScriptedFault,
  scriptedFaults,
  seededFaults,
  type SeededOptions
} from "./Faults.ts"
export type { Checkpoint, CheckpointKeeper } from "./service/Checkpoints.ts"
export { fakeFetch, fakeHttpClient, fakeHttpClientLayer } from "./InProcess.ts"
export type { FutureKind, QueueState } from "./service/Futures.ts"
export { ConnectionDropped, type FakeReply, type FakeRequest } from "./service/Http.ts"
export { softmaxEngine, type SoftmaxOptions } from "./softmax/SoftmaxEngine.ts"
export { criticalPath, sequentialRoundTrips, type TraceEntry } from "./Trace.ts"
