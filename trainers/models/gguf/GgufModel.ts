import * as Effect from "effect/Effect"
import { basename } from "node:path"
import type { BackendError } from "../../../core/LoraBackend.ts"
import { makeTokenizer } from "../ChatTokenizer.ts"
import type { Family } from "../Families.ts"
import { FORMAT_NAMES, formatOf, FORMATS } from "../Formats.ts"
import { modelIdentity } from "../Identity.ts"
import { type ModelConfig, weightShapes } from "../ModelConfig.ts"
import type { ModelHead, ModelSource } from "../ModelSource.ts"
import { fileProblem, systemProblem } from "../Problem.ts"
import { readFloat32, type StoredTensor, tensorBytes } from "../StoredTensor.ts"
import { type GgufHeader, type GgufTensor, readGgufHeader } from "./Header.ts"
import { ggufConfig, ggufFamily } from "./Metadata.ts"
import { ggufName } from "./Names.ts"
import { Malformed } from "./Reader.ts"
import { ggufTokenizer } from "./Tokenizer.ts"

const stored = (file: string, name: string, tensor: GgufTensor, fileBytes: number): StoredTensor => {
  const what = `tensor "${tensor.name}"`
  const format = formatOf(tensor.type)
  if (format === undefined) {
    throw new Malformed(
      `${what} has format number ${tensor.type}; these can be read: ${
        FORMAT_NAMES.join(", ")
      }. Ollama and the Hub have `
        + "most models as Q4_K_M or Q8_0"
    )
  }
  const found: StoredTensor = { name, shape: tensor.shape, format, file, offset: tensor.offset }
  const columns = tensor.shape.at(-1) ?? 0
  if (columns % FORMATS[format].values !== 0) {
    throw new Malformed(`${what} has rows of ${columns} numbers, which are no whole blocks of ${format}`)
  }
  const end = tensor.offset + tensorBytes(found)
  if (!(end <= fileBytes)) {
    throw new Malformed(`${what} ends at byte ${end} but the file has ${fileBytes}; it is truncated`)
  }
  return found
}

const storedTensors = (
  file: string,
  header: GgufHeader,
  family: Family,
  config: ModelConfig
): ReadonlyMap<string, StoredTensor> => {
  const tensors = new Map<string, StoredTensor>()
  for (const [name, shape] of weightShapes(config)) {
    const listed = header.tensors.get(ggufName(name))
    if (listed === undefined) throw new Malformed(`tensor "${ggufName(name)}" is missing; its metadata ask for it`)
    if (listed.shape.join() !== shape.join()) {
      throw new Malformed(
        `tensor "${listed.name}" has shape [${listed.shape.join(", ")}] but the metadata imply [${shape.join(", ")}]`
      )
    }
    const heads = name.endsWith("self_attn.q_proj.weight")
      ? config.heads
      : name.endsWith("self_attn.k_proj.weight")
      ? config.keyValueHeads
      : undefined
    tensors.set(name, {
      ...stored(file, name, listed, header.fileBytes),
      ...(family.ggufRotaryOrder && heads !== undefined ? { rotaryHeads: heads } : {})
    })
  }
  return tensors
}

const readHead = (file: string, header: GgufHeader): ModelHead => {
  if (Number(header.metadata.get("split.count") ?? 1) > 1) {
    throw new Malformed("is one part of a model in several files; join them with `llama-gguf-split --merge`")
  }
  const family = ggufFamily(header)
  const config = ggufConfig(
    header,
    family,
    (tensor) => readFloat32(stored(file, tensor.name, tensor, header.fileBytes))
  )
  return { family, config, tensors: storedTensors(file, header, family, config) }
}

/** Runs a part of the parser; what it throws becomes a `ModelFiles` error with the file's path. */
const parsing = <A>(file: string, parse: () => A): Effect.Effect<A, BackendError> =>
  Effect.try({
    try: parse,
    catch: (cause) =>
      cause instanceof Malformed
        ? fileProblem(file, cause.message, "Download or copy the file again, or choose another model.")
        : systemProblem(file, cause)
  })

/** What a GGUF file says of its decoder and weights. */
export const readGgufHead = (file: string): Effect.Effect<ModelHead, BackendError> =>
  parsing(file, () => readHead(file, readGgufHeader(file)))

/**
 * Opens a GGUF file: reads its head and leaves the tensors where they are. Anything wrong, truncated or not supported fails
 * with `ModelFiles`, naming the file and what is wrong in it.
 */
export const openGgufModel = Effect.fn("models.openGgufModel")(function*(
  file: string
): Effect.fn.Return<ModelSource, BackendError> {
  const header = yield* parsing(file, () => readGgufHeader(file))
  const head = yield* parsing(file, () => readHead(file, header))
  const parts = yield* parsing(file, () => ggufTokenizer(header))
  return {
    ...head,
    name: basename(file).replace(/\.gguf$/i, ""),
    path: file,
    tokenizer: yield* makeTokenizer({
      ...parts,
      vocabularySize: head.config.vocabularySize,
      files: { tokenizer: file, config: file, model: file }
    }),
    identity: modelIdentity(head.config, [file])
  }
})
