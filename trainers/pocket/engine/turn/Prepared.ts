import { createHash } from "node:crypto"
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
  writeSync
} from "node:fs"
import { join } from "node:path"
import { partOfK } from "../../../models/Dequantize.ts"
import { type Format, FORMATS, halfValues } from "../../../models/Formats.ts"
import type { ModelConfig } from "../../../models/ModelConfig.ts"
import { readBlocks, readFloat32, type StoredTensor } from "../../../models/StoredTensor.ts"
import type { FileSpan } from "../graph/Definition.ts"
import { BLOCK, blocksOfRow, type QuantizedMatrix } from "../graph/Quantized.ts"
import { EngineError } from "../EngineError.ts"
import type { FloatMatrix } from "../model/Frozen.ts"
import { frozenMatrices } from "../model/TurnGraphs.ts"
import { type Blocks, emptyBlocks, quantizeColumns, quantizeRows } from "./Quantize.ts"
import type { TurnModel } from "./TurnPasses.ts"
import { isWhole } from "./WholeFile.ts"
import { messageOf } from "../../../../core/MessageOf.ts"

/** Where a model's tensors are, and where what is made of them is kept. */
export interface ModelOnDisk {
  readonly tensors: ReadonlyMap<string, StoredTensor>
  /** A folder of this model's own, made where it is missing. */
  readonly directory: string
  /** Bits of the matrices of the forward pass, or float32 both ways; by each tensor's format where absent. */
  readonly quantize?: Quantize | undefined
}

export type Quantize = 4 | 8 | "none"

/** Raised whenever other bytes are made of the same tensors. */
const VERSION = 2
const WEIGHTS = "weights.bin"
const MANIFEST = "weights.json"
/** Which state of the file was hashed last, and found whole. */
const CHECKED = "weights.checked"
/** What memory is mapped in. */
const PAGE = 4096
/** The backward pass carries gradients, which forgive rounding: its matrices take half the room. */
const BACKWARD_BITS = 4

interface Manifest {
  readonly version: number
  readonly bytes: number
  /** Of the weights' file, hexadecimal. */
  readonly sha256: string
  readonly forward: ReadonlyArray<QuantizedMatrix>
  readonly backward: ReadonlyArray<QuantizedMatrix>
  readonly float?: ReadonlyArray<FloatMatrix>
}

/** Scale and offset of block `block` (32 numbers) of the bytes of a tensor. */
type Grid = (bytes: Uint8Array, block: number) => readonly [scale: number, offset: number]

const half = (bytes: Uint8Array, at: number): number => halfValues()[bytes[at]! | bytes[at + 1]! << 8]!

/** One scale for 32 numbers, and no minimum. */
const scaleAt = (format: Format): Grid => (bytes, block) => [half(bytes, block * FORMATS[format].bytes), 0]

/**
 * Formats whose blocks of 32 are whole steps from an offset, which 4 or 8 bits hold without loss: the bits, and where scale and
 * offset are. Codes of 4 bits run from -8 here and from 0 there.
 */
const GRIDS: Partial<Record<Format, { readonly bits: 4 | 8; readonly hasOffsets: boolean; readonly grid: Grid }>> = {
  Q4_0: { bits: 4, hasOffsets: false, grid: scaleAt("Q4_0") },
  Q5_0: { bits: 8, hasOffsets: false, grid: scaleAt("Q5_0") },
  Q8_0: { bits: 8, hasOffsets: false, grid: scaleAt("Q8_0") },
  Q4_1: {
    bits: 4,
    hasOffsets: true,
    grid: (bytes, block) => {
      const at = block * FORMATS.Q4_1.bytes
      const scale = half(bytes, at)
      return [scale, half(bytes, at + 2) + 8 * scale]
    }
  },
  Q4_K: {
    bits: 4,
    hasOffsets: true,
    grid: (bytes, block) => {
      const [scale, least] = partOfK(bytes, (block >> 3) * FORMATS.Q4_K.bytes, block & 7)
      return [scale, 8 * scale - least]
    }
  }
}

