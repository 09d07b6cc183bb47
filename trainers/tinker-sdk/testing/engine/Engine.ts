import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"

/** The engine refuses an operation or failed in it. `user` says that the request was at fault, `server` that the engine was. */
export class EngineError extends Schema.TaggedError<EngineError>()("EngineError", {
  category: Schema.Literals(["user", "server"]),
  message: Schema.String
}) {}

/** A base model that the service offers. */
export interface BaseModel {
  readonly name: string
  readonly arch: string
  readonly tokenizerId: string
  readonly vocabularySize: number
  readonly contextLength: number
  /** Ids that end a turn when a request names no stop. */
  readonly stopIds: ReadonlyArray<number>
}

/** What a LoRA is made of. */
export interface LoraShape {
  readonly rank: number
  readonly seed: number
  readonly trainUnembed: boolean
  readonly trainMlp: boolean
  readonly trainAttn: boolean
}

/** The five losses of the service. */
export type LossName = "cross_entropy" | "importance_sampling" | "ppo" | "cispo" | "dro"

/**
 * One sequence to learn from. `tokens` are the model's inputs; `targets[t]` are the ids scored at position t, which follows
 * `tokens[0..t]`: K of them, mostly one. Lists beside them have the same [N, K] shape, and are there when the loss needs them.
 */
export interface TrainingDatum {
  readonly tokens: ReadonlyArray<number>
  readonly targets: ReadonlyArray<ReadonlyArray<number>>
  readonly weights?: ReadonlyArray<ReadonlyArray<number>>
  /** Log-probabilities at sampling time. */
  readonly logprobs?: ReadonlyArray<ReadonlyArray<number>>
  readonly advantages?: ReadonlyArray<ReadonlyArray<number>>
  readonly clipLow?: ReadonlyArray<ReadonlyArray<number>>
  readonly clipHigh?: ReadonlyArray<ReadonlyArray<number>>
}

export interface TrainingBatch {
  readonly loss: LossName
  readonly config: Readonly<Record<string, number>>
  readonly data: ReadonlyArray<TrainingDatum>
}

/** Per datum: log-probabilities of the targets and the loss of each, both [N, K]. The loss of a batch is their sum. */
export interface DatumOutput {
  readonly logprobs: ReadonlyArray<ReadonlyArray<number>>
  readonly losses: ReadonlyArray<ReadonlyArray<number>>
}

/** AdamW as `optim_step` takes it; a `gradClipNorm` of 0 turns clipping off. */
export interface AdamOptions {
  readonly learningRate: number
  readonly beta1: number
  readonly beta2: number
  readonly eps: number
  readonly weightDecay: number
  readonly gradClipNorm: number
}

/** What an update tells beside its success. */
export interface OptimReport {
  /** Euclidean norm of the accumulated gradient, before clipping. */
  readonly gradientNorm: number
}

/** One LoRA in training. Operations are called one after another; each happens whole or not at all. */
export interface Adapter {
  readonly forward: (batch: TrainingBatch) => Effect.Effect<ReadonlyArray<DatumOutput>, EngineError>
  /** As `forward`, and adds the gradient of the summed loss to what is accumulated. */
  readonly forwardBackward: (batch: TrainingBatch) => Effect.Effect<ReadonlyArray<DatumOutput>, EngineError>
  /** One update on the accumulated gradient, then clears it. Without a gradient it is zero. */
  readonly optimStep: (options: AdamOptions) => Effect.Effect<OptimReport, EngineError>
  /** Weights and optimiser. */
  readonly save: Effect.Effect<Uint8Array, EngineError>
  /** Takes weights over, and the optimiser if asked; otherwise that starts empty. */
  readonly load: (state: Uint8Array, optimizer: boolean) => Effect.Effect<void, EngineError>
}

/** Which weights to run: a base model's, or a state that an adapter of it saved. */
export interface Weights {
  readonly baseModel: string
  readonly state: Uint8Array | undefined
}

export interface GenerateRequest {
  readonly weights: Weights
  readonly prompt: ReadonlyArray<number>
  readonly maxTokens: number
  readonly temperature: number
  /** -1 keeps every token. */
  readonly topK: number
  readonly topP: number
  readonly seed: number
  /** Undefined: the model's own. Empty: none. */
  readonly stop: ReadonlyArray<number> | ReadonlyArray<string> | undefined
}

export interface Generated {
  readonly tokens: ReadonlyArray<number>
  /** Of the distribution that was drawn from: temperature, top-k and top-p applied. */
  readonly logprobs: ReadonlyArray<number>
  readonly stopReason: "stop" | "length"
}

export interface ScoreRequest {
  readonly weights: Weights
  readonly tokens: ReadonlyArray<number>
  /** How many of the most likely ids to return at each position. */
  readonly topK: number
  /** Ids to score: entry t holds ids for position t + 1. */
  readonly ids?: ReadonlyArray<ReadonlyArray<number>>
}

/** Raw scores, temperature 1. Entry t belongs to position t + 1: the first token has nothing before it. */
export interface Scored {
  readonly logprobs: ReadonlyArray<number>
  readonly topK: ReadonlyArray<ReadonlyArray<readonly [id: number, logprob: number]>>
  readonly ids: ReadonlyArray<ReadonlyArray<number>>
}

/** What the fake service trains and samples with. */
export interface Engine {
  readonly baseModels: ReadonlyArray<BaseModel>
  readonly createAdapter: (
    baseModel: string,
    shape: LoraShape
  ) => Effect.Effect<Adapter, EngineError, Scope.Scope>
  readonly generate: (request: GenerateRequest) => Effect.Effect<Generated, EngineError>
  readonly score: (request: ScoreRequest) => Effect.Effect<Scored, EngineError>
  /** A saved state in the PEFT layout: file names and their bytes. */
  readonly exportPeft: (
    weights: Weights,
    shape: LoraShape
  ) => Effect.Effect<Readonly<Record<string, Uint8Array>>, EngineError>
}
