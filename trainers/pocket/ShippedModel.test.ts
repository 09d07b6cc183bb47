import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { baseWeights, LoraBackend } from "../../core/LoraBackend.ts"
import { bundledModel, pocket } from "./index.ts"

const Fixture = Schema.fromJsonString(Schema.Struct({
  modelSha256: Schema.String,
  messages: Schema.Array(Schema.Struct({
    role: Schema.Literals(["system", "user", "assistant", "tool"]),
    content: Schema.String
  })),
  tools: Schema.Array(Schema.Struct({
    type: Schema.Literal("function"),
    function: Schema.Struct({ name: Schema.String, description: Schema.String, parameters: Schema.Unknown })
  })),
  ids: Schema.Array(Schema.Int),
  rows: Schema.Array(Schema.Struct({ position: Schema.Int, logProbs: Schema.Array(Schema.Finite) }))
}))

const { ids, messages, modelSha256, rows, tools } = Schema.decodeUnknownSync(Fixture)(
  readFileSync(new URL("./testing/shipped-model.json", import.meta.url), "utf8")
)

for (const runtime of ["native", "wasm"] as const) {
  layer(pocket({ runtime }), { excludeTestServices: true, timeout: "60 seconds" })(
    `the shipped model against transformers: ${runtime}`,
    (it) => {
      it("the fixture is of this model", () =>
        assert.strictEqual(
          createHash("sha256").update(readFileSync(join(bundledModel, "model.safetensors"))).digest("hex"),
          modelSha256,
          "the model changed: run trainers/pocket/testing/make_parity_fixture.py"
        ))

      it.effect("the chat template and tokenizer give the same ids", () =>
        Effect.gen(function*() {
          const { tokenizer } = yield* LoraBackend
          assert.deepStrictEqual([...tokenizer.encodeChat(messages, tools)], [...ids])
        }))

      it.effect("the distributions differ by less than 1e-4", () =>
        Effect.gen(function*() {
          const backend = yield* LoraBackend
          const { vocabularySize } = backend.info
          for (const { logProbs, position } of rows) {
            const { topK } = yield* backend.score({
              promptIds: ids.slice(0, position + 1),
              completionIds: [0],
              weights: baseWeights,
              topK: vocabularySize
            })
            const row = topK?.[0] ?? []
            assert.strictEqual(row.length, vocabularySize)
            const worst = Math.max(...row.map(({ id, logProb }) => Math.abs(logProb - logProbs[id]!)))
            assert.isBelow(worst, 1e-4, `after token ${position}`)
          }
        }))
    }
  )
}