/**
 * Models with more numbers than this in their matrices round activations to 8 bits, which is faster; smaller ones lose more by it
 * and are fast without. docs/local-models.md has what was measured.
 */
const ROUNDED_FROM = 3e8

const numbersOf = (config: ModelConfig): number =>
  [...frozenMatrices(config).values()].reduce((sum, [out, inputs]) => sum + out * inputs, 0)

/** Bits that hold a format's numbers with no loss that matters. */
const bitsOf = (format: Format): 4 | 8 => GRIDS[format]?.bits ?? 8

/** The grid of a tensor for matrices of so many bits, if its format has one that they hold. */
const gridOf = (tensor: StoredTensor, bits: 4 | 8) => {
  const known = GRIDS[tensor.format]
  if (known === undefined || bits < known.bits || (known.hasOffsets && bits !== known.bits)) return undefined
  const bytes = readBlocks(tensor)
  const count = blocksOfRow(tensor.shape[1]!)
  return {
    hasOffsets: known.hasOffsets,
    at: (row: number, block: number) => known.grid(bytes, row * count + block)
  }
}

/** Bytes of the prepared matrices of both passes. */
export const preparedBytes = (config: ModelConfig, { quantize, tensors }: ModelOnDisk): number =>
  [...frozenMatrices(config)].reduce((sum, [name, [out, inputs]]) => {
    if (quantize === "none") return sum + 4 * out * inputs
    const { format } = tensors.get(name)!
    const bits = quantize ?? bitsOf(format)
    const offsets = bits === 4 && GRIDS[format]?.hasOffsets === true ? 4 / 32 : 0
    return sum +
      out * inputs * (offsets + bits / 8 + 4 / 32 + bits / 8 / 32 + BACKWARD_BITS / 8 + 4 / 32 + BACKWARD_BITS / 8 / 32)
  }, 0)

/** Rows that are quantised before it is told how far it is. */
const ROWS = 4096

/** One matrix for both ways through it; `report` is told of rows that are done. */
const bothWays = (
  tensor: StoredTensor,
  out: number,
  inputs: number,
  bits: 4 | 8,
  report: (rows: number) => void
): { readonly forward: Blocks; readonly backward: Blocks } => {
  const values = readFloat32(tensor)
  const grid = gridOf(tensor, bits)
  const forward = emptyBlocks(out, inputs, bits, grid?.hasOffsets)
  const backward = emptyBlocks(inputs, out, BACKWARD_BITS)
  const rowsOf = (from: number, count: number) => values.subarray(from * inputs, Math.min(out, from + count) * inputs)
  for (let first = 0; first < out; first += ROWS) {
    quantizeRows(forward, first, rowsOf(first, ROWS), grid && ((row, block) => grid.at(first + row, block)))
    for (let row = first; row < Math.min(out, first + ROWS); row += BLOCK) {
      quantizeColumns(backward, row / BLOCK, rowsOf(row, BLOCK), inputs)
    }
    report(Math.min(out, first + ROWS))
  }
  return { forward, backward }
}

const bytesOf = (data: Float32Array | Uint8Array): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

