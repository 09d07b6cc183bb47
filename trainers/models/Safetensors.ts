import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { BackendError } from "../../core/LoraBackend.ts"
import { dequantize } from "./Dequantize.ts"
import { FORMATS } from "./Formats.ts"
import { fileProblem, systemProblem } from "./Problem.ts"
import { readHead, type StoredTensor } from "./StoredTensor.ts"

/** One tensor in float32, row-major. */
export interface Tensor {
  readonly shape: ReadonlyArray<number>
  readonly data: Float32Array
}

export type TensorMap = ReadonlyMap<string, Tensor>

const Entry = Schema.Struct({
  dtype: Schema.String,
  shape: Schema.Array(Schema.Natural),
  data_offsets: Schema.Tuple([Schema.Natural, Schema.Natural])
})
const decodeEntry = Schema.decodeUnknownEffect(Entry)
const decodeHeader = Schema.decodeUnknownEffect(Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown)))

/** Longest header that is read; real ones have some hundred kilobytes. */
const LONGEST_HEADER = 2 ** 28

const headerEnd = (file: string, size: number, first: Uint8Array): Effect.Effect<number, BackendError> => {
  if (first.length < 8) return Effect.fail(fileProblem(file, `has ${size} bytes, too few for a safetensors header`))
  const length = Number(new DataView(first.buffer, first.byteOffset).getBigUint64(0, true))
  return 8 + length > size || length > LONGEST_HEADER
    ? Effect.fail(fileProblem(
      file,
      `the header says it is ${length} bytes long but the file has ${size}; it is truncated or no safetensors`
    ))
    : Effect.succeed(8 + length)
}

/** What a header lists. Every defect names the file and the tensor. */
const storedTensors = Effect.fnUntraced(function*(
  file: string,
  size: number,
  text: Uint8Array,
  only: (name: string) => boolean
): Effect.fn.Return<ReadonlyMap<string, StoredTensor>, BackendError> {
  const header = yield* decodeHeader(new TextDecoder().decode(text)).pipe(
    Effect.mapError((error) => fileProblem(file, `the header is not a JSON object (${error.message})`))
  )
  const start = 8 + text.length
  const tensors = new Map<string, StoredTensor>()
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__" || !only(name)) continue
    const entry = yield* decodeEntry(value).pipe(
      Effect.mapError((error) => fileProblem(file, `tensor "${name}" has a bad header entry (${error.message})`))
    )
    const { dtype, shape, data_offsets: [from, to] } = entry
    if (dtype !== "F32" && dtype !== "F16" && dtype !== "BF16") {
      return yield* fileProblem(
        file,
        `tensor "${name}" has dtype ${dtype}`,
        "Only F32, F16 and BF16 weights can be loaded; convert the model."
      )
    }
    const expected = shape.reduce((product, length) => product * length, FORMATS[dtype].bytes)
    if (to - from !== expected) {
      return yield* fileProblem(
        file,
        `tensor "${name}" spans ${to - from} bytes but shape [${shape.join(", ")}] of ${dtype} needs ${expected}`
      )
    }
    if (start + to > size) {
      return yield* fileProblem(
        file,
        `tensor "${name}" ends at byte ${start + to} but the file has ${size}; it is truncated`
      )
    }
    tensors.set(name, { name, shape, format: dtype, file, offset: start + from })
  }
  return tensors
})

/** Reads the list of tensors of a safetensors file and leaves them where they are. `only` limits which are looked at. */
export const readSafetensorsHeader = Effect.fnUntraced(function*(
  file: string,
  only: (name: string) => boolean = () => true
): Effect.fn.Return<ReadonlyMap<string, StoredTensor>, BackendError> {
  const system = (cause: unknown) => systemProblem(file, cause)
  const { bytes, size } = yield* Effect.try({ try: () => readHead(file, 8), catch: system })
  const end = yield* headerEnd(file, size, bytes)
  const head = yield* Effect.try({ try: () => readHead(file, end), catch: system })
  return yield* storedTensors(file, size, head.bytes.subarray(8), only)
})

/**
 * Parses a safetensors file: an 8-byte little-endian header length, a JSON header, then the tensors' bytes. F32, F16 and
 * BF16 become float32. `only` limits which tensors are converted. Every defect names the file and the tensor.
 */
export const parseSafetensors = Effect.fnUntraced(function*(
  file: string,
  bytes: Uint8Array,
  only: (name: string) => boolean = () => true
): Effect.fn.Return<TensorMap, BackendError> {
  const end = yield* headerEnd(file, bytes.length, bytes.subarray(0, 8))
  const listed = yield* storedTensors(file, bytes.length, bytes.subarray(8, end), only)
  return new Map([...listed].map(([name, tensor]): [string, Tensor] => {
    const { format, offset, shape } = tensor
    const size = shape.reduce((product, length) => product * length, FORMATS[format].bytes)
    return [name, { shape, data: dequantize(format, bytes.subarray(offset, offset + size)) }]
  }))
})

/** The safetensors bytes of float32 tensors, in the given order, the header padded to 8 bytes. */
export const encodeSafetensors = (
  tensors: TensorMap,
  metadata: Readonly<Record<string, string>> = { format: "pt" }
): Uint8Array => {
  let offset = 0
  const header: Record<string, unknown> = { __metadata__: metadata }
  for (const [name, { data, shape }] of tensors) {
    header[name] = { dtype: "F32", shape, data_offsets: [offset, offset + data.byteLength] }
    offset += data.byteLength
  }
  const text = JSON.stringify(header)
  const json = new TextEncoder().encode(text + " ".repeat((8 - new TextEncoder().encode(text).length % 8) % 8))
  const bytes = new Uint8Array(8 + json.length + offset)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true)
  bytes.set(json, 8)
  let at = 8 + json.length
  for (const { data } of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at)
    at += data.byteLength
  }
  return bytes
}
