import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { resolve } from "node:path"
import { BackendError } from "../../../core/LoraBackend.ts"
import { fetchModel, type HubOptions } from "./FetchModel.ts"
import { missingFiles } from "./HubCache.ts"
import { parseHubModel } from "./HubModel.ts"

/** A model on this machine. */
export interface LocalModel {
  readonly name: string
  /** Absolute path. */
  readonly folder: string
}

const problem = (message: string): BackendError => new BackendError({ reason: "ModelFiles", message })

/**
 * Finds the model that a text names: a folder, else a hub name (`owner/name`, `owner/name@revision`), which is downloaded when
 * it is not in the cache. Fails with `ModelFiles`.
 */
export const resolveModel = Effect.fn("models.resolveModel")(function*(
  text: string,
  options: HubOptions
): Effect.fn.Return<LocalModel, BackendError, FileSystem.FileSystem> {
  const files = yield* FileSystem.FileSystem
  const folder = resolve(text)
  const isFolder = yield* files.stat(folder).pipe(
    Effect.map(({ type }) => type === "Directory"),
    Effect.orElseSucceed(() => false)
  )
  if (isFolder) {
    const lost = yield* missingFiles(folder, options.parts)
    if (lost.length === 0) return { name: folder.split(/[\\/]/).at(-1) ?? text, folder }
    return yield* problem(
      `${folder} lacks ${
        lost.join(", ")
      }. Copy or download the model folder again; it must hold a model in the Hugging Face `
        + "layout."
    )
  }
  const model = parseHubModel(text)
  if (model === undefined) {
    return yield* problem(
      `model_name=${text} is neither a folder (${folder}) nor a name on the hub, like Qwen/Qwen3-8B. Check the spelling.`
    )
  }
  return { name: model.id, folder: yield* fetchModel(model, options) }
})
