import { attention, type AttentionBlock } from "../graph/Attention.ts"
import type { Graph, Value } from "../graph/Graph.ts"
import {
  add,
  matmul,
  reshape,
  rmsNorm,
  rotary,
  type RotaryTable,
  rowsFrom,
  swiGlu,
  transpose
} from "../graph/Operations.ts"
import type { ModelConfig, Module } from "../../../models/ModelConfig.ts"
import { modulePath, moduleShape } from "../../../models/ModelConfig.ts"
import type { ModelWeights } from "./Weights.ts"

/** Keys and values of one layer for the tokens before this run, each [key/value heads, P, head size]. */
export interface PastLayer {
  readonly keys: Value
  readonly values: Value
}

export interface DecoderInput {
  /** int32 [S]. */
  readonly ids: Value
  readonly past?: ReadonlyArray<PastLayer>
  /** int64 [1]: logits are wanted from this row of the S on. */
  readonly firstRow: Value
  /** The weight [in, out] to use for a module instead of the frozen one. */
  readonly adapted: (layer: number, module: Module) => Value | undefined
}

export interface DecoderOutput {
  /** [R, V] for the R rows from `firstRow`. */
  readonly logits: Value
  /** [R, H]: what the logits are read from, normalised. */
  readonly hidden: Value
  readonly present: ReadonlyArray<PastLayer>
}

/**
 * Runs of queries that attention is cut into where there is no past. Three leave out a third of the products; more make them
 * too small to be fast.
 */
export const BLOCKS = 3

const one = (graph: Graph, x: Value): Value => graph.emit("Cast", [x], { attributes: { to: 1 } })

/** Length of axis 0 as int64 [1]. */
export const length = (graph: Graph, x: Value, axis = 0): Value =>
  graph.emit("Slice", [
    graph.emit("Shape", [x], { type: "int64" }),
    graph.integers([axis]),
    graph.integers([axis + 1])
  ], { type: "int64" })

const scalar = (graph: Graph, x: Value): Value => graph.emit("Squeeze", [x], { type: x.type })

/** cos/sin [S, D/2] of position * theta^(-2i/D). */
const rotaryTable = (graph: Graph, config: ModelConfig, positions: Value): RotaryTable => {
  const half = config.headSize / 2
  const frequencies = Array.from({ length: half }, (_, i) => 1 / config.ropeTheta ** (2 * i / config.headSize))
  const angles = graph.emit("Mul", [
    graph.emit("Unsqueeze", [positions, graph.integers([1])]),
    graph.constant(frequencies, [1, half])
  ])
  const sin = graph.emit("Sin", [angles])
  return {
    cos: graph.emit("Cos", [angles]),
    sin,
    negativeSin: graph.emit("Neg", [sin]),
    first: graph.integers([0])
  }
}

/** 0 where a row's position may see a column's, else a number that softmax turns into exactly 0. [rows, columns]. */
const causalMask = (graph: Graph, rows: Value, columns: Value): Value =>
  graph.emit("Where", [
    graph.emit("LessOrEqual", [
      graph.emit("Unsqueeze", [columns, graph.integers([0])]),
      graph.emit("Unsqueeze", [rows, graph.integers([1])])
    ], { type: "bool" }),
    graph.constant([0]),
    graph.constant([-1e9])
  ])

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

/**
 * Qwen3 decoder: pre-norm blocks of grouped-query attention with per-head q/k normalisation and SwiGLU. The last layer
 * computes queries, attention and the feed-forward part only for the rows whose logits are wanted.
 */