const prepare = (
  config: ModelConfig,
  model: ModelOnDisk,
  report: (done: number, total: number) => void
): Manifest => {
  mkdirSync(model.directory, { recursive: true })
  const path = join(model.directory, WEIGHTS)
  const partial = `${path}.${process.pid}.partial`
  const file = openSync(partial, "w")
  const hash = createHash("sha256")
  let offset = 0
  const write = (bytes: Uint8Array): void => {
    for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done, bytes.length - done)
    hash.update(bytes)
    offset += bytes.length
  }
  const add = (data: Float32Array | Uint8Array): FileSpan => {
    write(new Uint8Array((PAGE - offset % PAGE) % PAGE))
    const span = { file: WEIGHTS, offset, length: data.byteLength }
    write(bytesOf(data))
    return span
  }
  const placed = (name: string, { bits, blocks, columns, offsets, rows, scales, zeros }: Blocks): QuantizedMatrix => ({
    name,
    out: rows,
    in: columns,
    bits,
    blocks: add(blocks),
    scales: add(scales),
    zeros: add(zeros),
    ...(offsets === undefined ? {} : { offsets: add(offsets) })
  })
  try {
    const forward: Array<QuantizedMatrix> = []
    const backward: Array<QuantizedMatrix> = []
    const float: Array<FloatMatrix> = []
    const total = numbersOf(config)
    let done = 0
    for (const [name, [out, inputs]] of frozenMatrices(config)) {
      const tensor = model.tensors.get(name)!
      if (model.quantize === "none") {
        float.push({ _tag: "Float", name, out, in: inputs, data: add(readFloat32(tensor)) })
      } else {
        const before = done
        const both = bothWays(
          tensor,
          out,
          inputs,
          model.quantize ?? bitsOf(tensor.format),
          (rows) => report(before + rows * inputs, total)
        )
        forward.push(placed(name, both.forward))
        backward.push(placed(`${name}.transposed`, both.backward))
      }
      done += out * inputs
      report(done, total)
    }
    fsyncSync(file)
    const manifest = { version: VERSION, bytes: offset, sha256: hash.digest("hex"), forward, backward, float }
    renameSync(partial, path)
    writeFileSync(`${join(model.directory, MANIFEST)}.partial`, JSON.stringify(manifest))
    renameSync(`${join(model.directory, MANIFEST)}.partial`, join(model.directory, MANIFEST))
    return manifest
  } finally {
    closeSync(file)
  }
}

/** What was prepared before, if it is whole. */
const known = (directory: string): Manifest | undefined => {
  try {
    const manifest: Manifest = JSON.parse(readFileSync(join(directory, MANIFEST), "utf8"))
    const path = join(directory, WEIGHTS)
    const fits = manifest.version === VERSION && statSync(path).size === manifest.bytes
    return fits && isWhole(path, manifest.sha256, join(directory, CHECKED)) ? manifest : undefined
  } catch {
    return undefined
  }
}

/**
 * A model's matrices in the runtime's blocks, in a file that it maps into memory: made once (`report` says how far), checked by
 * hash when it has changed since it was checked last, and made anew where it is damaged. Vectors and rows of the embedding are read where they are.
 */
export const openPrepared = (
  config: ModelConfig,
  model: ModelOnDisk,
  report: (done: number, total: number) => void
): TurnModel => {
  let manifest = known(model.directory)
  if (manifest === undefined) {
    try {
      manifest = prepare(config, model, report)
    } catch (cause) {
      throw new EngineError(
        "ModelFiles",
        `The model could not be prepared in ${model.directory} (${messageOf(cause)}). `
          + "Make room there, or set XDG_CACHE_HOME to a folder that has it.",
        { cause }
      )
    }
  }
  const find = (name: string): StoredTensor => {
    const tensor = model.tensors.get(name)
    if (tensor === undefined) throw new Error(`no weight named ${name}`)
    return tensor
  }
  const forward = new Map(manifest.forward.map((matrix) => [matrix.name, matrix]))
  const backward = new Map(manifest.backward.map((matrix) => [matrix.name, matrix]))
  const float = new Map(manifest.float?.map((matrix) => [matrix.name, matrix]))
  const embedding = find("model.embed_tokens.weight")
  const rows = new Map<number, Float32Array>()
  const row = (id: number): Float32Array => {
    const found = rows.get(id) ?? readFloat32(embedding, id, 1)
    if (rows.size > EMBEDDING_ROWS) rows.clear()
    rows.set(id, found)
    return found
  }
  return {
    weights: {
      int8: model.quantize !== "none" && numbersOf(config) > ROUNDED_FROM,
      vector: (name) => readFloat32(find(name)),
      matrix: (name) =>
        float.get(name)
          ?? { _tag: "Quantized", forward: forward.get(name)!, backward: backward.get(`${name}.transposed`)! }
    },
    embedding: {
      rows: (ids) => {
        const { hiddenSize } = config
        const all = new Float32Array(ids.length * hiddenSize)
        ids.forEach((id, index) => all.set(row(id), index * hiddenSize))
        return all
      }
    },
    folder: model.directory
  }
}

/** Rows of the embedding that are kept in memory. */
const EMBEDDING_ROWS = 4096
