import { Malformed, Reader } from "./Reader.ts"

type GgufScalar = string | number | boolean
type GgufNumbers =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array
export type GgufValue = GgufScalar | GgufNumbers | ReadonlyArray<GgufScalar>

/** A tensor as the header lists it. */
export interface GgufTensor {
  readonly name: string
  /** Rows first, as Hugging Face counts; the file has the fastest axis first. */
  readonly shape: ReadonlyArray<number>
  readonly type: number
  /** From the start of the file. */
  readonly offset: number
}

export interface GgufHeader {
  readonly metadata: ReadonlyMap<string, GgufValue>
  readonly tensors: ReadonlyMap<string, GgufTensor>
  readonly fileBytes: number
}

/** More than any known model has by far; what is above is damage, and nothing is allocated for it. */
const MOST = { keys: 65_536, tensors: 65_536, items: 4_000_000, name: 1024, text: 2 ** 24, axes: 4 } as const

const scalars: Readonly<
  Record<number, { readonly bytes: number; readonly read: (reader: Reader, what: string) => GgufScalar }>
> = {
  0: { bytes: 1, read: (reader, what) => reader.u8(what) },
  1: { bytes: 1, read: (reader, what) => reader.bytes(1, what).readInt8() },
  2: { bytes: 2, read: (reader, what) => reader.bytes(2, what).readUInt16LE() },
  3: { bytes: 2, read: (reader, what) => reader.bytes(2, what).readInt16LE() },
  4: { bytes: 4, read: (reader, what) => reader.u32(what) },
  5: { bytes: 4, read: (reader, what) => reader.bytes(4, what).readInt32LE() },
  6: { bytes: 4, read: (reader, what) => reader.bytes(4, what).readFloatLE() },
  7: { bytes: 1, read: (reader, what) => reader.u8(what) !== 0 },
  8: { bytes: 8, read: (reader, what) => reader.text(what, MOST.text) },
  10: { bytes: 8, read: (reader, what) => Number(reader.bytes(8, what).readBigUInt64LE()) },
  11: { bytes: 8, read: (reader, what) => Number(reader.bytes(8, what).readBigInt64LE()) },
  12: { bytes: 8, read: (reader, what) => reader.bytes(8, what).readDoubleLE() }
}

const ARRAY = 9

const arrays: Readonly<Record<number, (bytes: ArrayBuffer) => GgufNumbers>> = {
  0: (bytes) => new Uint8Array(bytes),
  1: (bytes) => new Int8Array(bytes),
  2: (bytes) => new Uint16Array(bytes),
  3: (bytes) => new Int16Array(bytes),
  4: (bytes) => new Uint32Array(bytes),
  5: (bytes) => new Int32Array(bytes),
  6: (bytes) => new Float32Array(bytes),
  12: (bytes) => new Float64Array(bytes)
}

const readArray = (reader: Reader, what: string): GgufValue => {
  const type = reader.u32(what)
  const count = reader.u64(`the length of ${what}`)
  const item = scalars[type]
  if (item === undefined) throw new Malformed(`${what} is an array of type ${type}, which GGUF does not know`)
  if (count > MOST.items) throw new Malformed(`${what} has ${count} items; at most ${MOST.items} are sensible`)
  reader.expect(count, item.bytes, what)
  const numbers = arrays[type]
  if (numbers !== undefined) return numbers(new Uint8Array(reader.bytes(count * item.bytes, what)).buffer)
  const items: Array<GgufScalar> = []
  for (let index = 0; index < count; index++) items.push(item.read(reader, what))
  return items
}

const readMetadata = (reader: Reader, count: number): ReadonlyMap<string, GgufValue> => {
  const metadata = new Map<string, GgufValue>()
  for (let index = 0; index < count; index++) {
    const key = reader.text("a metadata key", MOST.name)
    const what = JSON.stringify(key)
    const type = reader.u32(what)
    const scalar = scalars[type]
    if (metadata.has(key)) throw new Malformed(`${what} is there twice`)
    if (scalar === undefined && type !== ARRAY)
      throw new Malformed(`${what} has type ${type}, which GGUF does not know`)
    metadata.set(key, scalar === undefined ? readArray(reader, what) : scalar.read(reader, what))
  }
  return metadata
}

const readTensor = (reader: Reader): GgufTensor => {
  const name = reader.text("a tensor's name", MOST.name)
  const what = `tensor ${JSON.stringify(name)}`
  const axes = reader.u32(what)
  if (axes > MOST.axes) throw new Malformed(`${what} has ${axes} axes; at most ${MOST.axes} are possible`)
  const shape = Array.from({ length: axes }, () => reader.u64(`an axis of ${what}`)).toReversed()
  return { name, shape, type: reader.u32(what), offset: reader.u64(`the place of ${what}`) }
}

const readHeader = (reader: Reader): GgufHeader => {
  if (reader.size < 24 || reader.bytes(4, "the file").toString("latin1") !== "GGUF") {
    throw new Malformed("does not begin as a GGUF file does")
  }
  const version = reader.u32("the version")
  if (version >= 2 ** 16) throw new Malformed("is a big-endian GGUF file, which cannot be read here")
  if (version !== 2 && version !== 3) throw new Malformed(`has GGUF version ${version}; versions 2 and 3 can be read`)
  const tensorCount = reader.u64("the number of tensors")
  const keyCount = reader.u64("the number of metadata keys")
  if (tensorCount > MOST.tensors) throw new Malformed(`says that it has ${tensorCount} tensors`)
  if (keyCount > MOST.keys) throw new Malformed(`says that it has ${keyCount} metadata keys`)
  const metadata = readMetadata(reader, keyCount)
  const listed = Array.from({ length: tensorCount }, () => readTensor(reader))
  const alignment = metadata.get("general.alignment") ?? 32
  if (typeof alignment !== "number" || !Number.isInteger(alignment) || alignment < 1 || alignment > 2 ** 20) {
    throw new Malformed(`"general.alignment" is ${String(alignment)}`)
  }
  const data = Math.ceil(reader.offset / alignment) * alignment
  const tensors = new Map<string, GgufTensor>()
  for (const tensor of listed) {
    const what = `tensor ${JSON.stringify(tensor.name)}`
    if (tensors.has(tensor.name)) throw new Malformed(`${what} is there twice`)
    if (tensor.offset % alignment !== 0) throw new Malformed(`${what} begins at no multiple of ${alignment} bytes`)
    tensors.set(tensor.name, { ...tensor, offset: data + tensor.offset })
  }
  return { metadata, tensors, fileBytes: reader.size }
}

/**
 * Reads the metadata and the list of tensors of a GGUF file (versions 2 and 3, little-endian), not the tensors. Throws
 * `Malformed` for what is no such file; memory stays in proportion to the head of the file whatever its counts say.
 */
export const readGgufHeader = (path: string): GgufHeader => {
  const reader = new Reader(path)
  try {
    return readHeader(reader)
  } finally {
    reader.close()
  }
}
