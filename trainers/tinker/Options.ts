import type { Tokenizer } from "../../core/LoraBackend.ts"
import type { TinkerClientShape } from "../tinker-sdk/index.ts"

/** What the service charges, in one currency, per million tokens. */
export interface Prices {
  /** Tokens read: prompts of samples and scores. */
  readonly prefill: number
  readonly sample: number
  readonly train: number
  /** Default `USD`. */
  readonly currency?: string
}

/** Which LoRA the service is asked for. It fixes alpha at 32. */
export interface TinkerLora {
  /** A power of two. Default 16. */
  readonly rank?: number
  /** Default true, each. */
  readonly trainAttention?: boolean
  readonly trainMlp?: boolean
  readonly trainUnembed?: boolean
}

export interface TinkerBackendOptions {
  readonly client: TinkerClientShape
  /** Where the client's service is, for the model's identity. */
  readonly baseUrl: string
  /** As the service calls it: `Qwen/Qwen3-8B`. */
  readonly modelName: string
  readonly tokenizer: Tokenizer
  readonly vocabularySize: number
  /** The model's own window, tokens; the service's, where it says one, wins if it is smaller. */
  readonly contextLength?: number
  readonly lora?: TinkerLora
  /** Draws the first adapter. Default 0. */
  readonly seed?: number
  /** False: only samples and scores; no adapter is made. Default true. */
  readonly training?: boolean
  /** The most likely tokens asked for at each position; 0 asks for none. Default 20, the hosted service's most. */
  readonly topK?: number
  /** Default `auto`: soft targets where the service turns out to have them. */
  readonly estimator?: "auto" | "soft" | "sampled"
  /** How long the service keeps the state after a step. Default 90 days; Infinity keeps all for good. */
  readonly keepDays?: number
  /** Every so many saved states are kept for good; 0 none. Default 10. */
  readonly keepEvery?: number
  /**
   * Whether several operations may be under way together. Not on servers on which a question to older weights overwrites the
   * ones in training, as SkyRL's JAX backend does. Default true.
   */
  readonly overlaps?: boolean
  /** Costs are only counted with these. */
  readonly prices?: Prices
}
