import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { tinyConfig } from "../../../models/testing/RandomModel.ts"
import { EngineError } from "../EngineError.ts"
import { makeRandom } from "../../../../core/Random.ts"
import { adapterLayout, type AdapterState, freshState } from "./AdapterState.ts"
import { decodeSnapshot, encodeSnapshot, type SnapshotOwner } from "./Snapshot.ts"

const lora = { rank: 2, alpha: 4, targets: ["q_proj", "v_proj"] as const }
const layout = adapterLayout(tinyConfig, lora)
const owner: SnapshotOwner = { modelIdentity: "0123456789abcdef", lora, layout }

const vector = (seed: number) => {
  const random = makeRandom(seed)
  return Float32Array.from({ length: layout.size }, random.normal)
}

const trained: AdapterState = {
  ...freshState(layout, 3),
  firstMoment: vector(1),
  secondMoment: vector(2).map(Math.abs),
  revision: 12,
  shadows: new Map([["teacher", vector(4)], ["another", vector(5)]])
}

const bytes = encodeSnapshot(trained, owner)

const refusal = (run: () => unknown): EngineError => {
  try {
    run()
  } catch (cause) {
    assert.instanceOf(cause, EngineError)
    assert.strictEqual(cause.reason, "Snapshot")
    return cause
  }
  return assert.fail("the snapshot was accepted")
}

describe("snapshot", () => {
  it("comes back to the bit, special numbers too, from any view of the bytes", () => {
    const odd = { ...trained, parameters: trained.parameters.map((value, i) => i === 0 ? -0 : i === 1 ? 1e-45 : value) }
    const encoded = encodeSnapshot(odd, owner)
    const shifted = new Uint8Array(encoded.length + 3)
    shifted.set(encoded, 3)
    for (const source of [encoded, Buffer.from(encoded), shifted.subarray(3)]) {
      const decoded = decodeSnapshot(source, owner)
      assert.deepStrictEqual(Buffer.from(decoded.parameters.buffer), Buffer.from(odd.parameters.buffer))
      assert.deepStrictEqual(decoded.firstMoment, odd.firstMoment)
      assert.deepStrictEqual(decoded.secondMoment, odd.secondMoment)
      assert.strictEqual(decoded.revision, 12)
      assert.deepStrictEqual(decoded.shadows.get("teacher"), odd.shadows.get("teacher"))
      assert.deepStrictEqual(encodeSnapshot(decoded, owner), encoded)
    }
  })

  it("does not depend on the order in which shadows came to be", () => {
    const turned = { ...trained, shadows: new Map([...trained.shadows].toReversed()) }
    assert.deepStrictEqual(encodeSnapshot(turned, owner), bytes)
  })

  it("belongs to one model and one kind of adapter, and says which", () => {
    const other = refusal(() => decodeSnapshot(bytes, { ...owner, modelIdentity: "fedcba9876543210" }))
    assert.include(other.message, "another model")
    const rank = refusal(() => decodeSnapshot(bytes, { ...owner, lora: { ...lora, rank: 3 } }))
    assert.include(rank.message, "rank 2, alpha 4, targets q_proj,v_proj")
    assert.include(rank.message, "rank 3")
    const scope = refusal(() => decodeSnapshot(bytes, { ...owner, lora: { ...lora, scope: "turn" } }))
    assert.include(scope.message, "scope all but the configuration says")
    const turn = { ...owner, lora: { ...lora, scope: "turn" as const } }
    assert.deepStrictEqual(encodeSnapshot(decodeSnapshot(encodeSnapshot(trained, turn), turn), owner), bytes)
  })

  it.prop("refuses any damaged byte", {
    at: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: bytes.length - 1 })),
    change: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 255 }))
  }, ({ at, change }) => {
    const damaged = Uint8Array.from(bytes)
    damaged[at]! ^= change
    refusal(() => decodeSnapshot(damaged, owner))
  })

  it.prop("refuses any beginning of itself", {
    length: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: bytes.length - 1 }))
  }, ({ length }) => {
    refusal(() => decodeSnapshot(bytes.subarray(0, length), owner))
  })
})
