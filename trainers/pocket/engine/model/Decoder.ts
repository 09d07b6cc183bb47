import type { Graph, Value } from "../graph/Graph.ts"
import { add, reshape, rmsNorm, rotary, type RotaryTable, rowsFrom, swiGlu } from "../graph/Operations.ts"
import type { ModelConfig, Module } from "../../../models/ModelConfig.ts"

/** Queries [1, R, H * D] and keys [1, S, K * D] of one layer, turned to their positions, and its values [S, K * D]. */
interface LayerHeads {
  readonly queries: Value
  readonly keys: Value
  readonly values: Value
}

/** What a decoder is made of where kinds of running it differ. */
interface DecoderParts {
  /** [S, hidden size]: the tokens' embeddings. */
  readonly embedded: Value
  /** Of the S positions. */
  readonly table: RotaryTable
  /** int64 [1]: logits are wanted from this row of the S on. */
  readonly firstRow: Value
  /** A frozen vector by its Hugging Face name. */
  readonly vector: (name: string) => Value
  /** x [S, in] through a linear map of a layer, adapter and bias with it, [S, out]. */
  readonly linear: (layer: number, module: Module, x: Value) => Value
  /** Whether the last layer has queries for the wanted rows only, or attends with all and goes on with those. */
  readonly narrows: "queries" | "attended"
  /** Attention of a layer, [R, H * D]; `wanted` where queries come only for the R rows whose logits are wanted, else R is S. */
  readonly attend: (layer: number, heads: LayerHeads, wanted: boolean) => Value
  /** Logits [R, V] of normalised hidden states [R, hidden size]. */
  readonly head: (hidden: Value) => Value
  /** Called with what is worth keeping for a backward pass that runs apart. */
  readonly keep?: (value: Value) => void
}

export interface DecoderOutput {
  /** [R, V] for the R rows from `firstRow`. */
  readonly logits: Value
  /** [R, hidden size]: what the logits are read from, normalised. */
  readonly hidden: Value
}

export const asFloat = (graph: Graph, x: Value): Value => graph.emit("Cast", [x], { attributes: { to: 1 } })

/** Length of an axis as int64 [1]. */
export const length = (graph: Graph, x: Value, axis = 0): Value =>
  graph.emit("Slice", [
    graph.emit("Shape", [x], { type: "int64" }),
    graph.integers([axis]),
    graph.integers([axis + 1])
  ], { type: "int64" })

/** The rows of x from `start` (int64 [1]) on, without a derivative. */
export const tail = (graph: Graph, x: Value, start: Value): Value =>
  graph.emit("Slice", [x, start, graph.integers([Number.MAX_SAFE_INTEGER]), graph.integers([0])])

/** 0, 1, .. as float32; `count` is int64 [1]. */
export const counting = (graph: Graph, count: Value): Value =>
  asFloat(
    graph,
    graph.emit("Range", [
      graph.integers([0], []),
      graph.emit("Squeeze", [count], { type: "int64" }),
      graph.integers([1], [])
    ], { type: "int64" })
  )

/**
 * theta^(-2i/D) for each pair of a head. Llama 3.1 stretches long waves by a factor, leaves short ones and blends between
 * (Grattafiori et al. 2024; `rope_type: llama3` in transformers).
 */
export const rotaryFrequencies = ({ headSize, ropeScaling, ropeTheta }: ModelConfig): ReadonlyArray<number> => {
  const plain = Array.from({ length: headSize / 2 }, (_, i) => 1 / ropeTheta ** (2 * i / headSize))
  if (ropeScaling === undefined) return plain
  const [factor, low, high, original] = ropeScaling
  return plain.map((frequency) => {
    const turns = original * frequency / (2 * Math.PI)
    const share = Math.min(1, Math.max(0, (turns - low) / (high - low)))
    return share * frequency + (1 - share) * frequency / factor
  })
}

