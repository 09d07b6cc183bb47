import { attention, type AttentionBlock } from "../graph/Attention.ts"
import type { Graph, Value } from "../graph/Graph.ts"
import { addBias, matmul, reshape, transpose } from "../graph/Operations.ts"
import { causalMask, counting, decoder, type DecoderOutput, length, rotaryTable, tail } from "./Decoder.ts"
import type { ModelConfig, Module } from "../../../models/ModelConfig.ts"
import { isBiased, modulePath, moduleShape } from "../../../models/ModelConfig.ts"
import type { ModelWeights } from "./Weights.ts"

/** Keys and values of one layer for the tokens before this run, each [key/value heads, P, head size]. */
export interface PastLayer {
  readonly keys: Value
  readonly values: Value
}

interface WholeInput {
  /** int32 [S]. */
  readonly ids: Value
  readonly past?: ReadonlyArray<PastLayer>
  /** int64 [1]: logits are wanted from this row of the S on. */
  readonly firstRow: Value
  /** The weight [in, out] to use for a module instead of the frozen one. */
  readonly adapted: (layer: number, module: Module) => Value | undefined
}

/**
 * Runs of queries that attention is cut into where there is no past. Three leave out a third of the products; more make them
 * too small to be fast.
 */
export const BLOCKS = 3

/**
 * Cuts the queries at `positions` into `blocks` equal runs. The last sees all keys, at `columns`; the others, which must
 * start with the first key, see those up to their own end.
 */
const blocksOf = (
  graph: Graph,
  blocks: number,
  positions: Value,
  columns: Value
): ReadonlyArray<AttentionBlock> => {
  const zero = graph.integers([0])
  const rows = length(graph, positions)
  const bounds = Array.from({ length: blocks + 1 }, (_, index) => {
    if (index === 0) return zero
    if (index === blocks) return rows
    const scaled = graph.emit("Mul", [rows, graph.integers([index])], { type: "int64" })
    return graph.emit("Div", [scaled, graph.integers([blocks])], { type: "int64" })
  })
  const between = (x: Value, from: Value, to: Value) => blocks === 1 ? x : graph.emit("Slice", [x, from, to, zero])
  return Array.from({ length: blocks }, (_, index) => {
    const from = bounds[index]!
    const to = bounds[index + 1]!
    const isLast = index === blocks - 1
    return {
      from,
      to,
      count: isLast && index === 0 ? rows : graph.emit("Sub", [to, from], { type: "int64" }),
      seen: isLast ? length(graph, columns) : to,
      mask: causalMask(graph, between(positions, from, to), isLast ? columns : between(columns, zero, to))
    }
  })
}

/** A decoder with all its weights in the graph, in float32, adapters folded into them. */
export const wholeDecoder = (
  graph: Graph,
  config: ModelConfig,
  weights: ModelWeights,
  input: WholeInput
): DecoderOutput & { readonly present: ReadonlyArray<PastLayer> } => {
  const vector = (name: string) => {
    const data = weights.tensor(name)
    return graph.weight(name, [data.length], data)
  }
  const matrix = (name: string) => graph.weight(name, [config.vocabularySize, config.hiddenSize], weights.tensor(name))
  const embedding = matrix("model.embed_tokens.weight")
  const headMatrix = config.tiedHead ? embedding : matrix("lm_head.weight")
  const rows = length(graph, input.ids)
  const pastLength = input.past === undefined ? graph.integers([0]) : length(graph, input.past[0]!.keys, 1)
  const columns = counting(graph, graph.emit("Add", [rows, pastLength], { type: "int64" }))
  const positions = input.past === undefined ? columns : tail(graph, columns, pastLength)
  const fullBlocks = blocksOf(graph, input.past === undefined ? BLOCKS : 1, positions, columns)
  const wantedBlocks = blocksOf(graph, 1, tail(graph, positions, input.firstRow), columns)

  const { headSize, heads, keyValueHeads } = config
  /** [S, count * D], or the same with an axis of 1 before, to [count, S, D]. */
  const toHeads = (x: Value, count: number, before: ReadonlyArray<number> = []): Value =>
    transpose(graph, reshape(graph, x, [-1, count, headSize], [...before, -1, count * headSize]), [1, 0, 2])

  const present: Array<PastLayer> = []
  const output = decoder(graph, config, {
    embedded: graph.emit("Gather", [embedding, input.ids], { attributes: { axis: 0 } }),
    table: rotaryTable(graph, config, positions),
    narrows: "queries",
    firstRow: input.firstRow,
    vector,
    linear: (layer, module, x) => {
      const y = matmul(graph, x, input.adapted(layer, module) ?? frozenWeight(graph, config, weights, layer, module))
      return isBiased(config, module)
        ? addBias(graph, y, vector(`model.layers.${layer}.${modulePath(module)}.bias`))
        : y
    },
    attend: (layer, turned, wanted) => {
      const newKeys = toHeads(turned.keys, keyValueHeads, [1])
      const newValues = toHeads(turned.values, keyValueHeads)
      const queries = toHeads(turned.queries, heads, [1])
      const past = input.past?.[layer]
      const after = (before: Value, x: Value) => graph.emit("Concat", [before, x], { attributes: { axis: 1 } })
      const keys = past === undefined ? newKeys : after(past.keys, newKeys)
      const values = past === undefined ? newValues : after(past.values, newValues)
      present.push({ keys, values })
      const attended = attention(graph, queries, keys, values, wanted ? wantedBlocks : fullBlocks, config)
      return reshape(graph, transpose(graph, attended, [1, 0, 2]), [0, heads * headSize], [0, heads, headSize])
    },
    head: (hidden) => matmul(graph, hidden, headMatrix, { transposeB: true })
  })
  return { ...output, present }
}

/** A module's frozen weight, [in, out]. */
export const frozenWeight = (
  graph: Graph,
  config: ModelConfig,
  weights: ModelWeights,
  layer: number,
  module: Module
): Value => {
  const [out, input] = moduleShape(config, module)
  const name = `model.layers.${layer}.${modulePath(module)}.weight`
  return graph.weight(name, [input, out], weights.transposed(name))
}
