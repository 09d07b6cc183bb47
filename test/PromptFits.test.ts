import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { ChatTool } from "../core/LoraBackend.ts"
import { loraModel, type Sampling } from "../core/LoraModel.ts"
import { Model } from "../core/Model.ts"
import { ToolSandbox } from "../core/ToolSandbox.ts"
import { fakeBackend, fakeTokenizer } from "./helpers/FakeBackend.ts"
import { fakeTools, fakeWorkspace } from "./helpers/FakeTools.ts"
import { overriding } from "./helpers/OverriddenBackend.ts"

const tool = (name: string): ChatTool => ({
  type: "function",
  function: { name, description: name, parameters: { type: "object", required: ["command"] } }
})
const tools = Layer.effect(
  ToolSandbox,
  ToolSandbox.useSync((sandbox) => ToolSandbox.of({ ...sandbox, describe: (form) => [tool(form)] }))
).pipe(Layer.provide(fakeTools()))

const sampling: Sampling = { temperature: 0, topP: 1, maxTokens: 100 }

const promptOf = (readsSlowly: boolean, change: Partial<Sampling> = {}, contextLength = 100_000) => {
  const backend = overriding(fakeBackend({ script: [], contextLength }), ({ info }) => ({
    info: { ...info, capabilities: { ...info.capabilities, ...(readsSlowly ? { readsSlowly } : {}) } }
  }))
  return Effect.gen(function*() {
    const model = yield* Model
    return { model, prompt: fakeTokenizer.decode(yield* model.promptIds([{ _tag: "User", text: "hello" }])) }
  }).pipe(
    Effect.provide(
      loraModel({ ...sampling, ...change }).pipe(Layer.provide(Layer.mergeAll(backend, tools, fakeWorkspace)))
    )
  )
}

describe("the prompt fits the model", () => {
  it.effect("with brief tools where the window is small or reading is slow", () =>
    Effect.gen(function*() {
      assert.match((yield* promptOf(false)).prompt, /^\[full\]/)
      assert.match((yield* promptOf(true)).prompt, /^\[brief\]/)
      assert.match((yield* promptOf(false, {}, 8192)).prompt, /^\[brief\]/)
    }))

  it.effect("with an example of a call, and other words at each try, only where that is asked for", () =>
    Effect.gen(function*() {
      const plain = yield* promptOf(true)
      assert.notInclude(plain.prompt, "for example")
      assert.isUndefined(plain.model.reask)
      assert.notInclude((yield* promptOf(false, { example: true })).prompt, "for example")
      const helped = yield* promptOf(true, { example: true, changingReask: true })
      assert.include(
        helped.prompt,
        "answer with one JSON object and nothing else, for example {\"name\": \"brief\", \"arguments\": {\"command\": \"git status\"}}."
      )
      assert.isDefined(helped.model.reask)
    }))
})
