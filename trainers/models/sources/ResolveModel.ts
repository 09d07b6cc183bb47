import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { basename, join, resolve } from "node:path"
import { BackendError } from "../../../core/LoraBackend.ts"
import { fetchModel, type HubOptions } from "../hub/FetchModel.ts"
import { missingFiles } from "../hub/HubCache.ts"
import { hubName, parseHubModel } from "../hub/HubModel.ts"
import { ollamaModel } from "./Ollama.ts"

/** A model on this machine. */
interface LocalModel {
  readonly name: string
  /** Absolute path of a folder in the Hugging Face layout, or of a GGUF file. */
  readonly path: string
  readonly kind: "folder" | "gguf"
}

const problem = (message: string): BackendError => new BackendError({ reason: "ModelFiles", message })

const OLLAMA = "ollama:"

/**
 * Finds the model that a text names: a folder, a GGUF file, `ollama:NAME`, a file that LM Studio has as `owner/name/file.gguf`,
 * else a hub name (`owner/name`, `owner/name/file.gguf`, each with `@revision`), which is downloaded when it is not in the
 * cache. Fails with `ModelFiles`.
 */
export const resolveModel = Effect.fn("models.resolveModel")(function*(
  text: string,
  options: HubOptions
): Effect.fn.Return<LocalModel, BackendError, FileSystem.FileSystem> {
  const files = yield* FileSystem.FileSystem
  if (text.startsWith(OLLAMA)) {
    const name = text.slice(OLLAMA.length)
    return { name, path: yield* ollamaModel(options.ollamaDirectory, name), kind: "gguf" }
  }
  const typeOf = (place: string) =>
    files.stat(place).pipe(Effect.map(({ type }) => type), Effect.orElseSucceed(() => undefined))
  const path = resolve(text)
  const type = yield* typeOf(path)
  if (type === "File") return { name: basename(path).replace(/\.gguf$/i, ""), path, kind: "gguf" }
  if (type === "Directory") {
    const lost = yield* missingFiles(path, options.parts)
    if (lost.length === 0) return { name: basename(path), path, kind: "folder" }
    return yield* problem(
      `${path} lacks ${
        lost.join(", ")
      }. Copy or download the model folder again; it must hold a model in the Hugging Face `
        + "layout."
    )
  }
  const model = parseHubModel(text)
  if (model === undefined) {
    return yield* problem(
      `model_name=${text} is neither a folder or GGUF file (${path}) nor a name on the hub, like Qwen/Qwen3-8B, nor `
        + "ollama:NAME. Check the spelling; continualcode models lists what is on this machine."
    )
  }
  const kind = model.file === undefined ? "folder" : "gguf"
  const name = model.file === undefined ? model.id : hubName(model)
  const downloaded = join(options.lmStudioDirectory, text)
  if (model.file !== undefined && (yield* typeOf(downloaded)) === "File") return { name, path: downloaded, kind }
  return { name, path: yield* fetchModel(model, options), kind }
})

/** The same for backends that read folders in the Hugging Face layout only. */
export const resolveFolder = Effect.fn("models.resolveFolder")(function*(
  text: string,
  options: HubOptions
): Effect.fn.Return<LocalModel, BackendError, FileSystem.FileSystem> {
  const model = yield* resolveModel(text, options)
  if (model.kind === "folder") return model
  return yield* problem(
    `${model.path} is a GGUF file, which this trainer cannot read. Give a folder in the Hugging Face layout or a hub name, or `
      + "use trainer=pocket."
  )
})
