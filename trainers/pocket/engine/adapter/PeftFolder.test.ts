import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { tinyConfig } from "../../../models/testing/RandomModel.ts"
import { defaultLora } from "../model/LoraSpec.ts"
import { adapterLayout, freshState } from "./AdapterState.ts"
import { readPeft, writePeft } from "./PeftFolder.ts"

const temporary = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "continualcode-peft-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
)

const layout = adapterLayout(tinyConfig, defaultLora)
const { parameters } = freshState(layout, 1)
const turn = { ...defaultLora, scope: "turn" } as const

describe("an exported adapter", () => {
  it.effect("names the tokens that it is active from, and is only read where they are asked for", () =>
    Effect.gen(function*() {
      const folder = yield* temporary
      yield* writePeft(folder, { modelName: "m", lora: turn, layout, parameters, opening: [7, 3] })
      const config: unknown = JSON.parse(readFileSync(join(folder, "adapter_config.json"), "utf8"))
      assert.deepInclude(config, { alora_invocation_tokens: [7, 3], r: 16 })
      assert.deepStrictEqual(yield* readPeft(folder, turn, layout, [7, 3]), parameters)
      for (const opening of [undefined, [7]]) {
        const error = yield* Effect.flip(readPeft(folder, defaultLora, layout, opening))
        assert.include(error.message, "alora_invocation_tokens is [7,3]")
        assert.include(error.message, "lora_scope")
      }
    }))

  it.effect("that is active everywhere names none", () =>
    Effect.gen(function*() {
      const folder = yield* temporary
      yield* writePeft(folder, { modelName: "m", lora: defaultLora, layout, parameters })
      assert.notInclude(readFileSync(join(folder, "adapter_config.json"), "utf8"), "alora")
      assert.deepStrictEqual(yield* readPeft(folder, defaultLora, layout), parameters)
      assert.include(
        (yield* Effect.flip(readPeft(folder, turn, layout, [7, 3]))).message,
        "alora_invocation_tokens is null"
      )
    }))
})
