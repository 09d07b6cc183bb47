import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { systemPrompt } from "../core/prompt/SystemPrompt.ts"
import { toolCallText } from "../core/prompt/ToolCallText.ts"
import { chatTool } from "../core/ToolSchema.ts"
import { builtinTools } from "../tools/index.ts"
import { freshState, withParameters } from "../trainers/pocket/engine/adapter/AdapterState.ts"
import { loadModel } from "../trainers/models/OpenModel.ts"
import { makeRandom } from "../core/Random.ts"
import { loadRuntime } from "../trainers/pocket/engine/runtime/Load.ts"
import { writeModelFolder } from "../trainers/models/testing/ModelFolder.ts"
import { makeFakeTinker } from "../trainers/tinker-sdk/testing/index.ts"
import { listen } from "../trainers/tinker-sdk/testing/node.ts"
import { adam, crossEntropyDatum, text } from "./helpers/TinkerCalls.ts"
import { tinkerPocketEngine } from "./helpers/TinkerPocketEngine.ts"
import { TinkerPocketLora } from "./helpers/TinkerPocketLora.ts"

const tinyModel = Effect.acquireRelease(
  Effect.sync(() => {
    const directory = mkdtempSync(join(tmpdir(), "tinker-pocket-test-"))
    writeModelFolder(directory)
    return directory
  }),
  (directory) => Effect.sync(() => rmSync(directory, { recursive: true }))
)

const shape = { rank: 4, seed: 1, trainUnembed: true, trainMlp: false, trainAttn: true }

