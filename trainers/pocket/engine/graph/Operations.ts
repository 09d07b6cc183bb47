import { type Graph, MICROSOFT, type Value } from "./Graph.ts"

/** a + b, equal shapes. */
export const add = (graph: Graph, a: Value, b: Value): Value =>
  graph.differentiable(graph.emit("Add", [a, b]), [a, b], (gradient) => [gradient, gradient])

/** a [S, N] + b [N], b frozen. */
export const addBias = (graph: Graph, a: Value, b: Value): Value =>
  graph.differentiable(graph.emit("Add", [a, b]), [a], (gradient) => [gradient])

export interface ProductOptions {
  readonly transposeA?: boolean
  readonly transposeB?: boolean
  /** Scales the product. */
  readonly alpha?: number
}

/** alpha * op(a) op(b) over the last two axes, without a derivative. */
export const product = (graph: Graph, a: Value, b: Value, options: ProductOptions = {}): Value => {
  const { alpha = 1, transposeA = false, transposeB = false } = options
  if (alpha === 1 && !transposeA && !transposeB) return graph.emit("MatMul", [a, b])
  return graph.emit("FusedMatMul", [a, b], {
    domain: MICROSOFT,
    attributes: { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0, alpha: { float: alpha } }
  })
}

/** alpha * a op(b) for matrices a [M, K], b [K, N] (or [N, K] transposed). */
export const matmul = (
  graph: Graph,
  a: Value,
  b: Value,
  options: { readonly transposeB?: boolean; readonly alpha?: number } = {}
): Value => {
  const { alpha = 1, transposeB = false } = options
  return graph.differentiable(product(graph, a, b, options), [a, b], (gradient) => [
    a.trainable ? product(graph, gradient, b, { transposeB: !transposeB, alpha }) : undefined,
    b.trainable
      ? transposeB
        ? product(graph, gradient, a, { transposeA: true, alpha })
        : product(graph, a, gradient, { transposeA: true, alpha })
      : undefined
  ])
}

/** y [S, N] + alpha * a b^T for a [S, R] and b [N, R], in one pass over y. */
export const addProduct = (graph: Graph, y: Value, a: Value, b: Value, alpha: number): Value => {
  const sum = graph.emit("Gemm", [a, b, y], { attributes: { transB: 1, alpha: { float: alpha }, beta: { float: 1 } } })
  return graph.differentiable(sum, [y, a, b], (gradient) => [
    gradient,
    a.trainable ? product(graph, gradient, b, { alpha }) : undefined,
    b.trainable ? product(graph, gradient, a, { transposeA: true, alpha }) : undefined
  ])
}

/**
 * Reshape in ONNX terms (0 keeps the size at that axis, -1 is inferred). `back` is the same notation for the way back, read
 * from the result's axes.
 */
export const reshape = (graph: Graph, x: Value, to: ReadonlyArray<number>, back: ReadonlyArray<number>): Value =>
  graph.differentiable(graph.emit("Reshape", [x, graph.integers(to)]), [x], (gradient) => [
    graph.emit("Reshape", [gradient, graph.integers(back)])
  ])

export const transpose = (graph: Graph, x: Value, permutation: ReadonlyArray<number>): Value => {
  const inverse = permutation.map((_, axis) => permutation.indexOf(axis))
  return graph.differentiable(graph.emit("Transpose", [x], { attributes: { perm: permutation } }), [x], (gradient) => [
    graph.emit("Transpose", [gradient], { attributes: { perm: inverse } })
  ])
}

/** The rows of x [T, N] from `start` (int64 [1]) to the end. */
export const rowsFrom = (graph: Graph, x: Value, start: Value): Value => {
  const end = graph.integers([Number.MAX_SAFE_INTEGER])
  const axes = graph.integers([0])
  return graph.differentiable(graph.emit("Slice", [x, start, end, axes]), [x], (gradient) => [
    graph.emit("Pad", [
      gradient,
      graph.emit("Concat", [start, graph.integers([0, 0, 0])], {
        attributes: { axis: 0 },
        type: "int64"
      })
    ])
  ])
}

/**
 * RMS normalisation over the last axis: x / sqrt(mean(x^2) + epsilon) * weight (Zhang & Sennrich 2019). The weight is frozen.
 * dx = r (g - xhat mean(g xhat)) with g = dy * weight, xhat = x r.
 */
export const rmsNorm = (graph: Graph, x: Value, weight: Value, epsilon: number): Value => {
  const [y, r] = graph.emitMany("SimplifiedLayerNormalization", [x, weight], 2, {
    attributes: { axis: -1, epsilon: { float: epsilon }, stash_type: 1 }
  })
  return graph.differentiable(y!, [x], (gradient) => {
    const normal = graph.emit("Mul", [x, r!])
    const weighted = graph.emit("Mul", [gradient, weight])
    const mean = graph.emit("ReduceMean", [graph.emit("Mul", [weighted, normal])], {
      attributes: { axes: [-1], keepdims: 1 }
    })
    return [graph.emit("Mul", [graph.emit("Sub", [weighted, graph.emit("Mul", [normal, mean])]), r!])]
  })
}

/** Angles of rotary embedding for a run of positions: cosines and sines [S, D/2], and the index of their first row. */
export interface RotaryTable {
  readonly cos: Value
  readonly sin: Value
  readonly negativeSin: Value
  readonly first: Value
}

/** Rotary position embedding (Su et al. 2021), halves convention, of x [1, S, heads * D]. Its derivative turns backwards. */
export const rotary = (graph: Graph, x: Value, table: RotaryTable, heads: number, headSize: number): Value => {
  const turn = (value: Value, sin: Value): Value =>
    graph.emit("RotaryEmbedding", [value, table.first, table.cos, sin], {
      domain: MICROSOFT,
      attributes: { num_heads: heads, rotary_embedding_dim: headSize }
    })
  return graph.differentiable(turn(x, table.sin), [x], (gradient) => [turn(gradient, table.negativeSin)])
}

/** silu(gate) * up, the SwiGLU gate (Shazeer 2020). */
export const swiGlu = (graph: Graph, gate: Value, up: Value): Value => {
  const sigma = graph.emit("Sigmoid", [gate])
  const active = graph.emit("Mul", [gate, sigma])
  return graph.differentiable(graph.emit("Mul", [active, up]), [gate, up], (gradient) => {
    const toActive = graph.emit("Mul", [gradient, up])
    // silu'(z) = sigma + silu(z) (1 - sigma)
    const slope = graph.emit("Add", [
      sigma,
      graph.emit("Mul", [active, graph.emit("Sub", [graph.constant([1]), sigma])])
    ])
    return [
      gate.trainable ? graph.emit("Mul", [toActive, slope]) : undefined,
      up.trainable ? graph.emit("Mul", [gradient, active]) : undefined
    ]
  })
}
