import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import { WRONG_INPUT } from "./ExitCodes.ts"
import type { ServiceUsage } from "./domain/Usage.ts"
import type { LossItem, LossReport } from "./Loss.ts"
import type { Weights } from "./Weights.ts"

/** A backend operation failed. Adapter and optimiser are as they were before the call, whatever the reason. */
export class BackendError extends Schema.TaggedError<BackendError>()("BackendError", {
  reason: Schema.Literals([
    "ModelFiles",
    "Tokenizer",
    "ContextTooLong",
    "NonFinite",
    "OutOfMemory",
    "Snapshot",
    "Unsupported",
    "WorkerCrashed",
    "Internal"
  ]),
  message: Schema.String,
  /** What it came from, where that is something else's failure. */
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get [Runtime.errorExitCode](): number {
    return this.reason === "ModelFiles" ? WRONG_INPUT : 1
  }
}

/** What a backend can do, as data. Callers choose by these, never by the backend's name. */
export interface Capabilities {
  /** Exact full-vocabulary divergences. */
  readonly fullDistribution: boolean
  /** Largest K for top-K distributions from `score`; 0 when only the given tokens' log-probabilities are available. */
  readonly topK: number
  /** Shadow copies of the adapter, for an EMA teacher. */
  readonly shadows: boolean
  readonly streaming: boolean
  readonly training: boolean
  /** Width of the rows of `hiddenStates`; absent where the backend has no such operation. */
  readonly hiddenSize?: number
  /**
   * Largest K of `Distill` items with `topK`, for backends that see only the likeliest tokens. Theirs are over the tokens that
   * are known on both sides, the teacher's likeliest among them, and a tail. Absent: `fullDistribution` says all.
   */
  readonly distillTopK?: number
  /**
   * Each operation is a wait for a distant machine, and operations that do not depend on each other are under way together.
   * What may be needed is then worth asking for at once. Absent: no.
   */
  readonly overlaps?: boolean
  /**
   * Reading takes seconds per thousand tokens, as a real model's on a processor does: prompts are worth keeping short, whatever the
   * window holds. Absent: no.
   */
  readonly readsSlowly?: boolean
  /** Whether norms of gradients and updates are measured; where not they are reported as 0. Absent: yes. */
  readonly norms?: boolean
  /** Scopes that an adapter may have here. Absent: `all` only. */
  readonly scopes?: ReadonlyArray<AdapterScope>
  /** Whether `importPeft` can be done. Absent: yes. */
  readonly importsAdapters?: boolean
}

/**
 * Where an adapter is active: `all` on every token (plain LoRA), `turn` from the opening of the turn that is being generated to
 * its end, with the bare base model before (activated LoRA, Greenewald et al. 2025, arXiv 2504.12397). Then keys and values of
 * prompts outlive every change of the adapter, and a step costs as much as the turn is long.
 */
export type AdapterScope = "turn" | "all"

/** One wait for a service. Milliseconds by the Clock. */
export interface ServiceWait {
  readonly operation: string
  readonly at: number
  readonly doneAt: number
}

/** What a backend has asked a service for, that may have to be paid. */
export interface BackendUsage extends ServiceUsage {
  /** The newest waits, oldest first. */
  readonly waits: ReadonlyArray<ServiceWait>
}

export interface BackendInfo {
  readonly backend: string
  /** What runs the numbers, e.g. `onnxruntime-node cpu`. */
  readonly engine: string
  readonly modelName: string
  /** Hash over config and weights: an adapter belongs to exactly one identity. */
  readonly modelIdentity: string
  readonly contextLength: number
  readonly vocabularySize: number
  /**
   * Where prompts, tokens and training batches are sent, e.g. a host; absent when nothing leaves the machine. A backend that
   * sends asks for consent before it does.
   */
  readonly sendsTo?: string
  readonly lora: {
    readonly rank: number
    readonly alpha: number
    readonly targets: ReadonlyArray<string>
    /** Absent: `all`. */
    readonly scope?: AdapterScope
  }
  readonly capabilities: Capabilities
}

/** A message as the model's chat template takes it. */
export interface ChatMessage {
  readonly role: "system" | "user" | "assistant" | "tool"
  readonly content: string
}

/** A tool as the chat template takes it: the OpenAI function form. */
export interface ChatTool {
  readonly type: "function"
  readonly function: { readonly name: string; readonly description: string; readonly parameters: unknown }
}

/** The model's tokenizer and chat template. Synchronous and pure. */
export interface Tokenizer {
  readonly encode: (text: string) => ReadonlyArray<number>
  /** Decodes ids, special tokens left out. */
  readonly decode: (ids: ReadonlyArray<number>) => string
  /** Renders the chat template, ending with the opening of an assistant turn, and encodes it. */
  readonly encodeChat: (messages: ReadonlyArray<ChatMessage>, tools: ReadonlyArray<ChatTool>) => ReadonlyArray<number>
  /** Ids that end a turn; the first is the one the template writes. */
  readonly stopIds: ReadonlyArray<number>
  /** What `encodeChat` ends with: the opening of an assistant turn. Absent where the template's is not apart. */
  readonly opening?: ReadonlyArray<number>
}

export interface SampleRequest {
  readonly promptIds: ReadonlyArray<number>
  readonly maxTokens: number
  /** 0 is greedy. Log-probabilities are reported at temperature 1 whatever this is. */
  readonly temperature: number
  /** Nucleus mass in (0, 1]; 1 keeps the whole distribution. */
  readonly topP: number
  /** Equal seeds, weights and prompts give equal tokens. */
  readonly seed: number
  readonly weights: Weights
  /** False where nobody looks at the log-probabilities: they may then all be 0. Default true. */
  readonly scored?: boolean
}

/** One sampled token. `text` is what this token added to the decoded text (may be empty mid-character). */
export interface SampledToken {
  readonly id: number
  readonly logProb: number
  readonly text: string
  /** Set on the last token only: a stop id was sampled (it is this token) or the length ran out. */
  readonly finish?: "stop" | "length"
}

export interface ScoreRequest {
  readonly promptIds: ReadonlyArray<number>
  readonly completionIds: ReadonlyArray<number>
  readonly weights: Weights
  /** Also return the K most likely tokens at each position. Default 0. */
  readonly topK?: number
  /**
   * Equal requests may differ in the last bits, by whether keys and values of the prompt's beginning are at hand. Cheaper where
   * many prompts begin alike. Default false. On a GPU long prompts are always continued so.
   */
  readonly reuse?: boolean
}

export interface HiddenRequest {
  readonly promptIds: ReadonlyArray<number>
  readonly completionIds: ReadonlyArray<number>
  readonly weights: Weights
}

/** Temperature-1 scores of a completion of T tokens. */
export interface Scores {
  /** log p(completion[t] | prompt, completion[<t]), length T, nats. */
  readonly logProbs: ReadonlyArray<number>
  /** Entropy of each position's distribution, length T, nats; absent when the backend sees only the given tokens. */
  readonly entropies?: ReadonlyArray<number>
  readonly topK?: ReadonlyArray<ReadonlyArray<{ readonly id: number; readonly logProb: number }>>
}

/** AdamW (Loshchilov & Hutter 2019), decoupled decay, in float32. */
export interface OptimizerOptions {
  readonly learningRate: number
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  readonly weightDecay: number
  /** Global gradient norm is scaled down to this; Infinity turns it off. */
  readonly maxGradientNorm: number
}

export interface UpdateReport {
  /** Norm before clipping. */
  readonly gradientNorm: number
  /** Euclidean norm of the change made to the adapter. */
  readonly updateNorm: number
  readonly revision: number
}

/**
 * Primitives on token ids that every place to train implements: in process, on a local GPU, or remote. Operations are
 * serialised by the backend; each either happens whole or leaves adapter, optimiser and shadows untouched.
 */
export class LoraBackend extends Context.Service<LoraBackend, {
  readonly info: BackendInfo
  readonly tokenizer: Tokenizer
  /** What this session has asked of a service so far; absent where nothing leaves the machine. */
  readonly usage?: Effect.Effect<BackendUsage>
  /** What happens while nobody waits for an answer and a human should know, as it happens. Absent: nothing can. */
  readonly notices?: Stream.Stream<string>
  /** Number of optimiser updates the current adapter has seen. */
  readonly revision: Effect.Effect<number>
  readonly sample: (request: SampleRequest) => Stream.Stream<SampledToken, BackendError>
  readonly score: (request: ScoreRequest) => Effect.Effect<Scores, BackendError>
  /**
   * The trunk's last hidden states, normalised as its head reads them: row t is what token t of the completion is predicted
   * from. T rows of `capabilities.hiddenSize` numbers, for value heads and probes; never differentiated.
   */
  readonly hiddenStates?: (request: HiddenRequest) => Effect.Effect<ReadonlyArray<Float32Array>, BackendError>
  /** Value of a loss without gradient. */
  readonly evaluate: (items: ReadonlyArray<LossItem>) => Effect.Effect<LossReport, BackendError>
  /** Value and gradient; the gradient adds to what is accumulated until `update` or `discard`. */
  readonly forwardBackward: (items: ReadonlyArray<LossItem>) => Effect.Effect<LossReport, BackendError>
  /** One optimiser step on the accumulated gradient, then clears it. Non-finite numbers fail and change nothing. */
  readonly update: (options: OptimizerOptions) => Effect.Effect<UpdateReport, BackendError>
  /** Drops the accumulated gradient. */
  readonly discard: Effect.Effect<void>
  /** shadow := (1 - rate) * shadow + rate * adapter, element-wise on A and B; a missing shadow starts as zero (the base). */
  readonly blendShadow: (name: string, rate: number) => Effect.Effect<void, BackendError>
  /** Adapter, optimiser state, shadows and revision as bytes; `restore` of them is exact to the bit. */
  readonly snapshot: Effect.Effect<Uint8Array, BackendError>
  readonly restore: (snapshot: Uint8Array) => Effect.Effect<void, BackendError>
  /** A fresh adapter: B = 0, A drawn from `seed`, empty optimiser, revision 0. */
  readonly reset: (seed: number) => Effect.Effect<void, BackendError>
  /** Writes adapter_config.json and adapter_model.safetensors as Hugging Face PEFT reads them. */
  readonly exportPeft: (directory: string) => Effect.Effect<void, BackendError>
  /** Reads a PEFT adapter of the same rank, alpha and targets; the optimiser starts empty. */
  readonly importPeft: (directory: string) => Effect.Effect<void, BackendError>
}>()("continualcode/LoraBackend") {}
