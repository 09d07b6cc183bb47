import { Graph, type Value } from "../graph/Graph.ts"
import { add, matmul } from "../graph/Operations.ts"
import { attentionAfter, type PastAttention } from "../graph/PastAttention.ts"
import { type SplitGraph, splitGraph } from "../graph/Split.ts"
import { asFloat, causalMask, counting, decoder, length, tail } from "./Decoder.ts"
import { frozenProduct, type FrozenWeights } from "./Frozen.ts"
import { ports } from "./Graphs.ts"
import { adaptedModules, type LoraSpec } from "./LoraSpec.ts"
import { isBiased, type ModelConfig, modulePath, moduleShape } from "../../../models/ModelConfig.ts"

/** Names of the inputs and outputs of `turnGraphs`, beside those of `ports`. */
export const turnPorts = {
  embedded: "embedded",
  past: "past",
  firstRow: "firstRow",
  keptRows: "keptRows",
  toLogits: "toLogits",
  logProbs: "logProbs",
  hidden: "hidden"
} as const

const headName = (config: ModelConfig): string => config.tiedHead ? "model.embed_tokens.weight" : "lm_head.weight"

/**
 * Forward and backward pass of a run of S tokens that follows P tokens whose keys and values are constant, with an adapter
 * beside the frozen matrices: y = W x + alpha / rank B A x. Two graphs, so that the first alone samples and scores.
 *
 * In: `embedded` [S, hidden size]; `past` int64 [1], P; keys and values [K, N, D] of the past, of which the first P count;
 * `firstRow`, from which row on logits are wanted; `keptRows`, 0 or more than S, how much to keep for the backward pass; the
 * adapter. Out: `logProbs` [R, V], `hidden` [R, hidden size], the run's keys and values [K, S, D]; and from the second, given
 * the gradient `toLogits` [R, V], that of the adapter.
 */
export const turnGraphs = (config: ModelConfig, weights: FrozenWeights, lora: LoraSpec): SplitGraph => {
  const graph = new Graph()
  const { headSize, keyValueHeads, vocabularySize } = config
  const { int8 } = weights
  const embedded = graph.input(turnPorts.embedded, "float32", ["S", config.hiddenSize])
  const past = graph.input(turnPorts.past, "int64", [1])
  const firstRow = graph.input(turnPorts.firstRow, "int64", [1])
  const keptRows = graph.input(turnPorts.keptRows, "int64", [1])
  const cache = (name: string) => graph.input(name, "float32", [keyValueHeads, "N", headSize])
  const pastLayers = Array.from({ length: config.layers }, (_, layer) => ({
    keys: cache(ports.pastKeys(layer)),
    values: cache(ports.pastValues(layer))
  }))
  const adapters = adaptedModules(config, lora).map((module) => ({
    module,
    a: graph.input(ports.loraA(module), "float32", [lora.rank, module.in], true),
    b: graph.input(ports.loraB(module), "float32", [module.out, lora.rank], true)
  }))
  const adapterOf = new Map(adapters.map((one) => [`${one.module.layer}.${one.module.module}`, one]))
  const vector = (name: string) => {
    const data = weights.vector(name)
    return graph.weight(name, [data.length], data)
  }

  const rows = length(graph, embedded)
  const places = length(graph, pastLayers[0]!.keys, 1)
  const own = counting(graph, rows)
  const pastCount = asFloat(graph, past)
  const shared = {
    ...config,
    pastMask: causalMask(
      graph,
      graph.emit("Sub", [pastCount, graph.constant([1], [1])]),
      counting(graph, places)
    ),
    lengths: graph.emit("Concat", [places, rows], { attributes: { axis: 0 }, type: "int64" })
  }
  const fullAttention: PastAttention = { ...shared, ownMask: causalMask(graph, own, own) }
  const wantedAttention: PastAttention = { ...shared, ownMask: causalMask(graph, tail(graph, own, firstRow), own) }

  const kept = new Map<string, string>()
  const { hidden, logits } = decoder(graph, config, {
    embedded,
    positions: graph.emit("Add", [own, pastCount]),
    firstRow,
    vector,
    linear: (layer, module, x) => {
      const name = `model.layers.${layer}.${modulePath(module)}`
      const y = frozenProduct(graph, x, weights.matrix(`${name}.weight`), {
        int8,
        bias: isBiased(config, module) ? vector(`${name}.bias`) : undefined
      })
      const adapter = adapterOf.get(`${layer}.${module}`)
      if (adapter === undefined) return y
      const inner = matmul(graph, x, adapter.a, { transposeB: true })
      return add(graph, y, matmul(graph, inner, adapter.b, { transposeB: true, alpha: lora.alpha / lora.rank }))
    },
    attend: (layer, { keys, queries, values }, wanted) => {
      graph.output(ports.presentKeys(layer), keys, [keyValueHeads, "S", headSize])
      graph.output(ports.presentValues(layer), values, [keyValueHeads, "S", headSize])
      return attentionAfter(
        graph,
        { q: queries, k: keys, v: values },
        pastLayers[layer]!,
        wanted ? wantedAttention : fullAttention
      )
    },
    head: (x) => frozenProduct(graph, x, weights.matrix(headName(config)), { int8 }),
    keep: (value: Value, axis) => {
      const part = graph.emit("Slice", [value, graph.integers([0]), keptRows, graph.integers([axis])])
      kept.set(value.name, part.name)
    }
  })
  graph.output(turnPorts.hidden, hidden, ["R", config.hiddenSize])
  graph.output(turnPorts.logProbs, graph.emit("LogSoftmax", [logits], { attributes: { axis: -1 } }), [
    "R",
    vocabularySize
  ])

  const cut = graph.size
  const toLogits = graph.input(turnPorts.toLogits, "float32", ["R", vocabularySize])
  const tensors = adapters.flatMap(({ a, b, module }) => [
    { value: a, shape: [lora.rank, module.in] },
    { value: b, shape: [module.out, lora.rank] }
  ])
  graph.gradients(logits, tensors.map(({ value }) => value), toLogits).forEach((gradient, index) => {
    const { shape, value } = tensors[index]!
    graph.output(ports.gradient(value.name), gradient, shape)
  })
  return splitGraph(graph.definition(), cut, kept)
}

/** The matrices that `turnGraphs` asks for, [out, in], by Hugging Face name. */
export const frozenMatrices = (config: ModelConfig): ReadonlyMap<string, readonly [out: number, inputs: number]> =>
  new Map([
    ...Array.from(
      { length: config.layers },
      (_, layer) =>
        (["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"] as const).map((module) =>
          [`model.layers.${layer}.${modulePath(module)}.weight`, moduleShape(config, module)] as const
        )
    ).flat(),
    [headName(config), [config.vocabularySize, config.hiddenSize]]
  ])
