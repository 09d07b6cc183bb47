import { createHash } from "node:crypto"
import { EngineError } from "../EngineError.ts"
import type { LoraSpec } from "../model/LoraSpec.ts"
import type { AdapterLayout, AdapterState } from "./AdapterState.ts"

/*
 * Layout: magic (8 bytes), SHA-256 of all that follows (32 bytes), format version and header length (uint32 each,
 * little-endian), the JSON header padded to a multiple of 4, then float32 vectors, little-endian: parameters, first moment,
 * second moment, shadows in the header's order.
 */
const MAGIC = "CCODEADP"
const VERSION = 1
const CHECKED = 40
const PREFIX = 48

interface Header {
  readonly modelIdentity: string
  readonly lora: LoraSpec
  readonly size: number
  readonly revision: number
  readonly shadows: ReadonlyArray<string>
}

/** What a snapshot must belong to. */
export interface SnapshotOwner {
  readonly modelIdentity: string
  readonly lora: LoraSpec
  readonly layout: AdapterLayout
}

const damaged = (problem: string): EngineError =>
  new EngineError("Snapshot", `The adapter snapshot ${problem}. Restore an older snapshot or reset the adapter.`)

const describe = ({ alpha, rank, scope, targets }: LoraSpec): string =>
  `rank ${rank}, alpha ${alpha}, targets ${targets.join(",")}, scope ${scope ?? "all"}`

const digest = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest()

/** Adapter, optimiser state, revision and shadows as bytes. Equal states give equal bytes. */
export const encodeSnapshot = (state: AdapterState, { lora, modelIdentity }: SnapshotOwner): Uint8Array => {
  const shadows = [...state.shadows.keys()].toSorted()
  const header: Header = { modelIdentity, lora, size: state.parameters.length, revision: state.revision, shadows }
  const json = new TextEncoder().encode(JSON.stringify(header))
  const headerLength = Math.ceil(json.length / 4) * 4
  const vectors = [
    state.parameters,
    state.firstMoment,
    state.secondMoment,
    ...shadows.map((name) => state.shadows.get(name)!)
  ]
  const bytes = new Uint8Array(PREFIX + headerLength + 4 * header.size * vectors.length)
  bytes.set(new TextEncoder().encode(MAGIC))
  const view = new DataView(bytes.buffer)
  view.setUint32(CHECKED, VERSION, true)
  view.setUint32(CHECKED + 4, headerLength, true)
  bytes.fill(0x20, PREFIX, PREFIX + headerLength)
  bytes.set(json, PREFIX)
  vectors.forEach((vector, index) =>
    bytes.set(
      new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength),
      PREFIX + headerLength + 4 * header.size * index
    )
  )
  bytes.set(digest(bytes.subarray(CHECKED)), 8)
  return bytes
}

/** The state a snapshot holds, exact to the bit. Fails with `Snapshot` for bytes that are damaged or belong elsewhere. */
export const decodeSnapshot = (bytes: Uint8Array, owner: SnapshotOwner): AdapterState => {
  if (bytes.length < PREFIX || new TextDecoder().decode(bytes.subarray(0, 8)) !== MAGIC) {
    throw damaged("is not one of ours")
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const version = view.getUint32(CHECKED, true)
  if (version !== VERSION) throw damaged(`has format version ${version}; this program reads ${VERSION}`)
  if (!digest(bytes.subarray(CHECKED)).equals(bytes.subarray(8, CHECKED))) throw damaged("is truncated or damaged")
  const headerLength = view.getUint32(CHECKED + 4, true)
  // The checksum vouches that the header is as encodeSnapshot wrote it.
  const header: Header = JSON.parse(new TextDecoder().decode(bytes.subarray(PREFIX, PREFIX + headerLength)))
  if (header.modelIdentity !== owner.modelIdentity) {
    throw new EngineError(
      "Snapshot",
      `The adapter snapshot belongs to another model (${header.modelIdentity.slice(0, 12)}, not `
        + `${owner.modelIdentity.slice(0, 12)}). Choose that model again or reset the adapter.`
    )
  }
  if (describe(header.lora) !== describe(owner.lora) || header.size !== owner.layout.size) {
    throw new EngineError(
      "Snapshot",
      `The adapter snapshot has ${describe(header.lora)} but the configuration says ${describe(owner.lora)}. `
        + "Make them equal or reset the adapter."
    )
  }
  const start = PREFIX + headerLength
  const vector = (index: number) =>
    new Float32Array(
      new Uint8Array(bytes.subarray(start + 4 * header.size * index, start + 4 * header.size * (index + 1))).buffer
    )
  return {
    parameters: vector(0),
    firstMoment: vector(1),
    secondMoment: vector(2),
    revision: header.revision,
    shadows: new Map(header.shadows.map((name, index) => [name, vector(3 + index)]))
  }
}
