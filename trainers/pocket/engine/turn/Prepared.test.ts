import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { makeRandom } from "../../../../core/Random.ts"
import type { ModelConfig } from "../../../models/ModelConfig.ts"
import type { ModelSource } from "../../../models/ModelSource.ts"
import { openModel } from "../../../models/OpenModel.ts"
import { readFloat32 } from "../../../models/StoredTensor.ts"
import { folderConfig, writeModelFolder } from "../../../models/testing/ModelFolder.ts"
import { Graph } from "../graph/Graph.ts"
import { quantizedProduct } from "../graph/Quantized.ts"
import { serialize } from "../graph/Serialize.ts"
import { loadRuntime } from "../runtime/Load.ts"
import { defaultLora } from "../model/LoraSpec.ts"
import { optimizer, scatter, someIds } from "../../testing/TinyEngine.ts"
import { Engine, type EngineOptions, type EngineToken } from "../Engine.ts"
import { dequantized, emptyBlocks, quantizeColumns, quantizedMatrix, quantizeRows } from "./Quantize.ts"

const numbers = (seed: number, count: number) => {
  const random = makeRandom(seed)
  return Float32Array.from({ length: count }, () => random.normal())
}

describe("blocks", () => {
  for (const bits of [4, 8] as const) {
    for (const [rows, columns] of [[3, 64], [2, 40], [5, 7]] as const) {
      it(`of ${bits} bits: [${rows}, ${columns}] comes back to half a step, and so does its transpose`, () => {
        const values = numbers(rows, rows * columns)
        values[0] = 0
        const blocks = emptyBlocks(rows, columns, bits)
        quantizeRows(blocks, 0, values)
        const across = emptyBlocks(columns, rows, bits)
        for (let row = 0; row < rows; row += 32)
          quantizeColumns(across, row / 32, values.subarray(row * columns), columns)
        const back = dequantized(blocks)
        const turned = dequantized(across)
        const step = 8 / 2 ** bits
        values.forEach((value, at) => {
          assert.isAtMost(Math.abs(back[at]! - value), step)
          assert.isAtMost(Math.abs(turned[at % columns * rows + Math.floor(at / columns)]! - value), step)
        })
        assert.strictEqual(back[0], 0)
      })
    }
  }

  it("lose nothing of whole multiples of a known scale", () => {
    const random = makeRandom(1)
    const values = Float32Array.from({ length: 128 }, () => 0.37 * Math.floor(16 * random.uniform() - 8))
    const blocks = emptyBlocks(2, 64, 4)
    quantizeRows(blocks, 0, values, () => [Math.fround(0.37), 0])
    dequantized(blocks).forEach((value, at) => assert.closeTo(value, values[at]!, 1e-6))
  })
})

describe("a product with blocks", () => {
  for (const int8 of [false, true]) {
    it(`of 4 bits with offsets is that of their numbers${int8 ? ", to what rounded activations give" : ""}`, async () => {
      const [rows, columns] = [48, 96]
      const random = makeRandom(2)
      const grid = Array.from({ length: rows * 3 }, () => [0.1 + random.uniform(), 4 * random.normal()] as const)
      const values = Float32Array.from({ length: rows * columns }, (_, at) => {
        const [scale, offset] = grid[Math.floor(at / 32)]!
        return offset + scale * Math.floor(16 * random.uniform() - 8)
      })
      const blocks = emptyBlocks(rows, columns, 4, true)
      quantizeRows(blocks, 0, values, (row, block) => grid[3 * row + block]!)
      dequantized(blocks).forEach((value, at) => assert.closeTo(value, values[at]!, 1e-5))

      const graph = new Graph()
      const x = graph.input("x", "float32", ["S", columns])
      graph.output("y", quantizedProduct(graph, x, quantizedMatrix("w", blocks), { int8 }), ["S", rows])
      const runtime = await loadRuntime({ kind: "native", threads: 1 })
      const session = await runtime.load(serialize(graph.definition()))
      const given = numbers(3, 2 * columns)
      const y = (await session.run({ x: runtime.float(given, [2, columns]) }, ["y"]))["y"]!.data
      await session.release()
      for (let at = 0; at < 2 * rows; at++) {
        const [line, row] = [Math.floor(at / rows), at % rows]
        let expected = 0
        for (let k = 0; k < columns; k++) expected += given[line * columns + k]! * values[row * columns + k]!
        assert.closeTo(Number(y[at]), expected, int8 ? 2 : 1e-3)
      }
    })
  }
})

