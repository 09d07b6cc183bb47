import type { Graph, Value } from "./Graph.ts"
import { product } from "./Operations.ts"

export interface AttentionShape {
  readonly heads: number
  readonly keyValueHeads: number
  readonly headSize: number
}

/** A run of queries and what they may see: query rows `from` to `to`, keys up to `seen` (int64 [1] each), mask for these. */
export interface AttentionBlock {
  readonly from: Value
  readonly to: Value
  readonly seen: Value
  /** to - from; may be 0, for blocks of a very short run. */
  readonly count: Value
  /** [to - from, seen]. */
  readonly mask: Value
}

interface BlockPass {
  readonly queries: Value
  readonly keys: Value
  readonly values: Value
  readonly weights: Value
  readonly output: Value
}

const sum = (graph: Graph, values: ReadonlyArray<Value>): Value =>
  values.reduce((total, value) => graph.emit("Add", [total, value]))

const joined = (graph: Graph, values: ReadonlyArray<Value>, axis: number): Value =>
  values.length === 1 ? values[0]! : graph.emit("Concat", values, { attributes: { axis } })

/**
 * Grouped-query attention: softmax(q k^T / sqrt(D) + mask) v.
 *
 * q [H, S, D], k and v [K, T, D]; the result is [H, S, D]. Query heads that share a key/value head lie next to each other, so
 * one product per key/value head covers the whole group and the sums over the group in the backward pass fall out of the
 * products. Blocks of queries see only the keys up to their end: what the causal mask would throw away is not computed.
 *
 * Backward: dP = dO v^T, dS = P * (dP - rowsum(dO * O)), as rowsum(dP * P) = rowsum(dO * O). The subtraction is one more
 * column of dO against a column of ones of v.
 */
export const attention = (
  graph: Graph,
  q: Value,
  k: Value,
  v: Value,
  blocks: ReadonlyArray<AttentionBlock>,
  shape: AttentionShape
): Value => {
  const { headSize, heads, keyValueHeads } = shape
  const alpha = 1 / Math.sqrt(headSize)
  const zero = graph.integers([0])
  /** Between [H, count, N] and [K, H / K * count, N]; `size` is N. The sizes are spelled out, as nothing is inferred from 0. */
  const reshaped = (x: Value, first: number, count: Value, size: Value) => {
    const scale = graph.integers([heads / first])
    const middle = first === heads ? count : graph.emit("Mul", [count, scale], { type: "int64" })
    const shape = graph.emit("Concat", [graph.integers([first]), middle, size], {
      attributes: { axis: 0 },
      type: "int64"
    })
    return graph.emit("Reshape", [x, shape], { attributes: { allowzero: 1 } })
  }
  const grouped = (x: Value, count: Value, size: Value) => reshaped(x, keyValueHeads, count, size)
  const split = (x: Value, count: Value, size: Value) => reshaped(x, heads, count, size)
  const width = graph.integers([headSize])
  const rows = (x: Value, from: Value, to: Value) =>
    blocks.length === 1 ? x : graph.emit("Slice", [x, from, to, graph.integers([1])])

  const passes = blocks.map(({ count, from, mask, seen, to }): BlockPass => {
    const queries = grouped(rows(q, from, to), count, width)
    const keys = rows(k, zero, seen)
    const values = rows(v, zero, seen)
    const scores = split(product(graph, queries, keys, { transposeB: true, alpha }), count, seen)
    const masked = graph.emit("Add", [scores, mask])
    const weights = graph.emit("Softmax", [masked], { attributes: { axis: -1 } })
    return {
      queries,
      keys,
      values,
      weights,
      output: split(product(graph, grouped(weights, count, seen), values), count, width)
    }
  })
  const output = joined(graph, passes.map((pass) => pass.output), 1)

  return graph.differentiable(output, [q, k, v], (gradient) => {
    const correction = graph.emit("Neg", [
      graph.emit("ReduceSum", [graph.emit("Mul", [gradient, output]), graph.integers([-1])], {
        attributes: { keepdims: 1 }
      })
    ])
    const extended = graph.emit("Concat", [gradient, correction], { attributes: { axis: 2 } })
    const extendedValues = graph.emit("Pad", [v, graph.integers([0, 0, 0, 0, 0, 1]), graph.constant([1])])
    const parts = passes.map(({ keys, queries, weights }, index) => {
      const { count, from, seen, to } = blocks[index]!
      const wide = grouped(rows(extended, from, to), count, graph.integers([headSize + 1]))
      const toWeights = product(graph, wide, rows(extendedValues, zero, seen), { transposeB: true })
      const toScores = grouped(graph.emit("Mul", [weights, split(toWeights, count, seen)]), count, seen)
      const groupedGradient = grouped(rows(gradient, from, to), count, width)
      return {
        q: q.trainable ? split(product(graph, toScores, keys, { alpha }), count, width) : undefined,
        k: k.trainable ? product(graph, toScores, queries, { transposeA: true, alpha }) : undefined,
        v: v.trainable
          ? product(graph, grouped(weights, count, seen), groupedGradient, { transposeA: true })
          : undefined
      }
    })
    const length = graph.emit("Slice", [
      graph.emit("Shape", [k], { type: "int64" }),
      graph.integers([1]),
      graph.integers([2])
    ], {
      type: "int64"
    })
    /** Gradients of the keys that each block saw, added up. */
    const gathered = (values: ReadonlyArray<Value>) =>
      sum(
        graph,
        values.map((value, index) => {
          if (index === values.length - 1) return value
          const missing = graph.emit("Sub", [length, blocks[index]!.seen], { type: "int64" })
          const pads = graph.emit("Concat", [graph.integers([0, 0, 0, 0]), missing, zero], {
            attributes: { axis: 0 },
            type: "int64"
          })
          return graph.emit("Pad", [value, pads])
        })
      )
    const present = (name: "q" | "k" | "v") => parts.flatMap((part) => part[name] ?? [])
    return [
      q.trainable ? joined(graph, present("q"), 1) : undefined,
      k.trainable ? gathered(present("k")) : undefined,
      v.trainable ? gathered(present("v")) : undefined
    ]
  })
}
