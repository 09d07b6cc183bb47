import * as Effect from "effect/Effect"
import { stat } from "node:fs/promises"
import type { BackendError } from "../../core/LoraBackend.ts"
import { type LocalBackend, supportedFamilies } from "./Families.ts"
import { openModelFolder, readFolderHead } from "./folder/ModelFolder.ts"
import { openGgufModel, readGgufHead } from "./gguf/GgufModel.ts"
import type { ModelHead, ModelSource } from "./ModelSource.ts"
import { fileProblem, systemProblem } from "./Problem.ts"
import type { TensorMap } from "./Safetensors.ts"
import { readFloat32, tensorColumns, tensorRows } from "./StoredTensor.ts"

const isFolder = (path: string): Effect.Effect<boolean, BackendError> =>
  Effect.tryPromise({
    try: () => stat(path).then((found) => found.isDirectory()),
    catch: (cause) => systemProblem(path, cause, "Check model_name.")
  })

/** Refuses a family that `backend` cannot run. */
const runnable = <Head extends ModelHead>(
  path: string,
  head: Head,
  backend: LocalBackend | undefined
): Effect.Effect<Head, BackendError> =>
  backend === undefined || head.family.backends.includes(backend)
    ? Effect.succeed(head)
    : Effect.fail(fileProblem(
      path,
      `is a model of the family ${head.family.title}`,
      `With trainer=${backend} these can be used: ${supportedFamilies(backend)}. Choose another model or trainer.`
    ))

/** What the headers of a model's files say, whichever kind they are. Fails as `openModel` does. */
export const readModelHead = Effect.fn("models.readModelHead")(function*(
  path: string,
  backend?: LocalBackend
): Effect.fn.Return<ModelHead, BackendError> {
  return yield* runnable(
    path,
    yield* (yield* isFolder(path)) ? readFolderHead(path, backend) : readGgufHead(path),
    backend
  )
})

/**
 * Opens a model on this machine: a folder in the Hugging Face layout, or a GGUF file. Fails with `ModelFiles` for what is
 * damaged, and for a family that `backend` cannot run.
 */
export const openModel = Effect.fn("models.openModel")(function*(
  path: string,
  backend?: LocalBackend
): Effect.fn.Return<ModelSource, BackendError> {
  return yield* runnable(
    path,
    yield* (yield* isFolder(path)) ? openModelFolder(path, backend) : openGgufModel(path),
    backend
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
