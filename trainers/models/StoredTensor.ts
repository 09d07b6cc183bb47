import { closeSync, fstatSync, openSync, readSync } from "node:fs"
import { dequantize } from "./Dequantize.ts"
import { type Format, rowBytes } from "./Formats.ts"
import { fileProblem } from "./Problem.ts"

/** Where one tensor lies, and how. Plain data: it can be sent to a worker thread, which reads it there. */
export interface StoredTensor {
  /** By its Hugging Face name. */
  readonly name: string
  /** [rows, columns], or [size] of a vector, as Hugging Face has them. */
  readonly shape: ReadonlyArray<number>
  readonly format: Format
  readonly file: string
  /** Bytes from the start of the file. */
  readonly offset: number
  /**
   * Heads whose rows lie in the order that llama.cpp's rotary embedding wants: row `half * s + j` of a head, with `s` 0 or 1,
   * is its row `2 j + s` in the file. Reading puts them back.
   */
  readonly rotaryHeads?: number
}

export const tensorColumns = ({ shape }: StoredTensor): number => shape.at(-1)!
export const tensorRows = ({ shape }: StoredTensor): number => shape.length === 1 ? 1 : shape[0]!

/** Bytes of the whole tensor in its file. */
export const tensorBytes = (tensor: StoredTensor): number =>
  tensorRows(tensor) * rowBytes(tensor.format, tensorColumns(tensor))

/** A file's first bytes, fewer where it has fewer, and its size. Throws the system's errors. */
export const readHead = (file: string, length: number): { readonly bytes: Uint8Array; readonly size: number } => {
  const descriptor = openSync(file, "r")
  try {
    const { size } = fstatSync(descriptor)
    const bytes = new Uint8Array(Math.min(length, size))
    return { bytes: bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, 0)), size }
  } finally {
    closeSync(descriptor)
  }
}

const readSpan = ({ file, name }: StoredTensor, offset: number, length: number): Uint8Array => {
  const descriptor = openSync(file, "r")
  try {
    const bytes = new Uint8Array(length)
    let done = 0
    while (done < length) {
      const read = readSync(descriptor, bytes, done, length - done, offset + done)
      if (read === 0) throw fileProblem(file, `ends inside tensor "${name}"; another program has changed it`)
      done += read
    }
    return bytes
  } finally {
    closeSync(descriptor)
  }
}

/** Where in the file a tensor's row lies. */
const fileRow = (row: number, headRows: number): number => {
  const within = row % headRows
  const half = headRows / 2
  return row - within + (within < half ? 2 * within : 2 * (within - half) + 1)
}

/**
 * Rows of a tensor as the blocks that are in the file, row after row; all of them by default. Throws a `BackendError` for a
 * file that has changed, and the system's error for one that is gone.
 */
export const readBlocks = (tensor: StoredTensor, first = 0, count = tensorRows(tensor) - first): Uint8Array => {
  const bytes = rowBytes(tensor.format, tensorColumns(tensor))
  if (tensor.rotaryHeads === undefined) return readSpan(tensor, tensor.offset + first * bytes, count * bytes)
  const headRows = tensorRows(tensor) / tensor.rotaryHeads
  const from = Math.floor(first / headRows) * headRows
  const to = Math.ceil((first + count) / headRows) * headRows
  const stored = readSpan(tensor, tensor.offset + from * bytes, (to - from) * bytes)
  const ordered = new Uint8Array(count * bytes)
  for (let row = 0; row < count; row++) {
    const at = (fileRow(first + row, headRows) - from) * bytes
    ordered.set(stored.subarray(at, at + bytes), row * bytes)
  }
  return ordered
}

/** The same as float32, row-major. Numbers that are not finite are refused. */
export const readFloat32 = (tensor: StoredTensor, first = 0, count = tensorRows(tensor) - first): Float32Array => {
  const numbers = dequantize(tensor.format, readBlocks(tensor, first, count))
  // A loop: `every` takes four times as long, and a head has over 100 million numbers.
  let isFinite = true
  for (let index = 0; index < numbers.length; index++) isFinite &&= Number.isFinite(numbers[index])
  if (!isFinite) {
    throw fileProblem(tensor.file, `tensor "${tensor.name}" holds numbers that are not finite`)
  }
  return numbers
}