export const decoder = (
  graph: Graph,
  config: ModelConfig,
  weights: ModelWeights,
  input: DecoderInput
): DecoderOutput => {
  const { headSize, heads, keyValueHeads, normEpsilon } = config
  const vector = (name: string) => {
    const data = weights.tensor(name)
    return graph.weight(name, [data.length], data)
  }
  const embedding = graph.weight(
    "model.embed_tokens.weight",
    [config.vocabularySize, config.hiddenSize],
    weights.tensor("model.embed_tokens.weight")
  )
  const linear = (layer: number, module: Module, x: Value): Value =>
    matmul(graph, x, input.adapted(layer, module) ?? frozenWeight(graph, config, weights, layer, module))

  const rows = length(graph, input.ids)
  const pastLength = input.past === undefined ? graph.integers([0]) : length(graph, input.past[0]!.keys, 1)
  const total = graph.emit("Add", [rows, pastLength], { type: "int64" })
  const columns = one(
    graph,
    graph.emit("Range", [
      graph.integers([0], []),
      scalar(graph, total),
      graph.integers([1], [])
    ], { type: "int64" })
  )
  const tail = (x: Value, start: Value) =>
    graph.emit("Slice", [x, start, graph.integers([Number.MAX_SAFE_INTEGER]), graph.integers([0])])
  const positions = input.past === undefined ? columns : tail(columns, pastLength)
  const wantedPositions = tail(positions, input.firstRow)

  const fullTable = rotaryTable(graph, config, positions)
  const fullBlocks = blocksOf(graph, input.past === undefined ? BLOCKS : 1, positions, columns)
  const wantedTable: RotaryTable = {
    cos: tail(fullTable.cos, input.firstRow),
    sin: tail(fullTable.sin, input.firstRow),
    negativeSin: tail(fullTable.negativeSin, input.firstRow),
    first: fullTable.first
  }
  const wantedBlocks = blocksOf(graph, 1, wantedPositions, columns)

  /** [S, count * D] to [count, S, D]. */
  const toHeads = (x: Value, count: number): Value =>
    transpose(graph, reshape(graph, x, [0, count, headSize], [0, count * headSize]), [1, 0, 2])
  /** The same with per-head normalisation and rotation on the way. */
  const toTurnedHeads = (x: Value, count: number, norm: Value, table: RotaryTable): Value => {
    const normal = rmsNorm(graph, reshape(graph, x, [0, count, headSize], [0, count * headSize]), norm, normEpsilon)
    const flat = reshape(graph, normal, [1, -1, count * headSize], [-1, count, headSize])
    const turned = rotary(graph, flat, table, count, headSize)
    return transpose(graph, reshape(graph, turned, [-1, count, headSize], [1, -1, count * headSize]), [1, 0, 2])
  }

  const present: Array<PastLayer> = []
  let x = graph.emit("Gather", [embedding, input.ids], { attributes: { axis: 0 } })
  for (let layer = 0; layer < config.layers; layer++) {
    const prefix = `model.layers.${layer}`
    const isLast = layer === config.layers - 1
    const table = isLast ? wantedTable : fullTable

    const normal = rmsNorm(graph, x, vector(`${prefix}.input_layernorm.weight`), normEpsilon)
    let keys = toTurnedHeads(
      linear(layer, "k_proj", normal),
      keyValueHeads,
      vector(`${prefix}.self_attn.k_norm.weight`),
      fullTable
    )
    let values = toHeads(linear(layer, "v_proj", normal), keyValueHeads)
    const past = input.past?.[layer]
    if (past !== undefined) {
      keys = graph.emit("Concat", [past.keys, keys], { attributes: { axis: 1 } })
      values = graph.emit("Concat", [past.values, values], { attributes: { axis: 1 } })
    }
    present.push({ keys, values })

    const asking = isLast ? rowsFrom(graph, normal, input.firstRow) : normal
    const residual = isLast ? rowsFrom(graph, x, input.firstRow) : x
    const queries = toTurnedHeads(
      linear(layer, "q_proj", asking),
      heads,
      vector(`${prefix}.self_attn.q_norm.weight`),
      table
    )
    const attended = attention(graph, queries, keys, values, isLast ? wantedBlocks : fullBlocks, config)
    const joined = reshape(
      graph,
      transpose(graph, attended, [1, 0, 2]),
      [0, heads * headSize],
      [0, heads, headSize]
    )
    const middle = add(graph, residual, linear(layer, "o_proj", joined))

    const inner = rmsNorm(graph, middle, vector(`${prefix}.post_attention_layernorm.weight`), normEpsilon)
    const gated = swiGlu(graph, linear(layer, "gate_proj", inner), linear(layer, "up_proj", inner))
    x = add(graph, middle, linear(layer, "down_proj", gated))
  }

  const final = rmsNorm(graph, x, vector("model.norm.weight"), normEpsilon)
  const head = config.tiedHead
    ? embedding
    : graph.weight("lm_head.weight", [config.vocabularySize, config.hiddenSize], weights.tensor("lm_head.weight"))
  return { logits: matmul(graph, final, head, { transposeB: true }), hidden: final, present }
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
