import * as Schema from "effect/Schema"

/** One tensor of a safetensors file, widened to float64. */
export interface Tensor {
  readonly dtype: "F32" | "F64"
  readonly shape: ReadonlyArray<number>
  readonly data: Float64Array
}

const Header = Schema.fromJsonString(Schema.Record(
  Schema.String,
  Schema.Union([
    Schema.Struct({
      dtype: Schema.Literals(["F32", "F64"]),
      shape: Schema.Array(Schema.Int),
      data_offsets: Schema.Tuple([Schema.Int, Schema.Int])
    }),
    Schema.Record(Schema.String, Schema.String)
  ])
))
const decodeHeader = Schema.decodeUnknownSync(Header)

/** Tensors by name, in name order. */
export const readSafetensors = (bytes: Uint8Array): ReadonlyMap<string, Tensor> => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const headerLength = Number(view.getBigUint64(0, true))
  const header = decodeHeader(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength)))
  const tensors = new Map<string, Tensor>()
  for (const name of Object.keys(header).sort()) {
    const entry = header[name]!
    if (!("data_offsets" in entry) || typeof entry.dtype !== "string") continue
    const { data_offsets: [from, to], dtype, shape } = entry as Extract<typeof entry, { dtype: "F32" | "F64" }>
    const width = dtype === "F32" ? 4 : 8
    const data = Float64Array.from({ length: (to - from) / width }, (_, i) => {
      const at = 8 + headerLength + from + i * width
      return dtype === "F32" ? view.getFloat32(at, true) : view.getFloat64(at, true)
    })
    tensors.set(name, { dtype, shape, data })
  }
  return tensors
}

/** The file for these tensors; float32 ones are rounded. */
export const writeSafetensors = (tensors: ReadonlyMap<string, Tensor>): Uint8Array => {
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } }
  let offset = 0
  for (const [name, { data, dtype, shape }] of tensors) {
    const size = data.length * (dtype === "F32" ? 4 : 8)
    header[name] = { dtype, shape, data_offsets: [offset, offset + size] }
    offset += size
  }
  const json = JSON.stringify(header)
  const head = new TextEncoder().encode(json + " ".repeat((8 - json.length % 8) % 8))
  const bytes = new Uint8Array(8 + head.length + offset)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(0, BigInt(head.length), true)
  bytes.set(head, 8)
  let at = 8 + head.length
  for (const { data, dtype } of tensors.values()) {
    for (const x of data) {
      if (dtype === "F32") view.setFloat32(at, x, true)
      else view.setFloat64(at, x, true)
      at += dtype === "F32" ? 4 : 8
    }
  }
  return bytes
}
