import type { AttentionShape } from "./Attention.ts"
import type { Graph, Value } from "./Graph.ts"
import { product, type ProductOptions } from "./Operations.ts"

/** What is the same in all layers of a run of S rows that follows N places for keys and values. */
export interface PastAttention extends AttentionShape {
  /** Added to the scores: [1, N], which of the places hold anything. */
  readonly pastMask: Value
  /** Added to the scores: [S, S], or fewer rows, what the rows see of their own run. */
  readonly ownMask: Value
  /** N and S, int64 [2]. */
  readonly lengths: Value
}

/**
 * Grouped-query attention of a run that follows constant keys and values: softmax([q P^T, q k^T] / sqrt(D) + masks) [V; v].
 *
 * q [H, S, D], k and v [K, S, D], P and V [K, N, D]; the result is [H, S, D]. Past and run meet in the scores, so that the
 * past is read where it lies. No gradient reaches the past; backward as in `attention`, over both parts. Neither N nor S is 0.
 */
export const attentionAfter = (
  graph: Graph,
  { k, q, v }: { readonly q: Value; readonly k: Value; readonly v: Value },
  past: { readonly keys: Value; readonly values: Value },
  { headSize, heads, keyValueHeads, lengths, ownMask, pastMask }: PastAttention
): Value => {
  const alpha = 1 / Math.sqrt(headSize)
  /** [H, S, n] as [K, H / K * S, n] and back: heads that share keys lie next to each other. */
  const grouped = (x: Value) => graph.emit("Reshape", [x, graph.integers([keyValueHeads, -1, 0])])
  const split = (x: Value) => graph.emit("Reshape", [x, graph.integers([heads, -1, 0])])
  const joined = (a: Value, b: Value) => graph.emit("Concat", [a, b], { attributes: { axis: 2 } })
  /** [.., N + S] into [.., N] and [.., S], as the products take them. */
  const parts = (x: Value) => graph.emitMany("Split", [grouped(x), lengths], 2, { attributes: { axis: 2 } })
  const overBoth = (x: Value, ofPast: Value, ofRun: Value, options?: ProductOptions) => {
    const [before, own] = parts(x)
    return split(graph.emit("Add", [product(graph, before!, ofPast, options), product(graph, own!, ofRun, options)]))
  }

  const queries = grouped(q)
  const scores = (keys: Value, mask: Value) =>
    graph.emit("Add", [split(product(graph, queries, keys, { transposeB: true, alpha })), mask])
  const weights = graph.emit("Softmax", [joined(scores(past.keys, pastMask), scores(k, ownMask))], {
    attributes: { axis: -1 }
  })
  const output = overBoth(weights, past.values, v)

  return graph.differentiable(output, [q, k, v], (gradient) => {
    const wide = grouped(gradient)
    const toWeights = joined(
      split(product(graph, wide, past.values, { transposeB: true })),
      split(product(graph, wide, v, { transposeB: true }))
    )
    const shared = graph.emit("ReduceSum", [graph.emit("Mul", [gradient, output]), graph.integers([-1])], {
      attributes: { keepdims: 1 }
    })
    const toScores = graph.emit("Mul", [weights, graph.emit("Sub", [toWeights, shared])])
    return [
      q.trainable ? overBoth(toScores, past.keys, k, { alpha }) : undefined,
      k.trainable ? product(graph, parts(toScores)[1]!, queries, { transposeA: true, alpha }) : undefined,
      v.trainable ? product(graph, parts(weights)[1]!, wide, { transposeA: true }) : undefined
    ]
  })
}
