import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import { currentWeights } from "../../../core/Weights.ts"
import type { LossItem } from "../../../core/Loss.ts"
import type { Input, Opened, Operation } from "../protocol/Messages.ts"
import { patience, secondsPerToken } from "./Patience.ts"

const deadlines = {
  greeting: Duration.seconds(60),
  loading: Duration.seconds(600),
  operation: Duration.seconds(120)
}
const opened = (device: string, dtype: string, modelBytes: number, quantization = "none"): Opened => ({
  info: {
    backend: "gpu",
    engine: "",
    modelName: "",
    modelIdentity: "",
    contextLength: 1,
    vocabularySize: 1,
    lora: { rank: 1, alpha: 1, targets: [] },
    capabilities: { fullDistribution: true, topK: 1, shadows: true, streaming: true, training: true, hiddenSize: 1 }
  },
  device: { device, name: "", totalBytes: null, freeBytes: null, bfloat16: true },
  dtype,
  quantization,
  modelBytes
})
const eight = opened("cuda:0", "bfloat16", 16.4e9)
const ids = (count: number): ReadonlyArray<number> => Array.from({ length: count }, () => 1)
const lesson = (prompt: number): { readonly items: ReadonlyArray<LossItem> } => ({
  items: [{
    _tag: "Distill",
    promptIds: ids(prompt),
    completionIds: ids(128),
    divergence: { kind: "forward_kl" },
    teacher: { promptIds: ids(prompt + 64), weights: currentWeights },
    baseKl: 0.1
  }]
})
const sample = (prompt: number) => ({
  promptIds: ids(prompt),
  maxTokens: 100,
  temperature: 1,
  topP: 1,
  seed: 0,
  weights: currentWeights
})
const seconds = (model: Opened, operation: Operation, input: Input<Operation>, warm = true): number =>
  Duration.toSeconds(patience(deadlines, model, warm, operation, input))

describe("how long a worker may be silent", () => {
  it("is the plain deadline where nothing is computed", () => {
    assert.strictEqual(seconds(eight, "snapshot", {}), 120)
    assert.strictEqual(seconds(eight, "update", {}, false), 120)
  })

  it("grows with the tokens, faster where attention does, and with what is done to them", () => {
    const work = (operation: Operation, prompt: number) =>
      seconds(eight, operation, operation === "sample" ? sample(prompt) : lesson(prompt)) - 120
    assert.isAbove(work("sample", 16_384), 4 * work("sample", 4096))
    assert.isAbove(work("evaluate", 4096), 2 * work("sample", 4096))
    assert.isAbove(work("forwardBackward", 4096), 1.9 * work("evaluate", 4096))
  })

  it("finds a GPU that is stuck within minutes, and lets a CPU take its hours", () => {
    assert.isBelow(seconds(eight, "sample", sample(4096)), 150)
    assert.isBelow(seconds(eight, "forwardBackward", lesson(4096)), 300)
    // A billion parameters on two cores make about this many seconds of work.
    const slow = opened("cpu", "float32", 4e9)
    assert.isAbove(seconds(slow, "forwardBackward", lesson(4096)), 6 * 4096 * 2e9 / 20e9)
  })

  it("is that of loading for the first work in a process", () => {
    assert.isAbove(seconds(eight, "sample", sample(8), false), 600)
    assert.strictEqual(seconds(eight, "prepare", {}), 600)
    assert.isBelow(seconds(eight, "sample", sample(8)), 121)
  })

  it("counts parameters of a quantised model by what one takes", () => {
    const whole = secondsPerToken(opened("cuda:0", "bfloat16", 16e9))
    assert.strictEqual(secondsPerToken(opened("cuda:0", "bfloat16", 4e9, "int4")), whole)
    assert.strictEqual(secondsPerToken(opened("cuda:0", "bfloat16", 8e9, "int8")), whole)
  })
})
