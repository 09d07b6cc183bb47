import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { sampleHeld } from "../core/HeldSampling.ts"
import { type ChatTool, LoraBackend, type SampledToken, type SampleRequest } from "../core/LoraBackend.ts"
import { currentWeights } from "../core/Weights.ts"
import { callGrammar } from "../core/prompt/calls/Grammar.ts"
import { callOf, said } from "../core/Turn.ts"
import { chatTool } from "../core/ToolSchema.ts"
import { builtinTools } from "../tools/index.ts"
import { pocket } from "../trainers/pocket/index.ts"

const tools = builtinTools.map((tool) => chatTool(tool, "brief"))

const renamed = (tool: ChatTool, name: string, parameters: unknown = tool.function.parameters): ChatTool => ({
  ...tool,
  function: { ...tool.function, name, parameters }
})

const request = Effect.fnUntraced(function*(task: string, change: Partial<SampleRequest> = {}) {
  const { tokenizer } = yield* LoraBackend
  return {
    promptIds: tokenizer.encodeChat([{ role: "user", content: task }], tools),
    maxTokens: 120,
    temperature: 0,
    topP: 1,
    seed: 3,
    weights: currentWeights,
    ...change
  }
})

layer(pocket())("sampling held to the grammar of calls", (it) => {
  it.effect("is what it would be without, token for token, where the call is good", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      for (const temperature of [0, 0.3]) {
        const asked = yield* request("read src/add.js", { temperature })
        const free = yield* Stream.runCollect(backend.sample(asked))
        const held = yield* Stream.runCollect(sampleHeld(backend, asked, callGrammar(tools)))
        assert.isDefined(callOf(said(backend.tokenizer.decode(free.map(({ id }) => id)))))
        const spelled = (tokens: ReadonlyArray<SampledToken>) =>
          tokens.map(({ finish, id, text }) => ({ finish, id, text }))
        assert.deepStrictEqual(spelled(held), spelled(free))
        // Rows computed in runs of other lengths differ in their last bits.
        for (const [t, { logProb }] of held.entries()) assert.closeTo(logProb, free[t]!.logProb, 1e-5)
      }
    }))

  it.effect("makes a call of a tool there is, with the arguments it has, of a model that would make another", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const asked = yield* request("read src/add.js")
      const free = yield* Stream.runCollect(backend.sample(asked))
      const other = [
        renamed(tools[0]!, "show", {
          type: "object",
          properties: { path: { type: "string" }, count: { type: "integer" } },
          required: ["path", "count"]
        }),
        renamed(tools[1]!, "put")
      ]
      const standing = callGrammar(other)
      const held = yield* Stream.runCollect(sampleHeld(backend, asked, standing))
      const ids = held.map(({ id }) => id)
      const text = backend.tokenizer.decode(ids)
      const call = callOf(said(text))
      assert.strictEqual(standing(text), "Whole", text)
      assert.include(["show", "put"], call?.tool)
      if (call?.tool === "show") assert.hasAllKeys(call.arguments, ["path", "count"])
      assert.notDeepEqual(ids, free.map(({ id }) => id))
      assert.strictEqual(held.at(-1)?.finish, "stop")
      assert.strictEqual(held.map((token) => token.text).join(""), text)
      // The log-probabilities are those of the model that nothing holds.
      const { logProbs } = yield* backend.score({
        promptIds: asked.promptIds,
        completionIds: ids,
        weights: currentWeights
      })
      for (const [t, { logProb }] of held.entries()) assert.closeTo(logProb, logProbs[t]!, 1e-3)
    }))

  it.effect("ends where the length does, and goes on by the seed", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const standing = callGrammar([renamed(tools[0]!, "show")])
      const sampled = Effect.fnUntraced(function*(change: Partial<SampleRequest>) {
        return yield* Stream.runCollect(sampleHeld(backend, yield* request("read src/add.js", change), standing))
      })
      for (const maxTokens of [8, 12, 16]) {
        const held = yield* sampled({ maxTokens })
        assert.isAtMost(held.length, maxTokens)
        assert.strictEqual(held.length === maxTokens, held.at(-1)?.finish === "length")
      }
      assert.deepStrictEqual(
        yield* sampled({ temperature: 1, maxTokens: 32 }),
        yield* sampled({ temperature: 1, maxTokens: 32 })
      )
    }))
})
