import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { defaultSettings, settingKeys, Settings } from "../core/config/Settings.ts"
import { DpoOptions } from "../trainers/dpo/index.ts"
import { GrpoOptions } from "../trainers/grpo/index.ts"
import { MixtureOptions } from "../trainers/mixture/index.ts"
import { PpoOptions } from "../trainers/ppo/index.ts"
import { SdpoOptions } from "../trainers/sdpo/index.ts"
import { SftOptions } from "../trainers/sft/index.ts"
import { gpuOptions } from "../trainers/gpu/Descriptor.ts"
import { pocketOptions } from "../trainers/pocket/Descriptor.ts"
import { dpoDescriptor } from "../trainers/dpo/Options.ts"
import { grpoDescriptor } from "../trainers/grpo/Options.ts"
import { mixtureDescriptor } from "../trainers/mixture/Options.ts"
import { ppoDescriptor } from "../trainers/ppo/Options.ts"
import { literalOptions, sdpoDescriptor, sdpoLiteralDescriptor } from "../trainers/sdpo/Options.ts"
import { sftDescriptor } from "../trainers/sft/Options.ts"
import { objectives } from "./Objectives.ts"
import { ownModule, ownSpecifiers } from "./host/Specifiers.ts"
import { registry } from "./registry.ts"
import { trainers } from "./Trainers.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const readJson = (name: string) => JSON.parse(readFileSync(join(root, name), "utf8"))

const sdpoOptions = sdpoDescriptor.optionsUnder
const sftOptions = sftDescriptor.optionsUnder
const dpoOptions = dpoDescriptor.optionsUnder
const grpoOptions = grpoDescriptor.optionsUnder
const ppoOptions = ppoDescriptor.optionsUnder
const mixtureOptions = mixtureDescriptor.optionsUnder

describe("settings of the bundled parts", () => {
  it("have the defaults of the parts themselves", () => {
    const decode = Schema.decodeUnknownSync(SdpoOptions)
    assert.deepStrictEqual(decode(sdpoOptions(defaultSettings)), decode({}))
    const same = <A>(schema: Schema.Codec<A, unknown>, options: unknown) => {
      const read = Schema.decodeUnknownSync(schema, { onExcessProperty: "error" })
      assert.deepStrictEqual(read(options), read({}))
    }
    same(SftOptions, sftOptions(defaultSettings))
    same(DpoOptions, dpoOptions(defaultSettings))
    same(GrpoOptions, grpoOptions(defaultSettings))
    same(PpoOptions, ppoOptions(defaultSettings))
    same(MixtureOptions, mixtureOptions(defaultSettings))
    assert.deepStrictEqual(pocketOptions(defaultSettings), {
      lora: { rank: 16, alpha: 32 },
      seed: 0,
      runtime: "auto"
    })
  })

  it("reach the parts", () => {
    const settings = {
      ...defaultSettings,
      model_name: "/models/x",
      threads: 3,
      kl_coef: 0.5,
      learn_from_retry: false,
      rehearse: 16
    }
    assert.deepStrictEqual([pocketOptions(settings).modelDirectory, pocketOptions(settings).threads], ["/models/x", 3])
    assert.deepStrictEqual(mixtureOptions({ ...settings, teacher: "ema", estimator: "topk", samples: 3 }), {
      ...mixtureOptions(defaultSettings),
      klCoefficient: 0.5,
      learnFromRetry: false,
      rehearse: 16,
      samples: 3
    })
    const adam = { ...settings, adam_epsilon: 1e-8, adam_beta1: 0.9, adam_beta2: 0.95, weight_decay: 0.1, clip_norm: 0 }
    for (const options of [sdpoOptions, sftOptions, dpoOptions, grpoOptions, ppoOptions, mixtureOptions]) {
      const { beta1, beta2, epsilon, maxGradientNorm, weightDecay } = options(adam)
      assert.deepStrictEqual([epsilon, beta1, beta2, weightDecay, maxGradientNorm], [1e-8, 0.9, 0.95, 0.1, Infinity])
    }
    assert.deepStrictEqual(gpuOptions({ ...settings, python: "/p", context_length: 99, device: "cpu" }, "/pocket"), {
      model: "/models/x",
      lora: { rank: 16, alpha: 32 },
      seed: 0,
      device: "cpu",
      quantization: "none",
      promptGradient: "exact",
      contextLength: 99,
      python: "/p",
      threads: 3
    })
    assert.strictEqual(gpuOptions({ ...settings, prompt_gradient: "frozen" }, "/p").promptGradient, "frozen")
    assert.strictEqual(gpuOptions(defaultSettings, "/pocket").model, "/pocket")
    assert.deepStrictEqual([
      sdpoOptions(settings).klCoefficient,
      sdpoOptions(settings).learnFromRetry,
      sdpoOptions(settings).rehearse
    ], [0.5, false, 16])
    for (const options of [sftOptions, dpoOptions, grpoOptions, ppoOptions, mixtureOptions]) {
      assert.strictEqual(options(settings).rehearse, 16)
    }
    const more = { ...settings, advantage_clip: Infinity, retry_divergence: "same", dpo_nll: 1 } as const
    assert.deepStrictEqual(
      [sdpoOptions(more).advantageClip, sdpoOptions(more).retryDivergence, dpoOptions(more).nllCoefficient],
      [Infinity, "same", 1]
    )
    const fixed = sdpoLiteralDescriptor.optionsUnder({ ...settings, learning_rate: 0.25, teacher: "ema" })
    assert.deepStrictEqual(fixed, Schema.decodeSync(SdpoOptions)({ ...literalOptions, learningRate: 0.25 }))
  })

  it("are bounds that the options share: what a setting may be, the option takes", () => {
    const largest = {
      ...defaultSettings,
      inner_steps: 100,
      rehearse: 64,
      top_k: 1_000_000,
      samples: 256,
      seed: 2 ** 31 - 1,
      divergence_budget: 1e9,
      learning_rate: 1e9,
      kl_coef: 1e9
    }
    assert.doesNotThrow(() => Schema.decodeUnknownSync(Settings)(largest))
    for (const { name, optionsUnder } of objectives) assert.doesNotThrow(() => optionsUnder(largest), name)
    assert.throws(() => Schema.decodeUnknownSync(SftOptions)({ innerSteps: 101 }), /100/)
    assert.throws(() => Schema.decodeUnknownSync(Settings)({ ...defaultSettings, inner_steps: 101 }), /100/)
  })
})

