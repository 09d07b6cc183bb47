import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { makeRandom } from "../../../core/Random.ts"
import { families } from "../Families.ts"
import { FORMATS, rowBytes } from "../Formats.ts"
import type { ModelConfig } from "../ModelConfig.ts"
import { loadModel, openModel } from "../OpenModel.ts"
import { readBlocks, readFloat32 } from "../StoredTensor.ts"
import { encodeTinyGguf, familyConfig, type TinyGguf, tinyGguf } from "../testing/GgufFile.ts"
import { writeModelFolder } from "../testing/ModelFolder.ts"
import { llama3Factors, shortest } from "./Metadata.ts"

const temporary = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "continualcode-gguf-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

const written = Effect.fnUntraced(function*(content: TinyGguf | Buffer) {
  const file = join(yield* temporary, "tiny.gguf")
  writeFileSync(file, "tensors" in content ? encodeTinyGguf(content) : content)
  return file
})

const names = families.map(({ ggufArchitecture }) => ggufArchitecture)

describe("a GGUF file", () => {
  for (const name of names) {
    it.effect(`of ${name} gives what the folder of the same model gives`, () =>
      Effect.gen(function*() {
        const folder = join(yield* temporary, "model")
        writeModelFolder(folder, familyConfig(name))
        const expected = yield* loadModel(folder)
        const found = yield* loadModel(yield* written(tinyGguf(name)))
        assert.strictEqual(found.family.name, name)
        assert.deepStrictEqual(found.config, expected.config)
        assert.strictEqual(JSON.stringify(found.config), JSON.stringify(expected.config))
        assert.deepStrictEqual([...found.tensors.keys()].toSorted(), [...expected.tensors.keys()].toSorted())
        for (const [tensor, { data, shape }] of expected.tensors) {
          assert.deepStrictEqual(found.tensors.get(tensor)?.shape, shape, tensor)
          assert.deepStrictEqual(found.tensors.get(tensor)?.data, data, tensor)
        }
        const messages = [{ role: "user", content: "naïve 日本 🙂 <|im_end|> x" }] as const
        assert.deepStrictEqual(
          found.tokenizer.encodeChat(messages, []),
          expected.tokenizer.encodeChat(messages, [])
        )
        const ids = expected.tokenizer.encode("don't  stop 123")
        assert.deepStrictEqual(found.tokenizer.encode("don't  stop 123"), ids)
        assert.strictEqual(found.tokenizer.decode(ids), "don't  stop 123")
        assert.deepStrictEqual([...found.tokenizer.stopIds], [258, 256])
        assert.match(found.identity, /^[0-9a-f]{64}$/)
        assert.notStrictEqual(found.identity, expected.identity)
      }))
  }

  it.effect("reads any rows of a tensor, in Hugging Face's order", () =>
    Effect.gen(function*() {
      const { tensors } = yield* openModel(yield* written(tinyGguf("llama")))
      for (const tensor of tensors.values()) {
        const columns = tensor.shape.at(-1)!
        const rows = tensor.shape.length === 1 ? 1 : tensor.shape[0]!
        const whole = readFloat32(tensor)
        for (let first = 0; first < rows; first += 5) {
          const count = Math.min(7, rows - first)
          assert.deepStrictEqual(
            readFloat32(tensor, first, count),
            whole.slice(first * columns, (first + count) * columns),
            tensor.name
          )
          assert.strictEqual(readBlocks(tensor, first, count).length, count * rowBytes(tensor.format, columns))
        }
      }
    }))

  it.effect("keeps blocks as they are", () =>
    Effect.gen(function*() {
      const config: ModelConfig = { ...familyConfig("qwen2"), hiddenSize: 256, feedForwardSize: 256 }
      const gguf = tinyGguf("qwen2", config)
      const random = makeRandom(3)
      const bytes = Uint8Array.from(
        { length: 256 * FORMATS.Q4_K.bytes },
        (_, at) => at % FORMATS.Q4_K.bytes < 4 ? 40 : Math.floor(256 * random.uniform())
      )
      gguf.tensors.set("blk.1.ffn_up.weight", { shape: [256, 256], format: "Q4_K", bytes })
      const { tensors } = yield* openModel(yield* written(gguf))
      const tensor = tensors.get("model.layers.1.mlp.up_proj.weight")!
      assert.strictEqual(tensor.format, "Q4_K")
      assert.deepStrictEqual(readBlocks(tensor), bytes)
      assert.strictEqual(readFloat32(tensor).length, 256 * 256)
    }))

  it.effect("of Llama 3 has its rotary scaling as factors", () =>
    Effect.gen(function*() {
      const config: ModelConfig = { ...familyConfig("llama"), ropeTheta: 500_000, ropeScaling: [32, 1, 4, 8192] }
      const gguf = tinyGguf("llama", config)
      const factors = Float32Array.from(llama3Factors([32, 1, 4, 8192], 500_000, config.headSize))
      const put = (data: Float32Array) =>
        gguf.tensors.set("rope_freqs.weight", {
          shape: [data.length],
          format: "F32",
          bytes: new Uint8Array(data.buffer)
        })
      put(factors)
      assert.deepStrictEqual((yield* openModel(yield* written(gguf))).config.ropeScaling, [32, 1, 4, 8192])
      put(factors.map((factor, index) => index === 1 ? factor + 1 : factor))
      assert.match((yield* Effect.flip(openModel(yield* written(gguf)))).message, /rope_freqs\.weight/)
    }))

  it.effect("with a head of its own is not tied", () =>
    Effect.gen(function*() {
      const gguf = tinyGguf("qwen2", { ...familyConfig("qwen2"), tiedHead: false })
      const { config, tensors } = yield* openModel(yield* written(gguf))
      assert.isFalse(config.tiedHead)
      assert.deepStrictEqual(tensors.get("lm_head.weight")?.shape, [264, 24])
    }))

  it("numbers come back from float32 as they were written", () => {
    for (const value of [1e-6, 1e-5, 1e6, 500_000, 10_000, 32, 0.1, 1 / 3]) {
      assert.strictEqual(Math.fround(shortest(Math.fround(value))), Math.fround(value))
    }
    assert.strictEqual(shortest(Math.fround(1e-6)), 1e-6)
    assert.strictEqual(shortest(1_000_000), 1_000_000)
  })
})

