import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { copyFileSync, mkdtempSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { LoraBackend } from "../core/LoraBackend.ts"
import { baseWeights, currentWeights } from "../core/Weights.ts"
import type { LossItem } from "../core/Loss.ts"
import { pocket } from "../trainers/pocket/index.ts"
import { writeModelFolder } from "../trainers/models/testing/ModelFolder.ts"
import { close, gradientOf, parameters, relativeError } from "./contracts/backend/Probe.ts"
import { readSafetensors, type Tensor } from "./helpers/Safetensors.ts"

const Numbers = Schema.Array(Schema.Finite)
const Fixture = Schema.fromJsonString(Schema.Struct({
  promptIds: Numbers,
  teacherPromptIds: Numbers,
  completionIds: Numbers,
  advantages: Numbers,
  oldLogProbs: Numbers,
  ratioClip: Schema.Struct({ min: Schema.Finite, max: Schema.Finite }),
  logProbs: Numbers,
  baseLogProbs: Numbers,
  teacherLogProbs: Numbers,
  baseKls: Numbers,
  losses: Schema.Record(
    Schema.String,
    Schema.Struct({
      loss: Schema.Finite,
      ratios: Schema.optionalKey(Numbers),
      divergences: Schema.optionalKey(Numbers)
    })
  ),
  training: Schema.Struct({
    options: Schema.Struct({
      learningRate: Schema.Finite,
      beta1: Schema.Finite,
      beta2: Schema.Finite,
      epsilon: Schema.Finite,
      weightDecay: Schema.Finite,
      maxGradientNorm: Schema.Finite
    }),
    losses: Numbers,
    gradientNorms: Numbers
  })
}))

const folder = fileURLToPath(new URL("./fixtures/parity", import.meta.url))
const fixture = Schema.decodeUnknownSync(Fixture)(readFileSync(join(folder, "losses.json"), "utf8"))
const tensors = (name: string) => readSafetensors(readFileSync(join(folder, name)))

// The fixture's weights with the test tokenizer around them.
const modelDirectory = mkdtempSync(join(tmpdir(), "continualcode-parity-"))
writeModelFolder(modelDirectory)
copyFileSync(join(folder, "model.safetensors"), join(modelDirectory, "model.safetensors"))

const { advantages, completionIds, oldLogProbs, promptIds, ratioClip } = fixture
const common = { promptIds, completionIds }
const ratio = { oldLogProbs, ratioClip }
const teacher = { promptIds: fixture.teacherPromptIds, weights: baseWeights }
const items: Readonly<Record<string, LossItem>> = {
  reverse_kl: { _tag: "Distill", ...common, ...ratio, divergence: { kind: "reverse_kl" }, teacher, baseKl: 0.04 },
  forward_kl: { _tag: "Distill", ...common, ...ratio, divergence: { kind: "forward_kl" }, teacher, baseKl: 0.04 },
  "jsd_0.5": { _tag: "Distill", ...common, ...ratio, divergence: { kind: "jsd", alpha: 0.5 }, teacher, baseKl: 0.04 },
  policy_gradient: { _tag: "PolicyGradient", ...common, ...ratio, advantages, baseKl: 0.04 },
  cross_entropy: { _tag: "CrossEntropy", ...common, baseKl: 0.5 }
}

const inNameOrder = (entries: ReadonlyMap<string, Tensor>) =>
  [...entries].toSorted(([a], [b]) => a < b ? -1 : 1).flatMap(([, { data }]) => [...data])

for (const runtime of ["native", "wasm"] as const) {
  const backend = pocket({ modelDirectory, runtime, threads: 1, lora: { rank: 4, alpha: 8 } })
  layer(Layer.merge(backend, NodeFileSystem.layer), { excludeTestServices: true })(
    `parity with PyTorch, transformers and PEFT: ${runtime}`,
    (it) => {
      const start = Effect.gen(function*() {
        const backend = yield* LoraBackend
        yield* backend.importPeft(join(folder, "adapter"))
        return backend
      })

      it.effect("log-probabilities with the adapter, without it, and as teacher", () =>
        Effect.gen(function*() {
          const backend = yield* start
          const current = yield* backend.score({ ...common, weights: currentWeights })
          const base = yield* backend.score({ ...common, weights: baseWeights })
          const taught = yield* backend.score({ ...teacher, completionIds })
          close(current.logProbs, fixture.logProbs, 1e-5)
          close(base.logProbs, fixture.baseLogProbs, 1e-5)
          close(taught.logProbs, fixture.teacherLogProbs, 1e-5)
        }))

      for (const [name, item] of Object.entries(items)) {
        it.effect(`${name}: loss, per-token values and the adapter's gradient`, () =>
          Effect.gen(function*() {
            const backend = yield* start
            const expected = fixture.losses[name]!
            const { gradient, report } = yield* gradientOf(backend, [item])
            const [tokens] = report.items
            close([report.loss], [expected.loss], 1e-5)
            close(tokens!.logProbs, fixture.logProbs, 1e-5)
            close(tokens!.baseKls, fixture.baseKls, 1e-5)
            if (expected.ratios !== undefined) close(tokens!.ratios, expected.ratios, 1e-5)
            if (expected.divergences !== undefined) close(tokens!.divergences!, expected.divergences, 1e-5)
            const wanted = new Map([...tensors("gradients.safetensors")].filter(([key]) => key.startsWith(`${name}/`)))
            assert.isAtMost(relativeError(gradient, inNameOrder(wanted)), 1e-4)
          }))
      }

      it.effect("losses, gradient norms and weights over ten AdamW updates with decay and clipping", () =>
        Effect.gen(function*() {
          const backend = yield* start
          const { gradientNorms, losses, options } = fixture.training
          for (const [i, expected] of losses.entries()) {
            const { loss } = yield* backend.forwardBackward([items["reverse_kl"]!])
            const report = yield* backend.update(options)
            close([loss, report.gradientNorm], [expected, gradientNorms[i]!], 1e-3, `update ${i}`)
          }
          assert.isAtMost(
            relativeError(yield* parameters(backend), inNameOrder(tensors("trained.safetensors"))),
            1e-4
          )
        }))
    }
  )
}
