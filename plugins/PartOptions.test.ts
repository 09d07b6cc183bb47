import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { defaultSettings } from "../core/config/Settings.ts"
import { DpoOptions } from "../trainers/dpo/index.ts"
import { GrpoOptions } from "../trainers/grpo/index.ts"
import { MixtureOptions } from "../trainers/mixture/index.ts"
import { PpoOptions } from "../trainers/ppo/index.ts"
import { SdpoOptions } from "../trainers/sdpo/index.ts"
import { SftOptions } from "../trainers/sft/index.ts"
import {
  dpoOptions,
  gpuOptions,
  grpoOptions,
  mixtureOptions,
  pocketOptions,
  ppoOptions,
  sdpoOptions,
  sftOptions
} from "./PartOptions.ts"

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
      contextLength: 99,
      python: "/p",
      threads: 3
    })
    assert.strictEqual(gpuOptions(defaultSettings, "/pocket").model, "/pocket")
    assert.deepStrictEqual([
      sdpoOptions(settings).klCoefficient,
      sdpoOptions(settings).learnFromRetry,
      sdpoOptions(settings).rehearse
    ], [0.5, false, 16])
    for (const options of [sftOptions, dpoOptions, grpoOptions, ppoOptions, mixtureOptions]) {
      assert.strictEqual(options(settings).rehearse, 16)
    }
  })
})
