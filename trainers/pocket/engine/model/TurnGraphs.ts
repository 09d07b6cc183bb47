import { Graph, type Value } from "../graph/Graph.ts"
import { type CachedAttention, cachedAttention } from "../graph/CachedAttention.ts"
import { addProduct, matmul, type RotaryTable } from "../graph/Operations.ts"
import { type SplitGraph, splitGraph } from "../graph/Split.ts"
import { asFloat, causalMask, counting, decoder, length, rotaryFrequencies } from "./Decoder.ts"
import { frozenProduct, type FrozenWeights } from "./Frozen.ts"
import { ports } from "./Graphs.ts"
import { adaptedModules, type LoraSpec } from "./LoraSpec.ts"
import { isBiased, type ModelConfig, modulePath, moduleShape } from "../../../models/ModelConfig.ts"

/** Names of the inputs and outputs of `turnGraphs`, beside those of `ports`. */
export const turnPorts = {
  embedded: "embedded",
  past: "past",
  last: "last",
  total: "total",
  firstRow: "firstRow",
  keptRows: "keptRows",
  toLogits: "toLogits",
  logProbs: "logProbs",
  hidden: "hidden"
} as const

const headName = (config: ModelConfig): string => config.tiedHead ? "model.embed_tokens.weight" : "lm_head.weight"

/** Cosines and sines of every position, in float64 until they are stored. */
const storedTable = (graph: Graph, config: ModelConfig, first: Value): RotaryTable => {
  const frequencies = rotaryFrequencies(config)
  const table = (name: string, of: (angle: number) => number) =>
    graph.weight(
      name,
      [config.contextLength, frequencies.length],
      Float32Array.from({ length: config.contextLength * frequencies.length }, (_, at) =>
        of(Math.floor(at / frequencies.length) * frequencies[at % frequencies.length]!))
    )
  const sin = table("sin", Math.sin)
  return { cos: table("cos", Math.cos), sin, negativeSin: graph.emit("Neg", [sin]), first }
}

/**
 * Forward and backward pass of a run of S tokens that follows P tokens whose keys and values are constant, with an adapter
 * beside the frozen matrices: y = W x + alpha / rank B A x. Two graphs, so that the first alone samples and scores.
 *
 * In: `embedded` [S, hidden size]; `past` int64 [1], P; `last` int32 [1] and `total` int32 [], P + S - 1 and P + S; keys and values
 * [1, K, N, D], of which the first P places count; `firstRow`, from which row on logits are wanted; `keptRows`, 0 or more than S,
 * how much to keep for the backward pass; the adapter, whose rank may be 0. Out: `logProbs` [R, V], `hidden` [R, hidden size], keys
 * and values with the run's behind the past; and from the second, given the gradient `toLogits` [R, V], that of the adapter.
 */
export const turnGraphs = (config: ModelConfig, weights: FrozenWeights, lora: LoraSpec): SplitGraph => {
  const graph = new Graph()
  const { headSize, keyValueHeads, vocabularySize } = config
  const { int8 } = weights
  const embedded = graph.input(turnPorts.embedded, "float32", ["S", config.hiddenSize])
  const past = graph.input(turnPorts.past, "int64", [1])
  const last = graph.input(turnPorts.last, "int32", [1])
  const total = graph.input(turnPorts.total, "int32", [])
  const firstRow = graph.input(turnPorts.firstRow, "int64", [1])
  const keptRows = graph.input(turnPorts.keptRows, "int64", [1])
  const cache = (name: string) => graph.input(name, "float32", [1, keyValueHeads, "N", headSize])
  const caches = Array.from({ length: config.layers }, (_, layer) => ({
    keys: cache(ports.pastKeys(layer)),
    values: cache(ports.pastValues(layer))
  }))
  const adapters = adaptedModules(config, lora).map((module) => ({
    module,
    a: graph.input(ports.loraA(module), "float32", ["L", module.in], true),
    b: graph.input(ports.loraB(module), "float32", [module.out, "L"], true)
  }))
  const adapterOf = new Map(adapters.map((one) => [`${one.module.layer}.${one.module.module}`, one]))
  const vector = (name: string) => {
    const data = weights.vector(name)
    return graph.weight(name, [data.length], data)
  }

  const rows = length(graph, embedded)
  const places = length(graph, caches[0]!.keys, 2)
  const own = counting(graph, rows)
  const shared: CachedAttention = {
    ...config,
    last,
    total,
    pastMask: causalMask(
      graph,
      graph.emit("Sub", [asFloat(graph, past), graph.constant([1], [1])]),
      counting(graph, places)
    ),
    ownMask: causalMask(graph, own, own),
    lengths: graph.emit("Concat", [places, rows], { attributes: { axis: 0 }, type: "int64" })
  }

  const worthKeeping: Array<Value> = []
  const { hidden, logits } = decoder(graph, config, {
    embedded,
    table: storedTable(graph, config, past),
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
      return addProduct(graph, y, inner, adapter.b, lora.alpha / lora.rank)
    },
    narrows: "attended",
    attend: (layer, { keys, queries, values }) =>
      cachedAttention(
        graph,
        { q: queries, k: keys, v: values },
        caches[layer]!,
        { keys: ports.presentKeys(layer), values: ports.presentValues(layer) },
        shared
      ),
    head: (x) => frozenProduct(graph, x, weights.matrix(headName(config)), { int8 }),
    keep: (value: Value) => worthKeeping.push(value)
  })
  graph.output(turnPorts.hidden, hidden, ["R", config.hiddenSize])
  graph.output(turnPorts.logProbs, graph.emit("LogSoftmax", [logits], { attributes: { axis: -1 } }), [
    "R",
    vocabularySize
  ])

  // ONNX Runtime runs what nothing follows from the last to the first: so that each is cut off when it is there, and not when the
  // whole run is over, which holds all of it in memory.
  const kept = new Map(
    worthKeeping.toReversed().map((value) => {
      const part = graph.emit("Slice", [value, graph.integers([0]), keptRows, graph.integers([0])])
      return [value.name, part.name] as const
    })
  )

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
