import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import { basename, join, resolve } from "node:path"
import type { BackendError, Tokenizer } from "../../../core/LoraBackend.ts"
import { type ModelConfig, weightShapes } from "../ModelConfig.ts"
import { loadTokenizer } from "../ChatTokenizer.ts"
import { decodeConfigFile } from "./ConfigFile.ts"
import { fileProblem, optional, readBytes, readJson } from "../Problem.ts"
import { parseSafetensors, type TensorMap } from "../Safetensors.ts"

/** A model as found on disk, checked and ready to run. */
export interface ModelFolder {
  readonly name: string
  readonly config: ModelConfig
  readonly tensors: TensorMap
  readonly tokenizer: Tokenizer
  /** SHA-256 over config.json and the weights, hexadecimal. */
  readonly identity: string
}

/** Weights above this would not fit into one graph (protobuf stops at 2 GiB). */
const LARGEST_MODEL = 1.5e9

const checkTensors = (file: string, config: ModelConfig, tensors: TensorMap): BackendError | undefined => {
  for (const [name, shape] of weightShapes(config)) {
    const tensor = tensors.get(name)
    if (tensor === undefined) return fileProblem(file, `tensor "${name}" is missing; config.json asks for it`)
    if (tensor.shape.length !== shape.length || tensor.shape.some((size, axis) => size !== shape[axis])) {
      return fileProblem(
        file,
        `tensor "${name}" has shape [${tensor.shape.join(", ")}] but config.json implies [${shape.join(", ")}]`
      )
    }
    if (!tensor.data.every(Number.isFinite))
      return fileProblem(file, `tensor "${name}" holds numbers that are not finite`)
  }
  return undefined
}

/**
 * Loads a folder in the Hugging Face layout: config.json, model.safetensors, tokenizer.json, tokenizer_config.json and the
 * chat template. Anything wrong, truncated or mismatching fails with `ModelFiles`, naming file and field.
 */
export const loadModelFolder = Effect.fn("models.loadModelFolder")(function*(
  folder: string
): Effect.fn.Return<ModelFolder, BackendError> {
  const configJson = yield* readJson(folder, "config.json")
  const { config, stopIds } = yield* decodeConfigFile(join(folder, "config.json"), configJson)
  const weightsFile = join(folder, "model.safetensors")
  const bytes = yield* readBytes(folder, "model.safetensors")
  if (bytes.length > LARGEST_MODEL) {
    return yield* fileProblem(
      weightsFile,
      `has ${bytes.length} bytes`,
      "The pocket backend is for small models; use another trainer."
    )
  }
  const wanted = weightShapes(config)
  const tensors = yield* parseSafetensors(weightsFile, bytes, (name) => wanted.has(name))
  const problem = checkTensors(weightsFile, config, tensors)
  if (problem !== undefined) return yield* problem

  const generation = yield* optional(readJson(folder, "generation_config.json"))
  const tokenizer = yield* loadTokenizer(folder, [...stopIds, ...generationStopIds(generation)], config.vocabularySize)
  return {
    name: basename(resolve(folder)),
    config,
    tensors,
    tokenizer,
    identity: createHash("sha256").update(JSON.stringify(config)).update(bytes).digest("hex")
  }
})

const generationStopIds = (json: unknown): ReadonlyArray<number> => {
  if (typeof json !== "object" || json === null || !("eos_token_id" in json)) return []
  const ids: ReadonlyArray<unknown> = Array.isArray(json.eos_token_id) ? json.eos_token_id : [json.eos_token_id]
  return ids.filter((id): id is number => Number.isInteger(id))
}