describe("a model on disk", () => {
  const config: ModelConfig = {
    ...folderConfig,
    qkNorm: false,
    qkvBias: true,
    hiddenSize: 64,
    heads: 4,
    headSize: 16,
    feedForwardSize: 96
  }
  const folder = mkdtempSync(join(tmpdir(), "continualcode-prepared-"))
  const directory = join(folder, "cache")
  const opening = [257, 10]
  let source: ModelSource
  const engineOf = (weights: EngineOptions["weights"], report?: (done: number, total: number) => void) =>
    Engine.create({
      config,
      weights,
      activation: { scope: "turn", opening },
      modelIdentity: "x",
      lora: defaultLora,
      runtime: { kind: "native", threads: 1 },
      seed: 1,
      stopIds: [0]
    }, report)
  beforeAll(async () => {
    writeModelFolder(join(folder, "model"), config)
    source = await Effect.runPromise(openModel(join(folder, "model")))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const item = {
    _tag: "CrossEntropy",
    promptIds: [...someIds(1, 20), ...opening],
    completionIds: someIds(2, 8),
    baseKl: 0
  } as const
  /** The change of one step of plain descent: the gradient. */
  const gradient = async (engine: Engine) => {
    const before = scatter(engine, 5)
    await engine.forwardBackward([item])
    engine.update({ ...optimizer, learningRate: 1e9, beta1: 0, beta2: 0, epsilon: 1e9 })
    return before.map((value, at) => value - engine.parameters[at]!)
  }

  it("scores and differentiates as its numbers in float32, to what blocks round", async () => {
    const tensors = new Map(
      [...source.tensors].map(([name, tensor]) => [name, { shape: tensor.shape, data: readFloat32(tensor) }])
    )
    const exact = await engineOf(tensors)
    const prepared = await engineOf({ tensors: source.tensors, directory, quantize: 8 })
    const expected = await gradient(exact)
    const found = await gradient(prepared)
    const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, at) => sum + value * b[at]!, 0)
    assert.isAbove(dot(expected, found) / Math.sqrt(dot(expected, expected) * dot(found, found)), 0.98)
    const scores = (engine: Engine) => engine.score({ ...item, weights: { _tag: "Base" } })
    const { logProbs } = await scores(exact)
    const other = (await scores(prepared)).logProbs
    logProbs.forEach((value, at) => assert.isAtMost(Math.abs(value - other[at]!), 0.3))
    await exact.close()
    await prepared.close()
  })

  it("is the file's numbers where nothing is quantised", async () => {
    const tensors = new Map(
      [...source.tensors].map(([name, tensor]) => [name, { shape: tensor.shape, data: readFloat32(tensor) }])
    )
    const exact = await engineOf(tensors)
    const prepared = await engineOf({ tensors: source.tensors, directory: `${directory}-none`, quantize: "none" })
    assert.deepStrictEqual(await gradient(prepared), await gradient(exact))
    await exact.close()
    await prepared.close()
  })

  it("says how far its preparation is within a matrix", async () => {
    const told: Array<number> = []
    const weights = { tensors: source.tensors, directory: `${directory}-told`, quantize: 4 } as const
    await (await engineOf(weights, (done, total) => told.push(done / total))).close()
    assert.deepStrictEqual(told, told.toSorted((a, b) => a - b))
    assert.strictEqual(told.at(-1), 1)
  })

  it("reads the beginning of a prompt from disk in the next session, and says the same", async () => {
    const weights = { tensors: source.tensors, directory, quantize: 8 } as const
    const request = {
      promptIds: [...someIds(3, 200), ...opening],
      maxTokens: 6,
      temperature: 0,
      topP: 1,
      seed: 0,
      weights: { _tag: "Current" } as const
    }
    const say = async () => {
      const engine = await engineOf(weights)
      const said: Array<EngineToken> = []
      await engine.sample(request, (token) => said.push(token))
      await engine.close()
      return said.map(({ id }) => id)
    }
    const first = await say()
    const stored = readdirSync(join(directory, "prompts"))
    assert.strictEqual(stored.length, 1)
    const { mtimeMs } = statSync(join(directory, "prompts", stored[0]!))
    assert.deepStrictEqual(await say(), first)
    assert.deepStrictEqual(readdirSync(join(directory, "prompts")), stored)
    assert.strictEqual(statSync(join(directory, "prompts", stored[0]!)).mtimeMs, mtimeMs)
  })

  it("is prepared once, and anew when what was prepared is damaged", async () => {
    let reports = 0
    const open = async () => {
      const engine = await engineOf({ tensors: source.tensors, directory, quantize: 8 }, () => reports++)
      await engine.close()
    }
    await open()
    assert.strictEqual(reports, 0)
    const file = join(directory, "weights.bin")
    const bytes = readFileSync(file)
    const { atime, mtime } = statSync(file)
    bytes[bytes.length >> 1]! ^= 1
    writeFileSync(file, bytes)
    utimesSync(file, atime, mtime)
    await open()
    assert.isAbove(reports, 0)
    const again = readFileSync(file)
    bytes[bytes.length >> 1]! ^= 1
    assert.isTrue(again.equals(bytes))
  })
})
