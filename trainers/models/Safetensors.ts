import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { BackendError } from "../../core/LoraBackend.ts"
import { fileProblem } from "./Problem.ts"

/** One tensor in float32, row-major. */
export interface Tensor {
  readonly shape: ReadonlyArray<number>
  readonly data: Float32Array
}

export type TensorMap = ReadonlyMap<string, Tensor>

const width = { F32: 4, F16: 2, BF16: 2 } as const

const Entry = Schema.Struct({
  dtype: Schema.String,
  shape: Schema.Array(Schema.Natural),
  data_offsets: Schema.Tuple([Schema.Natural, Schema.Natural])
})
const decodeEntry = Schema.decodeUnknownEffect(Entry)
const decodeHeader = Schema.decodeUnknownEffect(Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown)))

/** The value of an IEEE half-precision number. */
const fromHalf = (bits: number): number => {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

const toFloat32 = (type: keyof typeof width, bytes: Uint8Array): Float32Array => {
  // A Buffer's own slice would share memory instead of copying.
  const copy = new Uint8Array(bytes).buffer
  if (type === "F32") return new Float32Array(copy)
  const halves = new Uint16Array(copy)
  if (type === "F16") return Float32Array.from(halves, fromHalf)
  return new Float32Array(Uint32Array.from(halves, (bits) => bits << 16).buffer)
}

/**
 * Parses a safetensors file: an 8-byte little-endian header length, a JSON header, then the tensors' bytes. F32, F16 and
 * BF16 become float32. `only` limits which tensors are converted. Every defect names the file and the tensor.
 */
export const parseSafetensors = Effect.fnUntraced(function*(
  file: string,
  bytes: Uint8Array,
  only: (name: string) => boolean = () => true
): Effect.fn.Return<TensorMap, BackendError> {
  if (bytes.length < 8) return yield* fileProblem(file, `has ${bytes.length} bytes, too few for a safetensors header`)
  const headerLength = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
  const start = 8 + headerLength
  if (start > bytes.length) {
    return yield* fileProblem(
      file,
      `the header says it is ${headerLength} bytes long but the file has ${bytes.length}; it is truncated or no safetensors`
    )
  }
  const header = yield* decodeHeader(new TextDecoder().decode(bytes.subarray(8, start))).pipe(
    Effect.mapError((error) => fileProblem(file, `the header is not a JSON object (${error.message})`))
  )
  const tensors = new Map<string, Tensor>()
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
    const expected = shape.reduce((product, size) => product * size, width[dtype])
    if (to - from !== expected) {
      return yield* fileProblem(
        file,
        `tensor "${name}" spans ${to - from} bytes but shape [${shape.join(", ")}] of ${dtype} needs ${expected}`
      )
    }
    if (start + to > bytes.length) {
      return yield* fileProblem(
        file,
        `tensor "${name}" ends at byte ${start + to} but the file has ${bytes.length}; it is truncated`
      )
    }
    tensors.set(name, { shape, data: toFloat32(dtype, bytes.subarray(start + from, start + to)) })
  }
  return tensors
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
