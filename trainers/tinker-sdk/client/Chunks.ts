/** A batch as several requests. */
import type { Chunk, Datum, TensorData } from "../wire/index.ts"

const TOKEN = 4
const INDEX = 8
/** Of base64. */
const decodedLength = (text: string): number => Math.floor(text.length * 3 / 4)

const chunkBytes = (chunk: Chunk): number => {
  switch (chunk.type) {
    case "encoded_text":
      return chunk.tokens.length * TOKEN
    case "image":
      return decodedLength(chunk.data)
    case "dmel":
      return decodedLength(chunk.dmel)
    case "image_asset_pointer":
      return chunk.location.length
  }
}

const tensorBytes = (tensor: TensorData): number =>
  tensor.data.length * (tensor.dtype === "int64" ? 8 : 4) +
  ((tensor.sparse_crow_indices?.length ?? 0) + (tensor.sparse_col_indices?.length ?? 0)) * INDEX

/** About how large a datum is on the wire: 4 bytes a token, tensors raw, 8 bytes a sparse index. */
export const datumBytes = (datum: Datum): number =>
  datum.model_input.chunks.reduce((total, chunk) => total + chunkBytes(chunk), 0) +
  Object.values(datum.loss_fn_inputs).reduce((total, tensor) => total + tensorBytes(tensor), 0)

export interface Part {
  readonly data: ReadonlyArray<Datum>
  readonly bytes: number
}

/** In order, none with more than `mostDatums`, nor above `mostBytes` unless a single datum is. At least one part. */
export const chunked = (data: ReadonlyArray<Datum>, mostDatums: number, mostBytes: number): ReadonlyArray<Part> => {
  const parts: Array<{ data: Array<Datum>; bytes: number }> = [{ data: [], bytes: 0 }]
  for (const datum of data) {
    const bytes = datumBytes(datum)
    let part = parts.at(-1)!
    if (part.data.length > 0 && (part.data.length >= mostDatums || part.bytes + bytes > mostBytes)) {
      part = { data: [], bytes: 0 }
      parts.push(part)
    }
    part.data.push(datum)
    part.bytes += bytes
  }
  return parts
}