describe("the pocket model behind a fake Tinker service", () => {
  it.live("has the gradients of single and of soft, signed targets", () =>
    Effect.gen(function*() {
      const folder = yield* loadModel(yield* tinyModel, "pocket")
      const runtime = yield* Effect.promise(() => loadRuntime({ kind: "auto", threads: 1 }))
      const lora = yield* Effect.acquireRelease(
        Effect.promise(() =>
          TinkerPocketLora.create(folder, runtime, { rank: 2, alpha: 32, targets: ["q_proj", "o_proj"] })
        ),
        (lora) => Effect.promise(() => lora.release())
      )
      const random = makeRandom(3)
      const state = withParameters(lora.layout, freshState(lora.layout, 1).parameters.map(() => 0.05 * random.normal()))
      const tokens = [10, 20, 30, 40]
      const cases = {
        single: { targets: [[20], [7], [40], [50]], slopes: [[0], [-1], [0.5], [-2]] },
        soft: { targets: [[1, 2], [3, 3], [5, 6], [9, 8]], slopes: [[-0.75, -0.25], [0.5, -1], [0, 0], [0.3, 0.2]] }
      }
      for (const { slopes, targets } of Object.values(cases)) {
        const value = async (parameters: Float32Array) => {
          const rows = await lora.rows(parameters, tokens)
          return targets.flatMap((ids, t) => ids.map((id, k) => slopes[t]![k]! * rows[t]![id]!)).reduce(
            (a, b) => a + b,
            0
          )
        }
        const { gradient } = yield* Effect.promise(() => lora.gradient(state, tokens, targets, slopes))
        const scale = Math.max(...gradient.map(Math.abs))
        for (let i = 0; i < gradient.length; i += Math.floor(gradient.length / 12)) {
          const moved = (by: number) =>
            Effect.promise(() => value(state.parameters.map((x, index) => index === i ? x + by : x)))
          const slope = ((yield* moved(0.01)) - (yield* moved(-0.01))) / 0.02
          assert.closeTo(gradient[i]! / scale, slope / scale, 5e-3)
        }
      }
    }))

  it.live("adds up over calls, saves and loads to the bit, and scores what it samples", () =>
    Effect.gen(function*() {
      const { engine, name } = yield* tinkerPocketEngine({ modelDirectory: yield* tinyModel })
      const adapter = yield* engine.createAdapter(name, shape)
      const options = { learningRate: 0.02, beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0, gradClipNorm: 0 }
      const datum = { tokens: [72, 101, 108], targets: [[101], [108], [111]], weights: [[0], [1], [1]] }
      const batch = { loss: "cross_entropy", config: {}, data: [datum] } as const
      const step = Effect.andThen(adapter.forwardBackward(batch), adapter.optimStep(options))
      yield* step
      const saved = yield* adapter.save
      yield* step
      const after = yield* adapter.save
      yield* adapter.load(saved, true)
      const [before] = yield* adapter.forward(batch)
      yield* step
      assert.deepStrictEqual(yield* adapter.save, after)
      yield* adapter.load(saved, false)
      yield* step
      assert.notDeepEqual(yield* adapter.save, after)

      // Importance sampling at ratio one has the gradient of the same advantages as weights.
      const advantages = datum.targets.map((_, t) => [t === 0 ? 0 : 1])
      const sampled = { tokens: datum.tokens, targets: datum.targets, logprobs: before!.logprobs, advantages }
      yield* adapter.load(saved, true)
      yield* adapter.forwardBackward({ loss: "importance_sampling", config: {}, data: [sampled] })
      yield* adapter.optimStep(options)
      const [one, other] = [yield* adapter.save, after].map((bytes) =>
        engine.score({
          weights: { baseModel: name, state: bytes },
          tokens: [...datum.tokens, 111],
          topK: 1
        })
      )
      const [here, there] = [yield* one!, yield* other!]
      here.logprobs.forEach((value, t) => assert.closeTo(value, there.logprobs[t]!, 1e-3))

      const weights = { baseModel: name, state: saved }
      const request = {
        weights,
        prompt: [72, 101],
        maxTokens: 6,
        temperature: 0.5,
        topK: -1,
        topP: 1,
        seed: 3,
        stop: []
      }
      const drawn = yield* engine.generate(request)
      const scored = yield* engine.score({ weights, tokens: [72, 101, ...drawn.tokens], topK: 264 })
      scored.topK.slice(1).forEach((row, t) => {
        const total = Math.log(row.reduce((sum, [, logprob]) => sum + Math.exp(2 * logprob), 0))
        assert.closeTo(drawn.logprobs[t]!, 2 * scored.logprobs[t + 1]! - total, 1e-3)
      })
      const files = yield* engine.exportPeft(weights, shape)
      assert.include(new TextDecoder().decode(files["adapter_config.json"]), `"r": 4`)
    }))

  it.live("is taught a call over HTTP and makes it in a fresh sampler", () =>
    Effect.gen(function*() {
      const { engine, name, tokenizer } = yield* tinkerPocketEngine()
      const service = yield* makeFakeTinker({ engine })
      const { baseUrl } = yield* listen(service)
      const post = (path: string, value: unknown): Effect.Effect<Record<string, unknown>> =>
        Effect.promise(async () => {
          const reply = await fetch(`${baseUrl}/api/v1${path}`, {
            method: "POST",
            headers: { "x-api-key": service.apiKey, "content-type": "application/json" },
            body: JSON.stringify(value)
          })
          return await reply.json() as Record<string, unknown>
        })
      const perform = Effect.fnUntraced(function*(path: string, value: unknown) {
        const { request_id } = yield* post(path, value)
        while (true) {
          const reply = yield* post("/retrieve_future", { request_id })
          if (reply["type"] !== "try_again") return reply
        }
      })

      const prompt = tokenizer.encodeChat(
        [
          { role: "system", content: systemPrompt({ files: ["package.json"], total: 1 }) },
          { role: "user", content: "install zod" }
        ],
        builtinTools.map((tool) => chatTool(tool, "brief"))
      )
      const wanted = tokenizer.encode(toolCallText("bash", { command: "pnpm add zod" }))
      const tokens = [...prompt, ...wanted, tokenizer.stopIds[0]!]

      const { session_id } = yield* post("/create_session", { tags: [], sdk_version: "0.25.0" })
      const { model_id } = yield* perform("/create_model", {
        session_id,
        model_seq_id: 0,
        base_model: name,
        lora_config: { rank: 16, seed: 0, train_mlp: false }
      })
      let samplers = 0
      const say = Effect.fnUntraced(function*(source: Record<string, unknown>) {
        const session = yield* post("/create_sampling_session", {
          session_id,
          sampling_session_seq_id: samplers++,
          ...source
        })
        const reply = yield* perform("/asample", {
          num_samples: 1,
          prompt: text(prompt),
          sampling_params: { max_tokens: 48, temperature: 0 },
          sampling_session_id: session["sampling_session_id"],
          seq_id: 0
        })
        const [sequence] = reply["sequences"] as ReadonlyArray<{ readonly tokens: ReadonlyArray<number> }>
        return tokenizer.decode(sequence!.tokens)
      })

      const before = yield* say({ base_model: name })
      assert.include(before, "npm install zod")
      const weights = tokens.slice(1).map((_, t) => t >= prompt.length - 1 ? 1 / (wanted.length + 1) : 0)
      let seqId = 0
      for (let step = 0; step < 4; step++) {
        yield* perform("/forward_backward", {
          forward_backward_input: { data: [crossEntropyDatum(tokens, weights)], loss_fn: "cross_entropy" },
          model_id,
          seq_id: ++seqId
        })
        yield* perform("/optim_step", { adam_params: adam(0.01), model_id, seq_id: ++seqId })
      }
      const saved = yield* perform("/save_weights_for_sampler", { model_id, path: "taught", seq_id: ++seqId })
      const after = yield* say({ model_path: saved["path"] })
      assert.include(after, "pnpm add zod")
      assert.strictEqual(yield* say({ base_model: name }), before)
    }))
})
