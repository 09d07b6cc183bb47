import type { FileSpan } from "../graph/Definition.ts"
import type { Graph, Value } from "../graph/Graph.ts"
import { product } from "../graph/Operations.ts"
import { type QuantizedMatrix, quantizedProduct } from "../graph/Quantized.ts"

export interface FloatMatrix {
  readonly _tag: "Float"
  readonly name: string
  readonly out: number
  readonly in: number
  /** [out, in]. */
  readonly data: Float32Array | FileSpan
}

/** A frozen matrix [out, in] as the graphs hold it: as it is, or in blocks for each way through it. */
type FrozenMatrix =
  | FloatMatrix
  | {
    readonly _tag: "Quantized"
    readonly forward: QuantizedMatrix
    /** The transpose, in blocks along the outputs: what a gradient goes back through. */
    readonly backward: QuantizedMatrix
  }

/** The frozen weights of a model by Hugging Face name; a tied head goes by the embedding's. */
export interface FrozenWeights {
  readonly vector: (name: string) => Float32Array
  readonly matrix: (name: string) => FrozenMatrix
  /** Whether quantised products round activations to 8 bits, which is faster. */
  readonly int8: boolean
}

/** x [S, in] through a frozen matrix, plus a frozen bias [out]; differentiable in x. */
export const frozenProduct = (
  graph: Graph,
  x: Value,
  matrix: FrozenMatrix,
  { bias, int8 }: { readonly bias?: Value | undefined; readonly int8: boolean }
): Value => {
  if (matrix._tag === "Quantized") {
    return graph.differentiable(quantizedProduct(graph, x, matrix.forward, { int8, bias }), [x], (gradient) => [
      quantizedProduct(graph, gradient, matrix.backward, { int8 })
    ])
  }
  const weight = graph.weight(matrix.name, [matrix.out, matrix.in], matrix.data)
  const plain = product(graph, x, weight, { transposeB: true })
  return graph.differentiable(bias === undefined ? plain : graph.emit("Add", [plain, bias]), [x], (gradient) => [
    product(graph, gradient, weight)
  ])
}
