import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { configJson, folderConfig, writeModelFolder } from "../testing/ModelFolder.ts"
import { randomTensors } from "../testing/RandomModel.ts"
import { makeTextStream } from "../ChatTokenizer.ts"
import { loadModel } from "../OpenModel.ts"
import { encodeSafetensors, type Tensor } from "../Safetensors.ts"

/** A fresh, sound model folder that goes away with the test. */
const modelFolder = Effect.acquireRelease(
  Effect.sync(() => {
    const folder = mkdtempSync(join(tmpdir(), "continualcode-model-"))
    writeModelFolder(folder)
    return folder
  }),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
)

const writeJson = (folder: string, name: string, value: unknown) =>
  writeFileSync(join(folder, name), JSON.stringify(value))

const withConfig = (changes: Readonly<Record<string, unknown>>) => (folder: string) =>
  writeJson(folder, "config.json", { ...configJson(folderConfig), ...changes })

const withTensors = (change: (tensors: Map<string, Tensor>) => void) => (folder: string) => {
  const tensors = new Map(randomTensors(folderConfig, 1))
  change(tensors)
  writeFileSync(join(folder, "model.safetensors"), encodeSafetensors(tensors))
}

describe("loadModelFolder", () => {
  it.effect("loads a folder and tells models apart by content", () =>
    Effect.gen(function*() {
      const folder = yield* modelFolder
      const first = yield* loadModel(folder, "pocket")
      assert.deepStrictEqual(first.config, folderConfig)
      assert.deepStrictEqual(first.tensors, randomTensors(folderConfig, 1))
      assert.strictEqual((yield* loadModel(folder, "pocket")).identity, first.identity)
      writeModelFolder(folder, folderConfig, 2)
      assert.notStrictEqual((yield* loadModel(folder, "pocket")).identity, first.identity)
      writeModelFolder(folder, { ...folderConfig, ropeTheta: 5000 }, 1)
      assert.notStrictEqual((yield* loadModel(folder, "pocket")).identity, first.identity)
    }))

  const cases: ReadonlyArray<
    readonly [name: string, damage: (folder: string) => void, ...said: ReadonlyArray<string>]
  > = [
    ["no config", (folder) => rmSync(join(folder, "config.json")), "config.json", "missing"],
    ["no weights", (folder) => rmSync(join(folder, "model.safetensors")), "model.safetensors", "missing"],
    ["no tokenizer", (folder) => rmSync(join(folder, "tokenizer.json")), "tokenizer.json", "missing"],
    ["a cut config", (folder) => truncateSync(join(folder, "config.json"), 40), "config.json", "not valid JSON"],
    [
      "cut weights",
      (folder) => truncateSync(join(folder, "model.safetensors"), 9000),
      "model.safetensors",
      "truncated"
    ],
    ["another architecture", withConfig({ model_type: "gemma3" }), "config.json", "model_type is \"gemma3\""],
    ["a field of the wrong type", withConfig({ hidden_size: "24" }), "config.json", "hidden_size"],
    ["a field left out", withConfig({ rms_norm_eps: undefined }), "config.json", "rms_norm_eps"],
    ["no rotary base", withConfig({ rope_theta: undefined }), "config.json", "rope_theta"],
    ["scaled rotary embedding", withConfig({ rope_scaling: { type: "yarn" } }), "config.json", "rope_scaling"],
    ["a bias", withConfig({ attention_bias: true }), "config.json", "attention_bias"],
    ["a sliding window", withConfig({ use_sliding_window: true }), "config.json", "use_sliding_window"],
    ["quantised weights", withConfig({ quantization_config: { bits: 4 } }), "config.json", "quantization_config"],
    ["uneven heads", withConfig({ num_attention_heads: 3 }), "config.json", "num_attention_heads (3)"],
    [
      "a config for other weights",
      withConfig({ intermediate_size: 44 }),
      "model.safetensors",
      "model.layers.0.mlp.gate_proj.weight",
      "[40, 24]",
      "[44, 24]"
    ],
    [
      "a tensor left out",
      withTensors((tensors) => tensors.delete("model.layers.1.self_attn.k_norm.weight")),
      "model.safetensors",
      "\"model.layers.1.self_attn.k_norm.weight\" is missing"
    ],
    [
      "an untied head without its matrix",
      withConfig({ tie_word_embeddings: false }),
      "model.safetensors",
      "\"lm_head.weight\" is missing"
    ],
    [
      "a number that is none",
      withTensors((tensors) => tensors.set("model.norm.weight", { shape: [24], data: new Float32Array(24).fill(NaN) })),
      "model.safetensors",
      "\"model.norm.weight\"",
      "not finite"
    ],
    [
      "a tokenizer with more tokens than the model",
      withConfig({ vocab_size: 200 }),
      "model.safetensors",
      "model.embed_tokens.weight"
    ],
    [
      "no chat template",
      (folder) => writeJson(folder, "tokenizer_config.json", { eos_token: "<|im_end|>" }),
      "tokenizer_config.json",
      "chat_template"
    ],
    [
      "a chat template that does not parse",
      (folder) => writeFileSync(join(folder, "chat_template.jinja"), "{% for message in %}"),
      "chat template does not parse"
    ],
    ["a tokenizer of no known kind", (folder) => writeJson(folder, "tokenizer.json", {}), "tokenizer.json"]
  ]
  for (const [name, damage, ...said] of cases) {
    it.effect(`refuses ${name}`, () =>
      Effect.gen(function*() {
        const folder = yield* modelFolder
        damage(folder)
        const error = yield* Effect.flip(loadModel(folder, "pocket"))
        assert.strictEqual(error.reason, "ModelFiles")
        assert.include(error.message, folder)
        for (const part of said) assert.include(error.message, part)
        // The last sentence is what to do next.
        assert.match(error.message, /\. [A-Z].+\.$/)
      }))
  }
})

