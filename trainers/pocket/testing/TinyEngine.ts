import type { OptimizerOptions, SampleRequest } from "../../../core/LoraBackend.ts"
import type { LossItem } from "../../../core/Loss.ts"
import { Engine, type EngineToken } from "../engine/Engine.ts"
import type { LoraSpec } from "../engine/model/LoraSpec.ts"
import { type ModelConfig, MODULES } from "../../models/ModelConfig.ts"
import type { RuntimeKind } from "../engine/runtime/Runtime.ts"
import { makeRandom } from "../../../core/Random.ts"
import type { Activation } from "../engine/turn/TurnCalculator.ts"
import { randomTensors, tinyConfig } from "../../models/testing/RandomModel.ts"

/** LoRA on every linear map. */
export const tinyLora: LoraSpec = { rank: 3, alpha: 6, targets: MODULES }

export const optimizer: OptimizerOptions = {
  learningRate: 0.02,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0,
  maxGradientNorm: Infinity
}

/** An engine over a random tiny model; equal arguments give equal engines. */
export const tinyEngine = (
  runtime: RuntimeKind = "native",
  config: ModelConfig = tinyConfig,
  lora: LoraSpec = tinyLora,
  activation?: Activation
): Promise<Engine> =>
  Engine.create({
    config,
    weights: randomTensors(config, 1),
    modelIdentity: "tiny",
    lora,
    runtime: { kind: runtime, threads: 1 },
    seed: 1,
    stopIds: [0],
    ...(activation === undefined ? {} : { activation })
  })

/** `count` ids of the tiny vocabulary, none of them the stop id. */
export const someIds = (seed: number, count: number): ReadonlyArray<number> => {
  const random = makeRandom(seed)
  return Array.from({ length: count }, () => 1 + Math.floor(random.uniform() * (tinyConfig.vocabularySize - 1)))
}

/** Replaces the adapter by a random one, B included, of a size that matters. */
export const scatter = (engine: Engine, seed: number): Float32Array => {
  const random = makeRandom(seed)
  const parameters = engine.parameters.map(() => 0.2 * random.normal())
  engine.adopt(parameters)
  return parameters
}

export const sampled = async (
  engine: Engine,
  request: Partial<SampleRequest> & Pick<SampleRequest, "promptIds">
): Promise<ReadonlyArray<EngineToken>> => {
  const tokens: Array<EngineToken> = []
  const defaults = { maxTokens: 12, temperature: 1, topP: 1, seed: 5, weights: { _tag: "Current" } } as const
  await engine.sample({ ...defaults, ...request }, (token) => tokens.push(token))
  return tokens
}

const tokens = {
  promptIds: someIds(2, 9),
  completionIds: someIds(3, 5)
}
const teacher = { promptIds: someIds(4, 14), weights: { _tag: "Base" } } as const
const oldLogProbs = [-3.2, -3.6, -2.9, -3.4, -3.1]

/** One item for every loss that the contract knows. */
export const losses: Readonly<Record<string, LossItem>> = {
  "reverse KL": { _tag: "Distill", ...tokens, divergence: { kind: "reverse_kl" }, teacher, baseKl: 0 },
  "forward KL": { _tag: "Distill", ...tokens, divergence: { kind: "forward_kl" }, teacher, baseKl: 0 },
  "JSD 0.3": { _tag: "Distill", ...tokens, divergence: { kind: "jsd", alpha: 0.3 }, teacher, baseKl: 0 },
  "reverse KL with mask and base KL": {
    _tag: "Distill",
    ...tokens,
    divergence: { kind: "reverse_kl" },
    teacher,
    baseKl: 0.5,
    mask: [1, 0, 1, 1, 0.5]
  },
  "policy gradient": { _tag: "PolicyGradient", ...tokens, advantages: [1, -0.5, 2, 0.3, -1], baseKl: 0.1 },
  "cross-entropy": { _tag: "CrossEntropy", ...tokens, baseKl: 0 }
}

/** The same with importance ratios, which are detached: not for numerical differentiation. */
export const ratioItem: LossItem = {
  _tag: "PolicyGradient",
  ...tokens,
  advantages: [1, -0.5, 2, 0.3, -1],
  oldLogProbs,
  ratioClip: { min: 0.5, max: 2 },
  baseKl: 0
}
