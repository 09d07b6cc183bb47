import type { AttentionShape } from "./Attention.ts"
import { type Graph, MICROSOFT, type Value } from "./Graph.ts"
import { product, type ProductOptions } from "./Operations.ts"

/** What is the same in all layers of a run of S rows that follows P others, whose keys and values lie in a cache of N places. */
export interface CachedAttention extends AttentionShape {
  /** int32 [1]: P + S - 1. */
  readonly last: Value
  /** int32 []: P + S. */
  readonly total: Value
  /** Added to the scores of the backward pass: [1, N], which of the places hold anything. */
  readonly pastMask: Value
  /** Added to the scores of the backward pass: [S, S], what the rows see of their own run. */
  readonly ownMask: Value
  /** N and S, int64 [2]. */
  readonly lengths: Value
}

/** Keys and values of one layer, [1, K, N, D] each. */
interface Cache {
  readonly keys: Value
  readonly values: Value
}

/**
 * Grouped-query attention of a run that follows constant keys and values: softmax([q P^T, q k^T] / sqrt(D)) [V; v].
 *
 * q [1, S, H * D], k [1, S, K * D], v [S, K * D]; the result is [S, H * D]. The run's own keys and values are written behind the P
 * places that are filled, in place where the outputs called `written` are the cache itself. No gradient reaches the cache;
 * backward as in `attention`, over both parts, from the scores computed again. S is not 0.
 */
export const cachedAttention = (
  graph: Graph,
  { k, q, v }: { readonly q: Value; readonly k: Value; readonly v: Value },
  cache: Cache,
  written: { readonly keys: string; readonly values: string },
  { headSize, heads, keyValueHeads, last, lengths, ownMask, pastMask, total }: CachedAttention
): Value => {
  const [attended, keys, values] = graph.emitMany(
    "GroupQueryAttention",
    [q, k, graph.emit("Unsqueeze", [v, graph.integers([0])]), cache.keys, cache.values, last, total],
    3,
    {
      domain: MICROSOFT,
      attributes: { num_heads: heads, kv_num_heads: keyValueHeads },
      names: [`${written.keys}.attended`, written.keys, written.values]
    }
  )
  for (const value of [keys!, values!]) graph.expose(value, [1, keyValueHeads, "M", headSize])
  const output = graph.emit("Squeeze", [attended!, graph.integers([0])])

  return graph.differentiable(output, [q, k, v], (gradient) => {
    const alpha = 1 / Math.sqrt(headSize)
    const swapped = (x: Value) => graph.emit("Transpose", [x], { attributes: { perm: [0, 2, 1, 3] } })
    const reshaped = (x: Value, to: ReadonlyArray<number>) => graph.emit("Reshape", [x, graph.integers(to)])
    /** Rows of all heads as [1, count, S, D], and back. */
    const toHeads = (x: Value, count: number) => swapped(reshaped(x, [1, -1, count, headSize]))
    const fromHeads = (x: Value, shape: ReadonlyArray<number>) => reshaped(swapped(x), shape)
    /** [1, H, S, n] as [1, K, H / K * S, n] and back: heads that share keys lie next to each other. */
    const grouped = (x: Value) => reshaped(x, [1, keyValueHeads, -1, 0])
    const split = (x: Value) => reshaped(x, [1, heads, -1, 0])
    const joined = (a: Value, b: Value) => graph.emit("Concat", [a, b], { attributes: { axis: 3 } })
    /** [.., N + S] into [.., N] and [.., S], as the products take them. */
    const parts = (x: Value) => graph.emitMany("Split", [grouped(x), lengths], 2, { attributes: { axis: 3 } })

    const queries = grouped(toHeads(q, heads))
    const ownKeys = toHeads(k, keyValueHeads)
    const ownValues = toHeads(v, keyValueHeads)
    const wide = toHeads(gradient, heads)
    const scores = (keys: Value, mask: Value) =>
      graph.emit("Add", [split(product(graph, queries, keys, { transposeB: true, alpha })), mask])
    const weights = graph.emit("Softmax", [joined(scores(cache.keys, pastMask), scores(ownKeys, ownMask))], {
      attributes: { axis: -1 }
    })
    const toWeights = joined(
      split(product(graph, grouped(wide), cache.values, { transposeB: true })),
      split(product(graph, grouped(wide), ownValues, { transposeB: true }))
    )
    const shared = graph.emit("ReduceSum", [
      graph.emit("Mul", [wide, toHeads(output, heads)]),
      graph.integers([-1])
    ], { attributes: { keepdims: 1 } })
    const [past, own] = parts(graph.emit("Mul", [weights, graph.emit("Sub", [toWeights, shared])]))
    const scaled: ProductOptions = { alpha }
    const toOwn = (x: Value, y: Value, options: ProductOptions) =>
      product(graph, x, y, { transposeA: true, ...options })
    return [
      q.trainable
        ? fromHeads(
          split(graph.emit("Add", [
            product(graph, past!, cache.keys, scaled),
            product(graph, own!, ownKeys, scaled)
          ])),
          [1, -1, heads * headSize]
        )
        : undefined,
      k.trainable ? fromHeads(toOwn(own!, queries, scaled), [1, -1, keyValueHeads * headSize]) : undefined,
      v.trainable ? fromHeads(toOwn(parts(weights)[1]!, grouped(wide), {}), [-1, keyValueHeads * headSize]) : undefined
    ]
  })
}
