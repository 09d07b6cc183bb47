/** Tensors, chunks and datums between their plain and their binary form. Functions throw WireError. */
import { create } from "@bufbuild/protobuf"
import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import { fromFloat32, fromInt32, fromInt64, toBfloat16, toFloat32, toInt32, toInt64 } from "./Bytes.ts"
import type * as Proto from "./generated/tinker_public_pb.ts"
import { ChunkSchema, DatumSchema, DType, TensorSchema } from "./generated/tinker_public_pb.ts"
import type { Chunk, Datum, TensorData } from "./Values.ts"
import { refuse } from "./WireError.ts"

/** Keys in order, so that equal messages have equal bytes. */
export const sortedEntries = <A>(record: Readonly<Record<string, A>>): ReadonlyArray<readonly [string, A]> =>
  Object.entries(record).sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0)

export const product = (shape: ReadonlyArray<number>): number => shape.reduce((total, size) => total * size, 1)

export const toNumbers = (
  bytes: Uint8Array,
  dtype: Proto.DType,
  what: string
): Pick<TensorData, "data" | "dtype"> => {
  switch (dtype) {
    case DType.FLOAT32:
      return { data: toFloat32(bytes, what), dtype: "float32" }
    case DType.BFLOAT16:
      return { data: toBfloat16(bytes, what), dtype: "float32" }
    case DType.INT64:
      return { data: toInt64(bytes, what), dtype: "int64" }
    case DType.INT32:
      return { data: toInt32(bytes, what), dtype: "int64" }
    default:
      return refuse("decode", what, `its number type ${dtype} is unknown`)
  }
}

export const fromNumbers = (tensor: TensorData, what: string): Uint8Array<ArrayBuffer> =>
  tensor.dtype === "float32" ? fromFloat32(tensor.data) : fromInt64(tensor.data, what)

export const protoType = (tensor: TensorData): Proto.DType => tensor.dtype === "float32" ? DType.FLOAT32 : DType.INT64

export const shapeOf = (tensor: TensorData): ReadonlyArray<number> => tensor.shape ?? [tensor.data.length]

export const toProtoTensor = (tensor: TensorData, what: string): Proto.Tensor => {
  const shape = shapeOf(tensor)
  const { sparse_col_indices: columns, sparse_crow_indices: rows } = tensor
  const values = fromNumbers(tensor, what)
  if ((rows === undefined || rows === null) !== (columns === undefined || columns === null)) {
    refuse("encode", what, "a sparse tensor needs both its row and its column indices")
  }
  const sparse = rows !== undefined && rows !== null && columns !== undefined && columns !== null
  if (sparse) {
    if (
      rows.length !== (shape[0] ?? 0) + 1 || rows.at(-1) !== tensor.data.length || columns.length !== tensor.data.length
    ) {
      refuse("encode", what, `its indices do not fit shape [${shape.join(", ")}] and ${tensor.data.length} values`)
    }
  } else if (product(shape) !== tensor.data.length) {
    refuse("encode", what, `shape [${shape.join(", ")}] does not hold ${tensor.data.length} values`)
  }
  return create(TensorSchema, {
    encoding: sparse
      ? {
        case: "sparseCsr",
        value: { values, crowIndices: fromInt64(rows, what), colIndices: fromInt64(columns, what) }
      }
      : { case: "dense", value: values },
    dtype: protoType(tensor),
    shape: shape.map(BigInt)
  })
}

export const fromProtoTensor = (tensor: Proto.Tensor, what: string): TensorData => {
  const shape = tensor.shape.map(Number)
  const { encoding } = tensor
  if (encoding.case === "sparseCsr") {
    return {
      ...toNumbers(encoding.value.values, tensor.dtype, what),
      shape,
      sparse_crow_indices: toInt64(encoding.value.crowIndices, what),
      sparse_col_indices: toInt64(encoding.value.colIndices, what)
    }
  }
  const numbers = toNumbers(encoding.value ?? new Uint8Array(), tensor.dtype, what)
  if (product(shape) !== numbers.data.length) {
    refuse("decode", what, `shape [${shape.join(", ")}] does not hold ${numbers.data.length} values`)
  }
  return { ...numbers, shape }
}

const fromBase64 = (text: string, what: string): Uint8Array<ArrayBuffer> => {
  const bytes = Base64.decode(text)
  return Result.isSuccess(bytes) ? Uint8Array.from(bytes.success) : refuse("encode", what, "it is not base64")
}

const toProtoChunk = (chunk: Chunk): Proto.Chunk => {
  switch (chunk.type) {
    case "encoded_text":
      if (chunk.tokens.length === 0) refuse("encode", "A text chunk", "it is empty, which the service refuses")
      return create(ChunkSchema, {
        chunk: { case: "encodedText", value: { tokens: fromInt32(chunk.tokens, "A text chunk") } }
      })
    case "image":
      return create(ChunkSchema, {
        chunk: {
          case: "image",
          value: {
            data: fromBase64(chunk.data, "An image"),
            format: chunk.format,
            ...(typeof chunk.expected_tokens === "number" ? { expectedTokens: chunk.expected_tokens } : {})
          }
        }
      })
    case "dmel":
      return create(ChunkSchema, { chunk: { case: "dmel", value: { dmel: fromBase64(chunk.dmel, "A dmel chunk") } } })
    case "image_asset_pointer":
      return refuse("encode", "An image asset pointer", "training takes images by value only")
  }
}

const fromProtoChunk = ({ chunk }: Proto.Chunk): Chunk => {
  switch (chunk.case) {
    case "encodedText":
      return { type: "encoded_text", tokens: toInt32(chunk.value.tokens, "A text chunk") }
    case "image": {
      const { data, expectedTokens, format } = chunk.value
      if (format !== "png" && format !== "jpeg") return refuse("decode", "An image", `its format is "${format}"`)
      return {
        type: "image",
        data: Base64.encode(data),
        format,
        ...(expectedTokens === undefined ? {} : { expected_tokens: expectedTokens })
      }
    }
    case "dmel":
      return { type: "dmel", dmel: Base64.encode(chunk.value.dmel) }
    default:
      return refuse("decode", "A chunk", "its kind is unknown")
  }
}

export const toProtoDatum = (datum: Datum): Proto.Datum =>
  create(DatumSchema, {
    modelInput: datum.model_input.chunks.map(toProtoChunk),
    lossFnInputs: Object.fromEntries(
      sortedEntries(datum.loss_fn_inputs).map(([name, tensor]) => [name, toProtoTensor(tensor, `The input "${name}"`)])
    )
  })

export const fromProtoDatum = (datum: Proto.Datum): Datum => ({
  model_input: { chunks: datum.modelInput.map(fromProtoChunk) },
  loss_fn_inputs: Object.fromEntries(
    sortedEntries(datum.lossFnInputs).map(([name, tensor]) => [name, fromProtoTensor(tensor, `The input "${name}"`)])
  )
})