describe("the tokenizer of a folder", () => {
  it.effect("renders messages and tools as written in the template and puts the turn's end first", () =>
    Effect.gen(function*() {
      const folder = yield* modelFolder
      writeJson(folder, "config.json", { ...configJson(folderConfig), eos_token_id: [256, 258] })
      const { tokenizer } = yield* loadModel(folder, "pocket")
      const decoded = (ids: ReadonlyArray<number>) =>
        ids.map((id) => id < 256 ? tokenizer.decode([id]) : ["<|endoftext|>", "<|im_start|>", "<|im_end|>"][id - 256])
          .join("")
      const ids = tokenizer.encodeChat([{ role: "user", content: "hi" }], [{
        type: "function",
        function: { name: "read", description: "d", parameters: { type: "object", required: ["path"] } }
      }])
      assert.strictEqual(
        decoded(ids),
        "<|im_start|>system\n{\"type\": \"function\", \"function\": {\"name\": \"read\", \"description\": \"d\", "
          + "\"parameters\": {\"type\": \"object\", \"required\": [\"path\"]}}}<|im_end|>\n"
          + "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n"
      )
      assert.deepStrictEqual([...tokenizer.stopIds], [258, 256])
      assert.strictEqual(tokenizer.decode([...tokenizer.encode("a b"), 258]), "a b")
    }))

  it.effect("prefers chat_template.jinja", () =>
    Effect.gen(function*() {
      const folder = yield* modelFolder
      writeFileSync(join(folder, "chat_template.jinja"), "{{ messages[0].content }}<|im_end|>")
      const { tokenizer } = yield* loadModel(folder, "pocket")
      assert.strictEqual(
        tokenizer.decode(tokenizer.encodeChat([{ role: "user", content: "only this" }], [])),
        "only this"
      )
    }))

  it.effect("streams text piece by piece, never half a character, and loses nothing", () =>
    Effect.gen(function*() {
      const folder = yield* modelFolder
      const { tokenizer } = yield* loadModel(folder, "pocket")
      const text = "naïve 日本 🙂\n".repeat(20) + "end ✓"
      const next = makeTextStream(tokenizer)
      const ids = tokenizer.encode(text)
      const pieces = ids.map((id, index) => next(id, index === ids.length - 1))
      assert.strictEqual(pieces.join(""), text)
      assert.isFalse(pieces.some((piece) => piece.includes("\uFFFD")))
    }))

  it.effect("shows an unfinished character when nothing follows", () =>
    Effect.gen(function*() {
      const folder = yield* modelFolder
      const { tokenizer } = yield* loadModel(folder, "pocket")
      const next = makeTextStream(tokenizer)
      const [first, second] = tokenizer.encode("é")
      assert.strictEqual(next(first!, false), "")
      assert.strictEqual(next(second!, false), "é")
      assert.strictEqual(next(first!, true), "\uFFFD")
    }))
})
