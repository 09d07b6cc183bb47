import { Graph, MICROSOFT, type Value } from "../graph/Graph.ts"
import {
  distribution,
  forwardKl,
  importanceRatio,
  jensenShannon,
  reverseKl,
  targetLogProbs,
  weightedSum
} from "../graph/Losses.ts"
import type { GraphDefinition } from "../graph/Definition.ts"
import { decoder, frozenWeight, length, type PastLayer } from "./Decoder.ts"
import { type AdaptedModule, adaptedModules, type LoraSpec } from "./LoraSpec.ts"
import type { ModelConfig } from "./ModelConfig.ts"
import type { ModelWeights } from "./Weights.ts"

/** Names of the tensors that go in and out of the graphs. */
export const ports = {
  loraA: (module: AdaptedModule) => `${module.path}.lora_A`,
  loraB: (module: AdaptedModule) => `${module.path}.lora_B`,
  gradient: (name: string) => `${name}.gradient`,
  merged: (module: AdaptedModule) => `${module.path}.merged`,
  pastKeys: (layer: number) => `past.${layer}.keys`,
  pastValues: (layer: number) => `past.${layer}.values`,
  presentKeys: (layer: number) => `present.${layer}.keys`,
  presentValues: (layer: number) => `present.${layer}.values`
}

/** [in, out] = W + scale A^T B^T. A is [rank, in], B is [out, rank]. */
const mergedWeight = (graph: Graph, base: Value, a: Value, b: Value, scale: number): Value => {
  const both = (x: Value, y: Value) =>
    graph.emit("FusedMatMul", [x, y], {
      domain: MICROSOFT,
      attributes: { transA: 1, transB: 1, alpha: { float: scale } }
    })
  return graph.differentiable(graph.emit("Add", [base, both(a, b)]), [a, b], (gradient) => [
    both(b, gradient),
    both(gradient, a)
  ])
}

interface MergedModule {
  readonly module: AdaptedModule
  readonly a: Value
  readonly b: Value
  readonly merged: Value
}

const mergeAll = (graph: Graph, config: ModelConfig, weights: ModelWeights, lora: LoraSpec): Array<MergedModule> =>
  adaptedModules(config, lora).map((module) => {
    const a = graph.input(ports.loraA(module), "float32", [lora.rank, module.in], true)
    const b = graph.input(ports.loraB(module), "float32", [module.out, lora.rank], true)
    const base = frozenWeight(graph, config, weights, module.layer, module.module)
    return { module, a, b, merged: mergedWeight(graph, base, a, b, lora.alpha / lora.rank) }
  })

const finder = (entries: ReadonlyArray<{ readonly module: AdaptedModule; readonly merged: Value }>) => {
  const byName = new Map(entries.map(({ merged, module }) => [`${module.layer}.${module.module}`, merged]))
  return (layer: number, module: string) => byName.get(`${layer}.${module}`)
}

/** Adapter in, adapted weights out: run once per change of the adapter. */
export const mergeGraph = (config: ModelConfig, weights: ModelWeights, lora: LoraSpec): GraphDefinition => {
  const graph = new Graph()
  for (const { merged, module } of mergeAll(graph, config, weights, lora)) {
    graph.output(ports.merged(module), merged, [module.in, module.out])
  }
  return graph.definition()
}

/**
 * Forward pass with a key/value cache: `ids` int32 [S], merged weights and the past in; `logProbs` [R, V] of the last R rows
 * and the present keys and values out. Serves prefill, decoding and scoring. `firstRow` is S - R.
 */
export const forwardGraph = (config: ModelConfig, weights: ModelWeights, lora: LoraSpec): GraphDefinition => {
  const graph = new Graph()
  const ids = graph.input("ids", "int32", ["S"])
  const firstRow = graph.input("firstRow", "int64", [1])
  const merged = adaptedModules(config, lora).map((module) => ({
    module,
    merged: graph.input(ports.merged(module), "float32", [module.in, module.out])
  }))
  const cache = (name: string, size: string) =>
    graph.input(name, "float32", [config.keyValueHeads, size, config.headSize])
  const past = Array.from({ length: config.layers }, (_, layer): PastLayer => ({
    keys: cache(ports.pastKeys(layer), "P"),
    values: cache(ports.pastValues(layer), "P")
  }))
  const { logits, present } = decoder(graph, config, weights, { ids, past, firstRow, adapted: finder(merged) })
  graph.output("logProbs", graph.emit("LogSoftmax", [logits], { attributes: { axis: -1 } }), [
    "R",
    config.vocabularySize
  ])
  present.forEach(({ keys, values }, layer) => {
    graph.output(ports.presentKeys(layer), keys, [config.keyValueHeads, "T", config.headSize])
    graph.output(ports.presentValues(layer), values, [config.keyValueHeads, "T", config.headSize])
  })
  return graph.definition()
}

