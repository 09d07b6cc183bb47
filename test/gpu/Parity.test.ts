import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { LoraBackend, type OptimizerOptions } from "../../core/LoraBackend.ts"
import { baseWeights, currentWeights } from "../../core/Weights.ts"
import type { LossItem } from "../../core/Loss.ts"
import { gpu } from "../../trainers/gpu/index.ts"
import { bundledModel, pocket } from "../../trainers/pocket/index.ts"
import { type Backend, parameters } from "../contracts/backend/Probe.ts"
import { gpuPython, withoutGpuPython } from "../helpers/GpuEnvironment.ts"

/** The pocket model on both backends at once. */
class Both extends Context.Service<Both, { readonly pocket: Backend; readonly gpu: Backend }>()("test/Both") {
  static readonly layer = (python: string) =>
    Layer.effect(
      Both,
      Effect.gen(function*() {
        const backendOf = <E, R>(backend: Layer.Layer<LoraBackend, E, R>) =>
          Effect.map(Layer.build(backend), (services) => Context.get(services, LoraBackend))
        return {
          pocket: yield* backendOf(pocket({ runtime: "native", threads: 1 })),
          gpu: yield* backendOf(
            gpu({ model: bundledModel, python, device: "cpu", threads: 1, report: () => Effect.void })
          )
        }
      })
    )
}

const optimizer: OptimizerOptions = {
  learningRate: 0.01,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.01,
  maxGradientNorm: 1
}

const BOUND = 1e-4
const largest = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  assert.strictEqual(a.length, b.length)
  return Array.from(a).reduce((worst, x, i) => Math.max(worst, Math.abs(x - b[i]!)), 0)
}
const within = (a: ArrayLike<number>, b: ArrayLike<number>, what: string) => assert.isAtMost(largest(a, b), BOUND, what)
const relative = (a: number, b: number, what: string) =>
  assert.isAtMost(Math.abs(a - b), BOUND * Math.max(Math.abs(a), Math.abs(b)), `${what}: ${a} and ${b}`)

const situation = ({ tokenizer }: Backend) => {
  const messages = [{ role: "user", content: "Fix the failing test in src/calc.js." }] as const
  return {
    promptIds: tokenizer.encodeChat(messages, []),
    teacherPromptIds: tokenizer.encodeChat([...messages, { role: "user", content: "Correction: read it first." }], []),
    completionIds: [
      ...tokenizer.encode(
        "<tool_call>\n{\"name\": \"read\", \"arguments\": {\"path\": \"src/calc.js\"}}\n</tool_call>"
      ),
      tokenizer.stopIds[0]!
    ]
  }
}

/** Every kind of loss item. */
const losses = (backend: Backend, old: ReadonlyArray<number>): ReadonlyArray<readonly [string, LossItem]> => {
  const { completionIds, promptIds, teacherPromptIds } = situation(backend)
  const base = { promptIds, completionIds }
  const ratio = { oldLogProbs: old.map((x, t) => x + (t % 3 - 1) / 5), ratioClip: { min: 0.9, max: 1.1 } }
  const teacher = { promptIds: teacherPromptIds, weights: baseWeights }
  return [
    ["reverse KL", { _tag: "Distill", ...base, divergence: { kind: "reverse_kl" }, teacher, baseKl: 0 }],
    ["reverse KL over 20 and a tail", {
      _tag: "Distill",
      ...base,
      divergence: { kind: "reverse_kl" },
      topK: 20,
      teacher,
      baseKl: 0
    }],
    ["forward KL", { _tag: "Distill", ...base, divergence: { kind: "forward_kl" }, teacher, baseKl: 0.04 }],
    ["JSD", { _tag: "Distill", ...base, divergence: { kind: "jsd", alpha: 0.3 }, teacher, baseKl: 0, ...ratio }],
    ["policy gradient", {
      _tag: "PolicyGradient",
      ...base,
      advantages: completionIds.map((_, t) => [0.8, -1.3, 0.4][t % 3]!),
      baseKl: 0.1,
      ...ratio
    }],
    ["cross-entropy", { _tag: "CrossEntropy", ...base, mask: completionIds.map((_, t) => t % 2), baseKl: 0 }]
  ]
}

const step = (backend: Backend, items: ReadonlyArray<LossItem>) =>
  backend.forwardBackward(items).pipe(Effect.andThen(backend.update(optimizer)))

