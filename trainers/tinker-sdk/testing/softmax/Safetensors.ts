/** One float32 tensor of a safetensors file. */
interface NamedTensor {
  readonly name: string
  readonly shape: ReadonlyArray<number>
  readonly data: Float32Array
}

/** A safetensors file: header length (uint64), JSON header padded to 8 bytes, then the numbers, little-endian. */
export const safetensors = (tensors: ReadonlyArray<NamedTensor>): Uint8Array => {
  let offset = 0
  const header: Record<string, unknown> = {}
  for (const { data, name, shape } of tensors) {
    header[name] = { dtype: "F32", shape, data_offsets: [offset, offset + data.byteLength] }
    offset += data.byteLength
  }
  const text = JSON.stringify(header)
  const head = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8, " "))
  const file = new Uint8Array(8 + head.length + offset)
  const view = new DataView(file.buffer)
  view.setBigUint64(0, BigInt(head.length), true)
  file.set(head, 8)
  let at = 8 + head.length
  for (const { data } of tensors) {
    for (const value of data) {
      view.setFloat32(at, value, true)
      at += 4
    }
  }
  return file
}
