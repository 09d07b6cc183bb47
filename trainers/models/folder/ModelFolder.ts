import * as Effect from "effect/Effect"
import { stat } from "node:fs/promises"
import { basename, join, resolve } from "node:path"
import type { BackendError } from "../../../core/LoraBackend.ts"
import type { LocalBackend } from "../Families.ts"
import { INDEX, shardsOf, WEIGHTS } from "../hub/HubModel.ts"
import { modelIdentity } from "../Identity.ts"
import { type ModelConfig, weightShapes } from "../ModelConfig.ts"
import type { ModelHead, ModelSource } from "../ModelSource.ts"
import { fileProblem, optional, readJson, readText } from "../Problem.ts"
import { readSafetensorsHeader } from "../Safetensors.ts"
import type { StoredTensor } from "../StoredTensor.ts"
import { decodeConfigFile } from "./ConfigFile.ts"
import { loadTokenizerFiles } from "./TokenizerFiles.ts"

/** The weight files: model.safetensors, or else the shards that the index names, in name order. */
const weightFiles = Effect.fnUntraced(function*(folder: string): Effect.fn.Return<ReadonlyArray<string>, BackendError> {
  const whole = join(folder, WEIGHTS)
  const isWhole = yield* Effect.tryPromise(() => stat(whole)).pipe(Effect.as(true), Effect.orElseSucceed(() => false))
  const index = isWhole ? undefined : yield* optional(readText(folder, INDEX))
  if (index === undefined) return [whole]
  const shards = shardsOf(index)
  if (shards === undefined || shards.length === 0) {
    return yield* fileProblem(join(folder, INDEX), "names no weight files of this folder")
  }
  return shards.map((shard) => join(folder, shard))
})

const checkedTensors = Effect.fnUntraced(function*(
  files: ReadonlyArray<string>,
  config: ModelConfig
): Effect.fn.Return<ReadonlyMap<string, StoredTensor>, BackendError> {
  const wanted = weightShapes(config)
  const found = new Map<string, StoredTensor>()
  for (const file of files) {
    for (const [name, tensor] of yield* readSafetensorsHeader(file, (name) => wanted.has(name))) found.set(name, tensor)
  }
  for (const [name, shape] of wanted) {
    const tensor = found.get(name)
    if (tensor === undefined) {
      return yield* fileProblem(files.join(", "), `tensor "${name}" is missing; config.json asks for it`)
    }
    if (tensor.shape.join() !== shape.join()) {
      return yield* fileProblem(
        tensor.file,
        `tensor "${name}" has shape [${tensor.shape.join(", ")}] but config.json implies [${shape.join(", ")}]`
      )
    }
  }
  return found
})

/** What a folder says of its decoder and weights. A family that `backend` cannot run fails. */
export const readFolderHead = Effect.fnUntraced(function*(
  folder: string,
  backend?: LocalBackend
): Effect.fn.Return<ModelHead & { readonly files: ReadonlyArray<string> }, BackendError> {
  const configFile = join(folder, "config.json")
  const { config, family } = yield* decodeConfigFile(configFile, yield* readJson(folder, "config.json"), backend)
  const files = yield* weightFiles(folder)
  return { family, config, files, tensors: yield* checkedTensors(files, config) }
})

/**
 * Opens a folder in the Hugging Face layout: config.json, the weights as model.safetensors or in shards, tokenizer.json,
 * tokenizer_config.json and the chat template. Tensors stay where they are. Anything wrong, truncated or mismatching fails
 * with `ModelFiles`, naming file and field; so does a family that `backend` cannot run.
 */
export const openModelFolder = Effect.fn("models.openModelFolder")(function*(
  folder: string,
  backend?: LocalBackend
): Effect.fn.Return<ModelSource, BackendError> {
  const { files, ...head } = yield* readFolderHead(folder, backend)
  const { tokenizer } = yield* loadTokenizerFiles(folder)
  return {
    ...head,
    name: basename(resolve(folder)),
    path: folder,
    tokenizer,
    identity: modelIdentity(head.config, files, basename(files[0] ?? "") !== WEIGHTS)
  }
})