/** Names of the per-token results of the gradient graph, each [C]. */
export const perTokenOutputs = ["logProb", "reverseKl", "forwardKl", "jsd", "baseKl", "ratio"] as const

/** Names of the per-token weight vectors of the gradient graph, each [C]. */
export const weightInputs = ["reverseWeight", "forwardWeight", "jsdWeight", "logProbWeight", "baseWeight"] as const

/**
 * Value and adapter gradient of
 *
 *   sum_t ratio_t (wr_t KL(p||q) + wf_t KL(q||p) + wj_t JSD_a(p, q) + c_t log p(y_t)) + wb_t KL(p||base)
 *
 * over the C completion tokens `targets`. `ids` int32 [T] is prompt and completion without its last token. `teacher` and
 * `base` are log-probabilities [C, V]; `old` [C] are the sampling log-probabilities. Everything but p is detached.
 */
export const gradientGraph = (config: ModelConfig, weights: ModelWeights, lora: LoraSpec): GraphDefinition => {
  const graph = new Graph()
  const vocabulary = config.vocabularySize
  const ids = graph.input("ids", "int32", ["T"])
  const targets = graph.input("targets", "int32", ["C"])
  const perToken = (name: string) => graph.input(name, "float32", ["C"])
  const old = perToken("old")
  const [reverseWeight, forwardWeight, jsdWeight, logProbWeight, baseWeight] = weightInputs.map(perToken)
  const teacher = graph.input("teacher", "float32", ["C", vocabulary])
  const base = graph.input("base", "float32", ["C", vocabulary])
  const alpha = graph.input("alpha", "float32", [])
  const ratioMin = graph.input("ratioMin", "float32", [])
  const ratioMax = graph.input("ratioMax", "float32", [])
  const merged = mergeAll(graph, config, weights, lora)

  const firstRow = graph.emit("Sub", [length(graph, ids), length(graph, targets)], { type: "int64" })
  const { logits } = decoder(graph, config, weights, { ids, firstRow, adapted: finder(merged) })
  const p = distribution(graph, logits)
  const logProb = targetLogProbs(graph, p, targets, vocabulary)
  const ratio = importanceRatio(graph, logProb, old, ratioMin, ratioMax)
  const values = {
    logProb,
    reverseKl: reverseKl(graph, p, teacher),
    forwardKl: forwardKl(graph, p, teacher),
    jsd: jensenShannon(graph, p, teacher, alpha),
    baseKl: reverseKl(graph, p, base),
    ratio
  }
  const weighted = (weight: Value | undefined, value: Value) =>
    weightedSum(graph, graph.emit("Mul", [weight, ratio]), value)
  const loss = [
    weighted(reverseWeight, values.reverseKl),
    weighted(forwardWeight, values.forwardKl),
    weighted(jsdWeight, values.jsd),
    weighted(logProbWeight, values.logProb),
    weightedSum(graph, baseWeight!, values.baseKl)
  ].reduce((sum, term) =>
    graph.differentiable(graph.emit("Add", [sum, term]), [sum, term], (gradient) => [gradient, gradient])
  )

  for (const name of perTokenOutputs) graph.output(name, values[name], ["C"])
  graph.output("loss", loss, [])
  const tensors = merged.flatMap(({ a, b, module }) => [
    { value: a, shape: [lora.rank, module.in] },
    { value: b, shape: [module.out, lora.rank] }
  ])
  graph.gradients(loss, tensors.map(({ value }) => value)).forEach((gradient, index) => {
    const { shape, value } = tensors[index]!
    graph.output(ports.gradient(value.name), gradient, shape)
  })
  return graph.definition()
}
