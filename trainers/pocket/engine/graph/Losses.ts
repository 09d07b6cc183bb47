import type { Graph, Value } from "./Graph.ts"

/** A differentiable distribution over the vocabulary at each scored position: s = log p, both [C, V]. */
export interface Distribution {
  readonly logits: Value
  readonly logProbs: Value
  readonly probs: Value
}

/** log-softmax of logits [C, V] as a distribution. Derivatives below go straight to the logits in closed form. */
export const distribution = (graph: Graph, logits: Value): Distribution => {
  const logProbs = graph.emit("LogSoftmax", [logits], { attributes: { axis: -1 } })
  return { logits, logProbs, probs: graph.emit("Exp", [logProbs]) }
}

/** A distribution given by its log-probabilities, without a gradient. */
export const known = (graph: Graph, logProbs: Value): Distribution => ({
  logits: logProbs,
  logProbs,
  probs: graph.emit("Exp", [logProbs])
})

const last = (graph: Graph) => graph.integers([-1])
const rowSum = (graph: Graph, x: Value, keep: boolean) =>
  graph.emit("ReduceSum", [x, last(graph)], { attributes: { keepdims: keep ? 1 : 0 } })
const asRows = (graph: Graph, x: Value) => graph.emit("Unsqueeze", [x, last(graph)])
const times = (graph: Graph, a: Value, b: Value) => graph.emit("Mul", [a, b])
const minus = (graph: Graph, a: Value, b: Value) => graph.emit("Sub", [a, b])
const plus = (graph: Graph, a: Value, b: Value) => graph.emit("Add", [a, b])

/** s_t(y_t), length C, for targets y (int32 [C]). Gradient: onehot(y) - p. */
export const targetLogProbs = (graph: Graph, p: Distribution, targets: Value, vocabulary: number): Value => {
  const picked = graph.emit("GatherElements", [
    p.logProbs,
    graph.emit("Unsqueeze", [targets, last(graph)], {
      type: "int32"
    })
  ], { attributes: { axis: 1 } })
  const value = graph.emit("Squeeze", [picked, last(graph)])
  return graph.differentiable(value, [p.logits], (gradient) => {
    const indices = graph.emit("Cast", [targets], { attributes: { to: 7 }, type: "int64" })
    const hot = graph.emit("OneHot", [indices, graph.integers([vocabulary]), graph.constant([0, 1])], {
      attributes: { axis: -1 }
    })
    return [times(graph, minus(graph, hot, p.probs), asRows(graph, gradient))]
  })
}

/** KL(p || q) per position, q given by its log-probabilities [C, V]. Gradient: p (s - log q - KL). */
export const reverseKl = (graph: Graph, p: Distribution, logQ: Value): Value => {
  const difference = minus(graph, p.logProbs, logQ)
  const value = rowSum(graph, times(graph, p.probs, difference), false)
  return graph.differentiable(value, [p.logits], (gradient) => [
    times(graph, times(graph, p.probs, minus(graph, difference, asRows(graph, value))), asRows(graph, gradient))
  ])
}

/** KL(q || p) per position. Gradient: p - q. */
export const forwardKl = (graph: Graph, p: Distribution, logQ: Value): Value => {
  const q = graph.emit("Exp", [logQ])
  const value = rowSum(graph, times(graph, q, minus(graph, logQ, p.logProbs)), false)
  return graph.differentiable(value, [p.logits], (gradient) => [
    times(graph, minus(graph, p.probs, q), asRows(graph, gradient))
  ])
}

/**
 * (1-a) KL(p || M) + a KL(q || M), M = (1-a) p + a q, for a scalar a in (0, 1).
 * Gradient: (1-a) p (r - sum p r), r = s - log M.
 */
export const jensenShannon = (graph: Graph, p: Distribution, logQ: Value, alpha: Value): Value => {
  const rest = minus(graph, graph.constant([1]), alpha)
  // log M relative to the larger of s and log q, so that it stays finite where both p and q underflow.
  const highest = graph.emit("Max", [p.logProbs, logQ])
  const mixture = plus(
    graph,
    times(graph, graph.emit("Exp", [minus(graph, p.logProbs, highest)]), rest),
    times(graph, graph.emit("Exp", [minus(graph, logQ, highest)]), alpha)
  )
  const logM = plus(graph, highest, graph.emit("Log", [mixture]))
  const r = minus(graph, p.logProbs, logM)
  const studentPart = rowSum(graph, times(graph, p.probs, r), true)
  const teacherPart = rowSum(graph, times(graph, graph.emit("Exp", [logQ]), minus(graph, logQ, logM)), false)
  const value = plus(
    graph,
    times(graph, graph.emit("Squeeze", [studentPart, last(graph)]), rest),
    times(graph, teacherPart, alpha)
  )
  return graph.differentiable(value, [p.logits], (gradient) => [
    times(
      graph,
      times(graph, p.probs, minus(graph, r, studentPart)),
      asRows(graph, times(graph, gradient, rest))
    )
  ])
}

/** sum_t weights_t values_t, a scalar; the weights are detached. */
export const weightedSum = (graph: Graph, weights: Value, values: Value): Value =>
  graph.differentiable(
    graph.emit("ReduceSum", [times(graph, weights, values)], { attributes: { keepdims: 0 } }),
    [values],
    (gradient) => [times(graph, weights, gradient)]
  )

/**
 * Detached importance ratio clamp(exp(clamp(s - old, -20, 20)), min, max), length C. SDPO (arXiv 2601.20802) uses min 0,
 * max 2. min = max = 1 turns it off.
 */
export const importanceRatio = (graph: Graph, logProbs: Value, old: Value, min: Value, max: Value): Value =>
  graph.detach(graph.emit("Clip", [
    graph.emit("Exp", [
      graph.emit("Clip", [minus(graph, logProbs, old), graph.constant([-20]), graph.constant([20])])
    ]),
    min,
    max
  ]))
