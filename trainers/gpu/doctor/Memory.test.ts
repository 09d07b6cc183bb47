import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { fitsIn, knownModels, memoryNeeded, memoryParts, type ModelShape, parameterCount } from "./Memory.ts"

const shapeOf = (name: string): ModelShape => {
  const found = knownModels.find((model) => model.name === name)
  assert.isDefined(found)
  return found!.shape
}
const work = { quantization: "none", rank: 16, prompt: 4096, attempt: 128 } as const

describe("memory of a model", () => {
  it("counts the parameters that the weight files of the real models hold", () => {
    // From the models' own cards and indexes.
    const counts: ReadonlyArray<readonly [string, number]> = [
      ["Qwen/Qwen3-0.6B", 596_049_920],
      ["Qwen/Qwen3-8B", 8_190_735_360],
      ["Qwen/Qwen2.5-7B-Instruct", 7_615_616_512],
      ["meta-llama/Llama-3.1-8B-Instruct", 8_030_261_248],
      ["meta-llama/Llama-3.2-3B-Instruct", 3_212_749_824]
    ]
    for (const [name, count] of counts) assert.strictEqual(parameterCount(shapeOf(name)), count, name)
  })

  it("counts the parameters of the bundled model's file", () => {
    const folder = new URL("../../pocket/model/", import.meta.url)
    const config = JSON.parse(readFileSync(new URL("config.json", folder), "utf8"))
    const file = readFileSync(new URL("model.safetensors", folder))
    const header: Record<string, { readonly shape?: ReadonlyArray<number> }> = JSON.parse(
      file.subarray(8, 8 + Number(file.readBigUInt64LE(0))).toString()
    )
    const stored = Object.values(header).reduce(
      (sum, { shape }) => sum + (shape === undefined ? 0 : shape.reduce((product, size) => product * size, 1)),
      0
    )
    assert.strictEqual(
      parameterCount({
        vocabulary: config.vocab_size,
        hidden: config.hidden_size,
        layers: config.num_hidden_layers,
        heads: config.num_attention_heads,
        keyValueHeads: config.num_key_value_heads,
        headSize: config.head_dim,
        feedForward: config.intermediate_size,
        tied: config.tie_word_embeddings,
        biases: false,
        headNorms: true
      }),
      stored
    )
  })

  it("is the sum of parts worked out by hand for an 8B model", () => {
    const parts = memoryParts(shapeOf("Qwen/Qwen3-8B"), work)
    assert.deepStrictEqual(parts, {
      weights: 2 * 8_190_735_360,
      adapter: 36 * 16 * (2 * (4096 + 4096) + 2 * (4096 + 1024)) * 18,
      cache: 2 * 4224 * 36 * 2 * 8 * 128 * 2,
      activations: 4224 * 2 * (36 * 4096 + 8 * 4096 + 3 * 12_288 + 2 * 48 * 128),
      distributions: 128 * 151_936 * 16,
      reserve: 1e9
    })
    assert.strictEqual(memoryNeeded(shapeOf("Qwen/Qwen3-8B"), work), Object.values(parts).reduce((a, b) => a + b))
  })

  it("grows with the prompt, the rank and the width of the weights", () => {
    const shape = shapeOf("Qwen/Qwen3-4B")
    const base = memoryNeeded(shape, work)
    assert.isAbove(memoryNeeded(shape, { ...work, prompt: 16_384 }), base)
    assert.isAbove(memoryNeeded(shape, { ...work, rank: 64 }), base)
    const [wide, half, quarter] = (["none", "int8", "int4"] as const).map((quantization) =>
      memoryParts(shape, { ...work, quantization }).weights
    )
    assert.isTrue(wide! > half! && half! > quarter! && quarter! > wide! / 4)
  })

  it("decides which models fit and how wide", () => {
    const at = (gigabytes: number) =>
      Object.fromEntries(fitsIn(gigabytes * 1e9, work).map(({ model, quantization }) => [model, quantization]))
    assert.strictEqual(at(24)["Qwen/Qwen3-8B"], "none")
    assert.strictEqual(at(16)["Qwen/Qwen3-8B"], "int8")
    assert.strictEqual(at(80)["Qwen/Qwen3-32B"], "none")
    assert.strictEqual(at(24)["Qwen/Qwen3-32B"], undefined)
    assert.isTrue(Object.values(at(1000)).every((quantization) => quantization === "none"))
    assert.isTrue(Object.values(at(0.5)).every((quantization) => quantization === undefined))
  })
})
