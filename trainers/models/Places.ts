import type * as Redacted from "effect/Redacted"
import { homedir } from "node:os"
import { join } from "node:path"

/** Where things lie and come from. What an environment may say of it is read by whoever builds the layer. */
export interface Places {
  /** For what is made once and kept: the Python environment. */
  readonly cacheDirectory: string
  /** The Hugging Face cache's folder of models. */
  readonly hubDirectory: string
  /** The hub's address. */
  readonly hubEndpoint: string
  readonly hubToken?: Redacted.Redacted<string>
  /** Nothing is downloaded. */
  readonly offline: boolean
  /** Ollama's models: `manifests` and `blobs`. */
  readonly ollamaDirectory: string
  /** LM Studio's models: `owner/name/file.gguf`. */
  readonly lmStudioDirectory: string
}

/** Where they lie when nothing else is said. */
export const defaultPlaces = (home: string = homedir()): Places => ({
  cacheDirectory: join(home, ".cache", "continualcode"),
  hubDirectory: join(home, ".cache", "huggingface", "hub"),
  hubEndpoint: "https://huggingface.co",
  offline: false,
  ollamaDirectory: join(home, ".ollama", "models"),
  lmStudioDirectory: join(home, ".lmstudio", "models")
})