/** cos/sin [S, D/2] of position * frequency. */
export const rotaryTable = (graph: Graph, config: ModelConfig, positions: Value): RotaryTable => {
  const frequencies = rotaryFrequencies(config)
  const angles = graph.emit("Mul", [
    graph.emit("Unsqueeze", [positions, graph.integers([1])]),
    graph.constant(frequencies, [1, frequencies.length])
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
export const causalMask = (graph: Graph, rows: Value, columns: Value): Value =>
  graph.emit("Where", [
    graph.emit("LessOrEqual", [
      graph.emit("Unsqueeze", [columns, graph.integers([0])]),
      graph.emit("Unsqueeze", [rows, graph.integers([1])])
    ], { type: "bool" }),
    graph.constant([0]),
    graph.constant([-1e9])
  ])

/**
 * A decoder of pre-normalised blocks: grouped-query attention, with per-head q/k normalisation where the family has it, and
 * SwiGLU. The last layer computes queries, attention and the feed-forward part only for the rows whose logits are wanted.
 */
export const decoder = (graph: Graph, config: ModelConfig, parts: DecoderParts): DecoderOutput => {
  const { headSize, heads, keyValueHeads, normEpsilon } = config
  const { attend, firstRow, linear, vector } = parts
  const keep = (value: Value): Value => {
    parts.keep?.(value)
    return value
  }
  const fullTable = parts.table
  const wantedTable: RotaryTable = parts.narrows === "attended" ? fullTable : {
    cos: tail(graph, fullTable.cos, firstRow),
    sin: tail(graph, fullTable.sin, firstRow),
    negativeSin: tail(graph, fullTable.negativeSin, firstRow),
    first: fullTable.first
  }

  /** [S, count * D] to [1, S, count * D], with per-head normalisation and rotation on the way. */
  const turnedHeads = (x: Value, count: number, norm: string, table: RotaryTable): Value => {
    const flat = config.qkNorm === false
      ? reshape(graph, x, [1, -1, count * headSize], [-1, count * headSize])
      : reshape(
        graph,
        rmsNorm(graph, reshape(graph, x, [0, count, headSize], [0, count * headSize]), vector(norm), normEpsilon),
        [1, -1, count * headSize],
        [-1, count, headSize]
      )
    return rotary(graph, flat, table, count, headSize)
  }

  let x = parts.embedded
  for (let layer = 0; layer < config.layers; layer++) {
    const prefix = `model.layers.${layer}`
    const isLast = layer === config.layers - 1
    const table = isLast ? wantedTable : fullTable

    const normal = rmsNorm(graph, x, vector(`${prefix}.input_layernorm.weight`), normEpsilon)
    const keys = turnedHeads(
      keep(linear(layer, "k_proj", normal)),
      keyValueHeads,
      `${prefix}.self_attn.k_norm.weight`,
      fullTable
    )
    const values = keep(linear(layer, "v_proj", normal))
    const asking = isLast && parts.narrows === "queries" ? rowsFrom(graph, normal, firstRow) : normal
    const residual = isLast ? rowsFrom(graph, x, firstRow) : x
    const queries = turnedHeads(
      keep(linear(layer, "q_proj", asking)),
      heads,
      `${prefix}.self_attn.q_norm.weight`,
      table
    )
    const all = keep(attend(layer, { queries, keys, values }, isLast))
    const attended = isLast && parts.narrows === "attended" ? rowsFrom(graph, all, firstRow) : all
    const middle = keep(add(graph, residual, linear(layer, "o_proj", attended)))

    const inner = rmsNorm(graph, middle, vector(`${prefix}.post_attention_layernorm.weight`), normEpsilon)
    const gated = swiGlu(
      graph,
      keep(linear(layer, "gate_proj", inner)),
      keep(linear(layer, "up_proj", inner))
    )
    x = keep(add(graph, middle, linear(layer, "down_proj", gated)))
  }

  const hidden = rmsNorm(graph, x, vector("model.norm.weight"), normEpsilon)
  return { logits: parts.head(hidden), hidden }
}
