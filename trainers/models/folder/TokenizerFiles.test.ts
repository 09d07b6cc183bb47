import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { makeTextStream } from "../ChatTokenizer.ts"
import { tokenizerJson } from "../testing/ModelFolder.ts"
import { loadTokenizerFiles } from "./TokenizerFiles.ts"

/** Small tokenizers with the structure of real ones, and what transformers makes of them; see make.py there. */
const fixture = (name: string) => fileURLToPath(new URL(`../../../test/fixtures/tokenizers/${name}`, import.meta.url))

const Expected = Schema.fromJsonString(Schema.Struct({
  texts: Schema.Array(Schema.Struct({ text: Schema.String, ids: Schema.Array(Schema.Int) })),
  chats: Schema.Array(Schema.Struct({
    messages: Schema.Array(Schema.Struct({
      role: Schema.Literals(["system", "user", "assistant", "tool"]),
      content: Schema.String
    })),
    tools: Schema.Array(Schema.Struct({
      type: Schema.Literal("function"),
      function: Schema.Struct({ name: Schema.String, description: Schema.String, parameters: Schema.Unknown })
    })),
    text: Schema.String,
    ids: Schema.Array(Schema.Int)
  }))
}))
const expected = (name: string) =>
  Schema.decodeUnknownEffect(Expected)(readFileSync(join(fixture(name), "expected.json"), "utf8"))

const copyOf = (name: string) =>
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "continualcode-tokenizer-"))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
  ).pipe(Effect.tap((folder) => Effect.sync(() => cpSync(fixture(name), folder, { recursive: true }))))

describe("tokenizers of the gpu backend's models", () => {
  for (const name of ["qwen3", "llama3"]) {
    it.effect(`${name}: texts become the ids that transformers makes of them, and come back`, () =>
      Effect.gen(function*() {
        const { tokenizer } = yield* loadTokenizerFiles(fixture(name))
        for (const { ids, text } of (yield* expected(name)).texts) {
          assert.deepStrictEqual(tokenizer.encode(text), ids, JSON.stringify(text))
          assert.strictEqual(tokenizer.decode(ids), name === "qwen3" ? text.normalize("NFC") : text)
          const textOf = makeTextStream(tokenizer)
          const pieces = ids.map((id, index) => textOf(id, index === ids.length - 1))
          assert.strictEqual(pieces.join(""), tokenizer.decode(ids))
        }
      }))

    it.effect(`${name}: conversations become the ids of transformers' template, thinking off`, () =>
      Effect.gen(function*() {
        const { tokenizer } = yield* loadTokenizerFiles(fixture(name))
        for (const { ids, messages, text, tools } of (yield* expected(name)).chats) {
          // Llama's template would ask for calls in a form of its own.
          if (name === "llama3" && tools.length > 0) continue
          const own = tokenizer.encodeChat(messages, tools)
          if (own.join() !== ids.join()) assert.strictEqual(tokenizer.decode(own), text)
          assert.deepStrictEqual(own, ids)
        }
      }))
  }

  it.effect("tell every model the one form of a call", () =>
    Effect.gen(function*() {
      for (const name of ["qwen3", "llama3"]) {
        const { tokenizer } = yield* loadTokenizerFiles(fixture(name))
        const [chat] = (yield* expected(name)).chats
        assert.isNotEmpty(chat!.tools)
        for (const messages of [chat!.messages, chat!.messages.slice(1)]) {
          const text = tokenizer.decode(tokenizer.encodeChat(messages, chat!.tools))
          assert.include(text, JSON.stringify(chat!.tools[0]!.function.name))
          assert.match(text, /within <tool_call><\/tool_call>/)
          assert.notInclude(text, "Answer with a call of one of these functions")
          for (const { content } of messages) assert.include(text, content)
        }
      }
    }))

  it.effect("stop where the template ends a turn first, and at every end the model names", () =>
    Effect.gen(function*() {
      const ends = (name: string) =>
        Effect.gen(function*() {
          const { tokenizer } = yield* loadTokenizerFiles(fixture(name))
          const generation: { eos_token_id: ReadonlyArray<number> } = JSON.parse(
            readFileSync(join(fixture(name), "generation_config.json"), "utf8")
          )
          assert.deepStrictEqual(tokenizer.stopIds.toSorted(), generation.eos_token_id.toSorted())
          const json = JSON.parse(readFileSync(join(fixture(name), "tokenizer.json"), "utf8"))
          const added: ReadonlyArray<{ id: number; content: string }> = json.added_tokens
          return added.find(({ id }) => id === tokenizer.stopIds[0])?.content
        })
      assert.strictEqual(yield* ends("qwen3"), "<|im_end|>")
      assert.strictEqual(yield* ends("llama3"), "<|eot_id|>")
    }))

  it.effect("of another model are refused when their ids do not fit the weights", () =>
    Effect.gen(function*() {
      const folder = yield* copyOf("qwen3")
      const config = JSON.parse(readFileSync(join(folder, "config.json"), "utf8"))
      writeFileSync(join(folder, "config.json"), JSON.stringify({ ...config, vocab_size: 300 }))
      const error = yield* Effect.flip(loadTokenizerFiles(folder))
      assert.strictEqual(error.reason, "ModelFiles")
      assert.match(
        error.message,
        /tokenizer\.json: has token id \d+ but config\.json says vocab_size is 300\. Copy or download/
      )
    }))

  it.effect("may have as many tokens as real ones", () =>
    Effect.gen(function*() {
      const folder = yield* copyOf("qwen3")
      const json = JSON.parse(JSON.stringify(tokenizerJson()))
      for (let id = 259; id < 151_900; id++) json.model.vocab[`word-${id}`] = id
      writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(json))
      writeFileSync(join(folder, "config.json"), JSON.stringify({ vocab_size: 151_936, eos_token_id: 258 }))
      assert.deepStrictEqual((yield* loadTokenizerFiles(folder)).tokenizer.encode("ab"), [97, 98])
    }))

  it.effect("that are damaged are named, file and field", () =>
    Effect.gen(function*() {
      const folder = yield* copyOf("llama3")
      const failure = Effect.map(Effect.flip(loadTokenizerFiles(folder)), ({ message }) => message)
      writeFileSync(join(folder, "generation_config.json"), "{\"eos_token_id\": \"end\"}")
      assert.match(yield* failure, /generation_config\.json: .*eos_token_id/)
      writeFileSync(join(folder, "config.json"), "{\"eos_token_id\": 1}")
      assert.match(yield* failure, /config\.json: .*vocab_size/)
    }))
})
