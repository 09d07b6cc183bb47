import { type ConstantData, type FileSpan } from "./Definition.ts"
import { type Graph, MICROSOFT, type Value } from "./Graph.ts"

/** How many inputs share a scale. */
export const BLOCK = 32

/**
 * A frozen matrix W [out, in] in blocks of 32 along its inputs: w = scale (q - zero) + offset. `blocks` is uint8
 * [out, in / 32, 32 bits / 8], the low half first where two share a byte; `scales` float32 and `zeros` uint8, one each per
 * block, those of 4 bits two to a byte and each row padded to a whole one.
 */
export interface QuantizedMatrix {
  readonly name: string
  readonly out: number
  readonly in: number
  readonly bits: 4 | 8
  readonly blocks: ConstantData | FileSpan
  readonly scales: ConstantData | FileSpan
  /** Absent: the middle, 8 or 128. */
  readonly zeros?: ConstantData | FileSpan
  /** float32 [in / 32, out]: what is added to all numbers of a block. Absent: nothing. */
  readonly offsets?: ConstantData | FileSpan
}

/** Blocks of a row. */
export const blocksOfRow = (inputs: number): number => Math.ceil(inputs / BLOCK)

/** Bytes of the zero points of a row. */
export const zeroBytes = (inputs: number, bits: 4 | 8): number =>
  bits === 8 ? blocksOfRow(inputs) : Math.ceil(blocksOfRow(inputs) / 2)

/**
 * x [S, in] times the transpose of a quantised matrix, [S, out], and a bias [out] where there is one. Without a derivative.
 *
 * Offsets are a product of their own, with the sums of the activations over each block; it is exact, and a 32nd of the work.
 *
 * `int8` multiplies whole numbers: each block of 32 activations is rounded to 8 bits first. On processors with int8 dot
 * products that is two to five times as fast.
 */
export const quantizedProduct = (
  graph: Graph,
  x: Value,
  matrix: QuantizedMatrix,
  options: { readonly int8: boolean; readonly bias?: Value | undefined }
): Value => {
  const { bits, blocks, in: inputs, name, offsets, out, scales, zeros } = matrix
  const count = blocksOfRow(inputs)
  const stored = graph.stored({
    name: `${name}.blocks`,
    type: "uint8",
    shape: [out, count, BLOCK * bits / 8],
    data: blocks
  })
  const scale = graph.stored({ name: `${name}.scales`, type: "float32", shape: [out * count], data: scales })
  const zero = zeros === undefined ? undefined : graph.stored({
    name: `${name}.zeros`,
    type: "uint8",
    shape: [out * zeroBytes(inputs, bits)],
    data: zeros
  })
  const bias = options.bias
  const y = graph.emit("MatMulNBits", [x, stored, scale, ...(bias === undefined ? [zero] : [zero, undefined, bias])], {
    domain: MICROSOFT,
    attributes: { K: inputs, N: out, bits, block_size: BLOCK, accuracy_level: options.int8 ? 4 : 0 }
  })
  if (offsets === undefined) return y
  const inBlocks = graph.emit("Reshape", [x, graph.integers([-1, count, BLOCK])])
  const sums = graph.emit("ReduceSum", [inBlocks, graph.integers([-1])], { attributes: { keepdims: 0 } })
  return graph.emit("Add", [
    y,
    graph.emit("MatMul", [sums, graph.weight(`${name}.offsets`, [count, out], offsets)])
  ])
}
