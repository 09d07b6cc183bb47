import * as Effect from "effect/Effect"
import { stat } from "node:fs/promises"
import type { BackendError } from "../../core/LoraBackend.ts"
import { type LocalBackend, supportedFamilies } from "./Families.ts"
import { openModelFolder } from "./folder/ModelFolder.ts"
import { openGgufModel } from "./gguf/GgufModel.ts"
import type { ModelSource } from "./ModelSource.ts"
import { fileProblem, systemProblem } from "./Problem.ts"
import type { TensorMap } from "./Safetensors.ts"
import { readFloat32, tensorColumns, tensorRows } from "./StoredTensor.ts"

/**
 * Opens a model on this machine: a folder in the Hugging Face layout, or a GGUF file. Fails with `ModelFiles` for what is
 * damaged, and for a family that `backend` cannot run.
 */
export const openModel = Effect.fn("models.openModel")(function*(
  path: string,
  backend?: LocalBackend
): Effect.fn.Return<ModelSource, BackendError> {
  const found = yield* Effect.tryPromise({
    try: () => stat(path),
    catch: (cause) => systemProblem(path, cause, "Check model_name.")
  })
  const source = yield* found.isDirectory() ? openModelFolder(path, backend) : openGgufModel(path)
  if (backend === undefined || source.family.backends.includes(backend)) return source
  return yield* fileProblem(
    path,
    `is a model of the family ${source.family.title}`,
    `With trainer=${backend} these can be used: ${supportedFamilies(backend)}. Choose another model or trainer.`
  )
})

/** A model with its weights in memory, as float32. */
export interface LoadedModel extends Omit<ModelSource, "tensors" | "identity"> {
  readonly tensors: TensorMap
  readonly identity: string
}

/** Weights above this many numbers are not for memory. */
const LARGEST = 4e8

/** Opens a model and reads all of its weights; for small models. */
export const loadModel = Effect.fn("models.loadModel")(function*(
  path: string,
  backend?: LocalBackend
): Effect.fn.Return<LoadedModel, BackendError> {
  const source = yield* openModel(path, backend)
  const tensors = [...source.tensors.values()]
  const size = tensors.reduce((sum, tensor) => sum + tensorRows(tensor) * tensorColumns(tensor), 0)
  if (size > LARGEST) {
    return yield* fileProblem(path, `has ${(size / 1e9).toFixed(1)} billion weights`, "Use another trainer for it.")
  }
  const weights = yield* Effect.try({
    try: () => new Map(tensors.map((tensor) => [tensor.name, { shape: tensor.shape, data: readFloat32(tensor) }])),
    catch: (cause) => systemProblem(path, cause)
  })
  return { ...source, tensors: weights, identity: yield* source.identity }
})
