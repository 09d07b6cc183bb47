import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { LoraBackend } from "../../core/LoraBackend.ts"
import { baseWeights } from "../../core/Weights.ts"
import { bundledModel, pocket } from "./index.ts"

const Ids = Schema.Array(Schema.Natural)
const Fixture = Schema.fromJsonString(Schema.Struct({
  weights: Schema.String,
  stride: Schema.Int,
  chats: Schema.Array(Schema.Struct({
    messages: Schema.Array(Schema.Struct({
      role: Schema.Literals(["system", "user", "assistant", "tool"]),
      content: Schema.String
    })),
    tools: Schema.Array(Schema.Struct({
      type: Schema.Literal("function"),
      function: Schema.Struct({ name: Schema.String, description: Schema.String, parameters: Schema.Unknown })
    })),
    ids: Ids
  })),
  scores: Schema.Array(Schema.Struct({ ids: Ids, rows: Schema.Array(Schema.Array(Schema.Finite)) })),
  greedy: Schema.Struct({ promptIds: Ids, ids: Ids })
}))

const fixture = Schema.decodeUnknownSync(Fixture)(
  readFileSync(new URL("./testing/parity.json", import.meta.url), "utf8")
)

for (const runtime of ["native", "wasm"] as const) {
  describe(`the bundled model as transformers computes it, ${runtime}`, () => {
    layer(pocket({ runtime, threads: 1 }), { excludeTestServices: true, timeout: "30 seconds" })((it) => {
      it.effect("the fixture is of these weights", () =>
        Effect.sync(() =>
          assert.strictEqual(
            createHash("sha256").update(readFileSync(join(bundledModel, "model.safetensors"))).digest("hex"),
            fixture.weights,
            "the weights have changed: run python3 trainers/pocket/testing/make_parity_fixture.py"
          )
        ))

      it.effect("the chat template gives the same ids", () =>
        Effect.gen(function*() {
          const { tokenizer } = yield* LoraBackend
          for (const { ids, messages, tools } of fixture.chats) {
            assert.deepStrictEqual(tokenizer.encodeChat(messages, tools), ids)
          }
        }))

      it.effect("log-probabilities agree within 1e-4", () =>
        Effect.gen(function*() {
          const backend = yield* LoraBackend
          for (const { ids, rows } of fixture.scores) {
            const promptIds = ids.slice(0, -rows.length)
            const scores = yield* backend.score({
              promptIds,
              completionIds: ids.slice(-rows.length),
              weights: baseWeights,
              topK: backend.info.vocabularySize
            })
            rows.forEach((row, position) => {
              const ours = new Map(scores.topK![position]!.map(({ id, logProb }) => [id, logProb]))
              row.forEach((value, index) =>
                assert.isAtMost(
                  Math.abs(ours.get(index * fixture.stride)! - value),
                  1e-4,
                  `position ${position}, ${index}`
                )
              )
            })
          }
        }))

      it.effect("greedy decoding takes the same tokens", () =>
        Effect.gen(function*() {
          const backend = yield* LoraBackend
          const { ids, promptIds } = fixture.greedy
          const tokens = yield* Stream.runCollect(
            backend.sample({ promptIds, maxTokens: ids.length, temperature: 0, topP: 1, seed: 0, weights: baseWeights })
          )
          assert.deepStrictEqual(tokens.map(({ id }) => id), ids)
        }))
    })
  })
}
