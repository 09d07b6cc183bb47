import type { Graph, Value } from "./Graph.ts"
import { product } from "./Operations.ts"

export interface AttentionShape {
  readonly heads: number
  readonly keyValueHeads: number
  readonly headSize: number
}

/**
 * Grouped-query attention: softmax(q k^T / sqrt(D) + mask) v.
 *
 * q [H, S, D], k and v [K, T, D], mask [S, T]; the result is [H, S, D]. Query heads that share a key/value head lie next to
 * each other, so one product per key/value head covers the whole group and the sums over the group in the backward pass fall
 * out of the products.
 *
 * Backward: dP = dO v^T, dS = P * (dP - rowsum(dO * O)), as rowsum(dP * P) = rowsum(dO * O).
 */
export const attention = (graph: Graph, q: Value, k: Value, v: Value, mask: Value, shape: AttentionShape): Value => {
  const { headSize, heads, keyValueHeads } = shape
  const alpha = 1 / Math.sqrt(headSize)
  const grouped = (x: Value) => graph.emit("Reshape", [x, graph.integers([keyValueHeads, -1, 0])])
  const split = (x: Value) => graph.emit("Reshape", [x, graph.integers([heads, -1, 0])])

  const queries = grouped(q)
  const scores = product(graph, queries, k, { transposeB: true, alpha })
  const masked = graph.emit("Add", [split(scores), mask])
  const weights = graph.emit("Softmax", [masked], { attributes: { axis: -1 } })
  const groupedWeights = grouped(weights)
  const output = split(product(graph, groupedWeights, v))

  return graph.differentiable(output, [q, k, v], (gradient) => {
    const groupedGradient = grouped(gradient)
    const toWeights = split(product(graph, groupedGradient, v, { transposeB: true }))
    const correction = graph.emit("ReduceSum", [graph.emit("Mul", [gradient, output]), graph.integers([-1])], {
      attributes: { keepdims: 1 }
    })
    const toScores = grouped(graph.emit("Mul", [weights, graph.emit("Sub", [toWeights, correction])]))
    return [
      q.trainable ? split(product(graph, toScores, k, { alpha })) : undefined,
      k.trainable ? product(graph, toScores, queries, { transposeA: true, alpha }) : undefined,
      v.trainable ? product(graph, groupedWeights, groupedGradient, { transposeA: true }) : undefined
    ]
  })
}
