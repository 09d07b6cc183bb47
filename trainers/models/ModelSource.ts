import type * as Effect from "effect/Effect"
import type { BackendError, Tokenizer } from "../../core/LoraBackend.ts"
import type { Family } from "./Families.ts"
import type { ModelConfig } from "./ModelConfig.ts"
import type { StoredTensor } from "./StoredTensor.ts"

/** What the headers of a model's files say, without its tokenizer. */
export type ModelHead = Pick<ModelSource, "family" | "config" | "tensors">

/** A model on disk, checked as far as its headers tell: whichever kind of file it came from, it reads the same. */
export interface ModelSource {
  readonly name: string
  /** The folder or the GGUF file. */
  readonly path: string
  readonly family: Family
  readonly config: ModelConfig
  readonly tokenizer: Tokenizer
  /** Every tensor that `config` asks for, by its Hugging Face name, with the shape that `config` implies. None is read yet. */
  readonly tensors: ReadonlyMap<string, StoredTensor>
  /** SHA-256 over configuration and weight files, hexadecimal; what adapters belong to. Reads the weights once. */
  readonly identity: Effect.Effect<string, BackendError>
}