describe("a GGUF file that cannot be used", () => {
  const changed = (change: (gguf: TinyGguf) => void) => () => {
    const gguf = tinyGguf("llama")
    change(gguf)
    return encodeTinyGguf(gguf)
  }
  const meta = (values: TinyGguf["metadata"]) => changed((gguf) => void Object.assign(gguf.metadata, values))
  const whole = (): Buffer => encodeTinyGguf(tinyGguf("llama"))
  const patched = (at: number, bytes: ReadonlyArray<number>) => () => {
    const file = whole()
    file.set(bytes, at)
    return file
  }
  const embedding = "token_embd.weight"
  const cases: ReadonlyArray<readonly [name: string, file: () => Buffer, ...said: ReadonlyArray<string>]> = [
    ["nothing", () => Buffer.alloc(0), "does not begin as a GGUF file"],
    ["another kind of file", () => Buffer.from("PK\u0003\u0004".padEnd(64, "x")), "does not begin as a GGUF file"],
    ["an old version", patched(4, [1]), "GGUF version 1"],
    ["the other byte order", patched(4, [0, 0, 0, 3]), "big-endian"],
    ["an absurd number of tensors", patched(8, [255, 255, 255, 255]), "4294967295 tensors"],
    ["a number beyond all sizes", patched(16, Array(8).fill(255)), "no sensible size"],
    ["a cut in the head", () => whole().subarray(0, 900), "truncated"],
    ["a cut in the weights", () => whole().subarray(0, -100), "truncated"],
    ["another architecture", meta({ "general.architecture": "gemma3" }), "\"gemma3\"", "Qwen2.5-Coder", "SmolLM2"],
    ["no architecture", changed(({ metadata }) => delete metadata["general.architecture"]), "general.architecture"],
    ["one part of several", meta({ "split.count": 3 }), "llama-gguf-split --merge"],
    ["a shape left out", changed(({ metadata }) => delete metadata["llama.block_count"]), "llama.block_count"],
    ["a shape that is a text", meta({ "llama.embedding_length": "24" }), "llama.embedding_length"],
    ["uneven heads", meta({ "llama.attention.head_count": 3 }), "llama.attention.head_count"],
    ["a mixture of experts", meta({ "llama.expert_count": 8 }), "mixtures of experts"],
    ["scaled rotary embedding", meta({ "llama.rope.scaling.type": "yarn" }), "llama.rope.scaling.type", "yarn"],
    [
      "metadata of other weights",
      meta({ "llama.feed_forward_length": 44 }),
      "blk.0.ffn_gate.weight",
      "[40, 24]",
      "[44, 24]"
    ],
    [
      "a tensor left out",
      changed(({ tensors }) => tensors.delete("blk.1.attn_v.weight")),
      "blk.1.attn_v.weight",
      "missing"
    ],
    [
      "a format that is not known",
      () => {
        const file = whole()
        const name = file.indexOf(Buffer.from(embedding))
        file.writeUInt32LE(21, name + embedding.length + 4 + 16)
        return file
      },
      "format number 21",
      "Q4_K"
    ],
    [
      "a tokenizer of another kind",
      meta({ "tokenizer.ggml.model": "llama" }),
      "tokenizer.ggml.model",
      "byte-level BPE"
    ],
    ["an unknown way to cut text", meta({ "tokenizer.ggml.pre": "tekken" }), "tekken", "qwen2"],
    ["types for other tokens", meta({ "tokenizer.ggml.token_type": new Int32Array(3) }), "tokenizer.ggml.token_type"],
    ["a token twice", meta({ "tokenizer.ggml.tokens": Array(264).fill("a") }), "twice"],
    ["a merge of what is no token", meta({ "tokenizer.ggml.merges": ["x yz"] }), "tokenizer.ggml.merges"],
    ["an end that is no token", meta({ "tokenizer.ggml.eos_token_id": 99_999 }), "eos_token_id", "99999"],
    ["no chat template", changed(({ metadata }) => delete metadata["tokenizer.chat_template"]), "chat_template"]
  ]
  for (const [name, file, ...said] of cases) {
    it.effect(name, () =>
      Effect.gen(function*() {
        const path = yield* written(file())
        const error = yield* Effect.flip(openModel(path))
        assert.strictEqual(error.reason, "ModelFiles")
        assert.include(error.message, path)
        for (const part of said) assert.include(error.message, part)
        assert.match(error.message, /\. [A-Z].+\.$/)
      }))
  }

  it.effect("a number that is none, when it is read", () =>
    Effect.gen(function*() {
      const gguf = tinyGguf("llama")
      const data = new Float32Array(24).fill(NaN)
      gguf.tensors.set("output_norm.weight", { shape: [24], format: "F32", bytes: new Uint8Array(data.buffer) })
      const error = yield* Effect.flip(loadModel(yield* written(gguf)))
      assert.include(error.message, "\"model.norm.weight\" holds numbers that are not finite")
    }))

  it.effect("a thousand damaged files end in a sentence or in a model of the same shape", () =>
    Effect.gen(function*() {
      const original = whole()
      const head = original.indexOf(Buffer.from("blk.1.ffn_down.weight")) + 64
      const random = makeRandom(11)
      const below = (limit: number): number => Math.floor(limit * random.uniform())
      const file = join(yield* temporary, "damaged.gguf")
      const before = process.memoryUsage.rss()
      let refused = 0
      for (let round = 0; round < 1000; round++) {
        const damaged = Buffer.from(original)
        for (let change = 0; change <= below(3); change++) {
          const at = below(head)
          if (below(3) === 0) damaged.set(Array(8).fill(255), at)
          else damaged[at] = below(256)
        }
        const kept = below(4) === 0 ? below(damaged.length) : damaged.length
        writeFileSync(file, damaged.subarray(0, kept))
        const opened = yield* Effect.result(openModel(file))
        if (opened._tag === "Success") continue
        refused++
        assert.strictEqual(opened.failure.reason, "ModelFiles")
        assert.include(opened.failure.message, file)
        assert.notInclude(opened.failure.message, "cannot be read (", "an exception that nobody expected")
      }
      assert.isAbove(refused, 300)
      assert.isBelow(process.memoryUsage.rss() - before, 600 * 2 ** 20)
    }), 300_000)
})
