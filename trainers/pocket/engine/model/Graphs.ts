import { Graph, MICROSOFT, type Value } from "../graph/Graph.ts"
import { distribution } from "../graph/Losses.ts"
import type { GraphDefinition } from "../graph/Definition.ts"
import { length } from "./Decoder.ts"
import { frozenWeight, type PastLayer, wholeDecoder } from "./WholeDecoder.ts"
import { type AdaptedModule, adaptedModules, type LoraSpec } from "./LoraSpec.ts"
import { lossTerms, outputLoss } from "./LossGraph.ts"
import type { ModelConfig } from "../../../models/ModelConfig.ts"
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

/** Merged weights in; `logProbs` [R, V] of the rows from `firstRow` (int64 [1]) and the present keys and values out. */
const forwardPass = (
  graph: Graph,
  config: ModelConfig,
  weights: ModelWeights,
  lora: LoraSpec,
  past?: ReadonlyArray<PastLayer>
): GraphDefinition => {
  const ids = graph.input("ids", "int32", ["S"])
  const firstRow = graph.input("firstRow", "int64", [1])
  const adapted = finder(
    adaptedModules(config, lora).map((module) => ({
      module,
      merged: graph.input(ports.merged(module), "float32", [module.in, module.out])
    }))
  )
  const { hidden, logits, present } = wholeDecoder(graph, config, weights, {
    ids,
    firstRow,
    adapted,
    ...(past === undefined ? {} : { past })
  })
  if (past === undefined) graph.output("hidden", hidden, ["R", config.hiddenSize])
  graph.output("logProbs", graph.emit("LogSoftmax", [logits], { attributes: { axis: -1 } }), [
    "R",
    config.vocabularySize
  ])
  outputPresent(graph, config, present)
  return graph.definition()
}

/** Forward pass over a whole sequence `ids` int32 [S], in the same order of operations as the gradient graph's. */
export const scoreGraph = (config: ModelConfig, weights: ModelWeights, lora: LoraSpec): GraphDefinition =>
  forwardPass(new Graph(), config, weights, lora)

/** Forward pass over `ids` int32 [S] that follow P tokens whose keys and values come in. */
export const decodeGraph = (config: ModelConfig, weights: ModelWeights, lora: LoraSpec): GraphDefinition => {
  const graph = new Graph()
  const { headSize, keyValueHeads, layers } = config
  const cache = (name: string) => graph.input(name, "float32", [keyValueHeads, "P", headSize])
  const past = Array.from({ length: layers }, (_, layer): PastLayer => ({
    keys: cache(ports.pastKeys(layer)),
    values: cache(ports.pastValues(layer))
  }))
  return forwardPass(graph, config, weights, lora, past)
}

const outputPresent = (graph: Graph, config: ModelConfig, present: ReadonlyArray<PastLayer>): void =>
  present.forEach(({ keys, values }, layer) => {
    graph.output(ports.presentKeys(layer), keys, [config.keyValueHeads, "T", config.headSize])
    graph.output(ports.presentValues(layer), values, [config.keyValueHeads, "T", config.headSize])
  })

/**
 * Value and adapter gradient of the loss in `lossTerms` for the C completion tokens `targets`. `ids` int32 [T] is prompt and
 * completion without its last token. Gives the student's distributions, keys and values too.
 */
export const gradientGraph = (config: ModelConfig, weights: ModelWeights, lora: LoraSpec): GraphDefinition => {
  const graph = new Graph()
  const ids = graph.input("ids", "int32", ["T"])
  const targets = graph.input("targets", "int32", ["C"])
  const merged = mergeAll(graph, config, weights, lora)

  const firstRow = graph.emit("Sub", [length(graph, ids), length(graph, targets)], { type: "int64" })
  const { logits, present } = wholeDecoder(graph, config, weights, { ids, firstRow, adapted: finder(merged) })
  const p = distribution(graph, logits)
  const { loss, values } = lossTerms(graph, config, p, targets)
  outputLoss(graph, loss, values)
  graph.output("logProbs", p.logProbs, ["C", config.vocabularySize])
  outputPresent(graph, config, present)
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