describe("descriptors", () => {
  const described = [...trainers, ...objectives]

  it("are what the registry offers, each under one name with a line about it", () => {
    assert.deepStrictEqual(Object.keys(registry.trainer), trainers.map(({ name }) => name))
    assert.deepStrictEqual(Object.keys(registry.objective), objectives.map(({ name }) => name))
    assert.strictEqual(new Set(described.map(({ name }) => name)).size, described.length)
    for (const { name, settings, summary } of described) {
      assert.notStrictEqual(summary, "", name)
      assert.deepStrictEqual(settings.filter((key) => !settingKeys.includes(key)), [], name)
      assert.strictEqual(new Set(settings).size, settings.length, name)
    }
  })

  it("of objectives know which settings reach them", () => {
    const settings = new Set(sdpoDescriptor.settings)
    for (const key of ["confidence", "rehearse", "seed", "learning_rate", "advantage_clip"] as const) {
      assert.isTrue(settings.has(key), key)
    }
    assert.isFalse(settings.has("dpo_beta"))
    assert.deepStrictEqual(sdpoLiteralDescriptor.settings, ["learning_rate", "gate", "seed"])
  })

  it("are of parts that an agent.ts can import, from the package and on Deno", () => {
    const { imports } = readJson("deno.json")
    const folders = described.map(({ name }) => name).filter((name) =>
      existsSync(join(root, "trainers", name, "index.ts"))
    )
    assert.includeMembers(folders, ["pocket", "gpu", "sdpo", "sft", "dpo", "grpo", "ppo", "mixture"])
    for (const name of folders) {
      assert.strictEqual(imports[`continualcode/trainers/${name}`], `./trainers/${name}/index.ts`)
      assert.include(ownSpecifiers(), `continualcode/trainers/${name}`)
      assert.strictEqual(
        ownModule(`continualcode/trainers/${name}`),
        pathToFileURL(join(root, "trainers", name, "index.ts")).href
      )
    }
  })
})