if (gpuPython === undefined) {
  describe("parity of gpu and pocket", () => it.skip(withoutGpuPython, () => {}))
} else {
  layer(Layer.merge(Both.layer(gpuPython), NodeServices.layer).pipe(Layer.provide(NodeServices.layer)), {
    excludeTestServices: true
  })("parity of gpu and pocket on the pocket model", (it) => {
    /** The two backends with the same adapter, away from zero. */
    const prepared = Effect.gen(function*() {
      const both = yield* Both
      yield* both.pocket.reset(3)
      const s = situation(both.pocket)
      for (let i = 0; i < 2; i++) yield* step(both.pocket, [{ _tag: "CrossEntropy", ...s, baseKl: 0 }])
      yield* both.gpu.restore(yield* both.pocket.snapshot)
      return { ...both, s }
    })

    it.effect("they are one model: identity, window, vocabulary, fresh adapter", () =>
      Effect.gen(function*() {
        const both = yield* Both
        const { backend: _, engine: __, modelName: ___, capabilities: ____, ...info } = both.gpu.info
        const { backend: _a, engine: _b, modelName: _c, capabilities: _d, ...other } = both.pocket.info
        assert.deepStrictEqual(info, other)
        yield* both.gpu.reset(11)
        yield* both.pocket.reset(11)
        within(yield* parameters(both.gpu), yield* parameters(both.pocket), "adapters")
      }))

    it.effect("log-probabilities and entropies, under adapter and base", () =>
      Effect.gen(function*() {
        const { gpu, pocket, s } = yield* prepared
        for (const weights of [currentWeights, baseWeights]) {
          const a = yield* gpu.score({ ...s, weights, topK: 5 })
          const b = yield* pocket.score({ ...s, weights, topK: 5 })
          within(a.logProbs, b.logProbs, "log-probabilities")
          within(a.entropies ?? [], b.entropies ?? [], "entropies")
          within(
            a.topK!.flatMap((row) => row.map(({ logProb }) => logProb)),
            b.topK!.flatMap((row) => row.map(({ logProb }) => logProb)),
            "top-K"
          )
        }
      }))

    it.effect("hidden states, under adapter and base", () =>
      Effect.gen(function*() {
        const { gpu, pocket, s } = yield* prepared
        for (const weights of [currentWeights, baseWeights]) {
          const a = yield* gpu.hiddenStates!({ ...s, weights })
          const b = yield* pocket.hiddenStates!({ ...s, weights })
          assert.strictEqual(a.length, s.completionIds.length)
          a.forEach((row, t) => within(row, b[t]!, `row ${t}`))
        }
      }))

    it.effect("greedy turns are the same tokens", () =>
      Effect.gen(function*() {
        const { gpu, pocket, s } = yield* prepared
        const request = {
          promptIds: s.promptIds,
          maxTokens: 60,
          temperature: 0,
          topP: 1,
          seed: 0,
          weights: baseWeights
        }
        const a = yield* Stream.runCollect(gpu.sample(request))
        const b = yield* Stream.runCollect(pocket.sample(request))
        assert.deepStrictEqual(
          a.map(({ finish, id, text }) => [id, text, finish]),
          b.map(({ finish, id, text }) => [
            id,
            text,
            finish
          ])
        )
      }))

    it.effect("every loss and its gradient", () =>
      Effect.gen(function*() {
        const { gpu, pocket, s } = yield* prepared
        const { logProbs } = yield* pocket.score({ ...s, weights: currentWeights })
        for (const [name, item] of losses(pocket, logProbs)) {
          const [a, b] = [yield* gpu.forwardBackward([item]), yield* pocket.forwardBackward([item])]
          relative(a.loss, b.loss, `${name}: loss`)
          relative(a.gradientNorm, b.gradientNorm, `${name}: gradient`)
          within(a.items[0]!.logProbs, b.items[0]!.logProbs, `${name}: log-probabilities`)
          within(a.items[0]!.divergences ?? [], b.items[0]!.divergences ?? [], `${name}: divergences`)
          within(a.items[0]!.baseKls, b.items[0]!.baseKls, `${name}: KL to the base`)
          within(a.items[0]!.ratios, b.items[0]!.ratios, `${name}: ratios`)
          yield* gpu.discard
          yield* pocket.discard
        }
      }))

    it.effect("adapters after ten steps of all losses", () =>
      Effect.gen(function*() {
        const { gpu, pocket, s } = yield* prepared
        const { logProbs } = yield* pocket.score({ ...s, weights: currentWeights })
        const items = losses(pocket, logProbs).map(([, item]) => item)
        const before = yield* parameters(pocket)
        for (let i = 0; i < 10; i++) {
          yield* step(gpu, items)
          yield* step(pocket, items)
        }
        const after = yield* parameters(pocket)
        assert.isAbove(largest(after, before), 100 * BOUND, "the steps move the adapter")
        within(yield* parameters(gpu), after, "adapters")
        assert.strictEqual(yield* gpu.revision, yield* pocket.revision)
      }))

    it.effect("an adapter trained on one continues on the other: snapshot and PEFT folder, both ways", () =>
      Effect.gen(function*() {
        const { gpu, pocket, s } = yield* prepared
        const files = yield* FileSystem.FileSystem
        const item: LossItem = { _tag: "CrossEntropy", ...s, baseKl: 0.1 }
        yield* step(gpu, [item])
        const trained = yield* gpu.snapshot
        yield* pocket.restore(trained)
        assert.deepStrictEqual(yield* pocket.snapshot, trained)
        yield* step(gpu, [item])
        yield* step(pocket, [item])
        within(yield* parameters(gpu), yield* parameters(pocket), "after a snapshot")
        for (const [from, to] of [[gpu, pocket], [pocket, gpu]] as const) {
          const folder = yield* files.makeTempDirectoryScoped()
          yield* from.exportPeft(folder)
          yield* to.reset(1)
          yield* to.importPeft(folder)
          assert.deepStrictEqual(yield* parameters(to), yield* parameters(from))
        }
      }))
  })
}
