/** Shape of a decoder, as far as its memory depends on it. */
export interface ModelShape {
  readonly vocabulary: number
  readonly hidden: number
  readonly layers: number
  readonly heads: number
  readonly keyValueHeads: number
  readonly headSize: number
  readonly feedForward: number
  /** The head shares the embedding matrix. */
  readonly tied: boolean
  /** Biases of the query, key and value projections, as Qwen2.5 has them. */
  readonly biases: boolean
  /** Norms of query and key heads, as Qwen3 has them. */
  readonly headNorms: boolean
}

type Quantization = "none" | "int8" | "int4"

/** What is done with the model. */
export interface Work {
  readonly quantization: Quantization
  readonly rank: number
  /** Tokens of the prompt. */
  readonly prompt: number
  /** Tokens of the longest attempt. */
  readonly attempt: number
}

/** Parameters in the layers' matrices, which are the ones that can be quantised. */
const matrices = ({ feedForward, headSize, heads, hidden, keyValueHeads, layers }: ModelShape): number =>
  layers * (2 * hidden * heads * headSize + 2 * hidden * keyValueHeads * headSize + 3 * hidden * feedForward)

/** All parameters, as the weight files hold them. */
export const parameterCount = (shape: ModelShape): number => {
  const { biases, headNorms, headSize, heads, hidden, keyValueHeads, layers, tied, vocabulary } = shape
  const small = 2 * hidden + (headNorms ? 2 * headSize : 0) + (biases ? (heads + 2 * keyValueHeads) * headSize : 0)
  return matrices(shape) + layers * small + hidden + vocabulary * hidden * (tied ? 1 : 2)
}

/** Parameters of a LoRA adapter on the attention projections. */
const adapterCount = ({ headSize, heads, hidden, keyValueHeads, layers }: ModelShape, rank: number): number =>
  layers * rank * (2 * (hidden + heads * headSize) + 2 * (hidden + keyValueHeads * headSize))

const bytesPerWeight: Readonly<Record<Quantization, number>> = {
  none: 2,
  int8: 1,
  // Four bits, and a scale of 16 bits for 32 of them.
  int4: 1 / 2 + 1 / 16
}

/** What the CUDA context, kernels and gaps between blocks take. */
const RESERVE = 1e9

/**
 * Estimated bytes on the device for sampling and one learning step, part by part:
 * - weights: matrices at the quantisation's width, the rest at 2 bytes;
 * - adapter: float32 weights, gradient and two moments, and a bfloat16 copy;
 * - cache: keys and values of two sequences (student; teacher or base) at 2 bytes;
 * - activations under checkpointing: each layer's input, and one layer computed again;
 * - distributions: four float32 rows over the vocabulary for each token of the attempt.
 */
export const memoryParts = (shape: ModelShape, work: Work) => {
  const { feedForward, headSize, heads, hidden, keyValueHeads, layers, vocabulary } = shape
  const tokens = work.prompt + work.attempt
  const wide = matrices(shape)
  return {
    weights: wide * bytesPerWeight[work.quantization] + (parameterCount(shape) - wide) * 2,
    adapter: adapterCount(shape, work.rank) * (4 * 4 + 2),
    cache: 2 * tokens * layers * 2 * keyValueHeads * headSize * 2,
    activations: tokens * 2 *
      (layers * hidden + 8 * hidden + 3 * feedForward + 2 * (heads + 2 * keyValueHeads) * headSize),
    distributions: work.attempt * vocabulary * 4 * 4,
    reserve: RESERVE
  }
}

/** The parts added up, bytes. */
export const memoryNeeded = (shape: ModelShape, work: Work): number =>
  Object.values(memoryParts(shape, work)).reduce((sum, part) => sum + part, 0)

const qwen3 = (
  name: string,
  [hidden, layers, heads, feedForward]: readonly [number, number, number, number],
  tied = false
) => ({
  name,
  shape: {
    vocabulary: 151_936,
    hidden,
    layers,
    heads,
    keyValueHeads: 8,
    headSize: 128,
    feedForward,
    tied,
    biases: false,
    headNorms: true
  }
})

const other = (name: string, shape: Omit<ModelShape, "headNorms" | "headSize"> & { readonly headSize?: number }) => ({
  name,
  shape: { headSize: 128, ...shape, headNorms: false }
})

/** Models that are known to work in kind, by hub name, small ones first within a family. */
export const knownModels: ReadonlyArray<{ readonly name: string; readonly shape: ModelShape }> = [
  qwen3("Qwen/Qwen3-0.6B", [1024, 28, 16, 3072], true),
  qwen3("Qwen/Qwen3-1.7B", [2048, 28, 16, 6144], true),
  qwen3("Qwen/Qwen3-4B", [2560, 36, 32, 9728], true),
  qwen3("Qwen/Qwen3-8B", [4096, 36, 32, 12_288]),
  qwen3("Qwen/Qwen3-14B", [5120, 40, 40, 17_408]),
  qwen3("Qwen/Qwen3-32B", [5120, 64, 64, 25_600]),
  other("Qwen/Qwen2.5-7B-Instruct", {
    vocabulary: 152_064,
    hidden: 3584,
    layers: 28,
    heads: 28,
    keyValueHeads: 4,
    feedForward: 18_944,
    tied: false,
    biases: true
  }),
  other("meta-llama/Llama-3.2-3B-Instruct", {
    vocabulary: 128_256,
    hidden: 3072,
    layers: 28,
    heads: 24,
    keyValueHeads: 8,
    feedForward: 8192,
    tied: true,
    biases: false
  }),
  other("meta-llama/Llama-3.1-8B-Instruct", {
    vocabulary: 128_256,
    hidden: 4096,
    layers: 32,
    heads: 32,
    keyValueHeads: 8,
    feedForward: 14_336,
    tied: false,
    biases: false
  })
]

/** A known model on a device. */
export interface Fit {
  readonly model: string
  /** The widest weights that fit; undefined when none do. */
  readonly quantization: Quantization | undefined
  /** Bytes needed with them, or with int4 when none fit. */
  readonly bytes: number
}

/** How each known model fits into so many bytes: unquantised if it can, else int8, else int4. */
export const fitsIn = (bytes: number, work: Omit<Work, "quantization">): ReadonlyArray<Fit> =>
  knownModels.map(({ name, shape }) => {
    const needs = (quantization: Quantization) => memoryNeeded(shape, { ...work, quantization })
    const found = (["none", "int8", "int4"] as const).find((quantization) => needs(quantization) <= bytes)
    return { model: name, quantization: found, bytes: needs(found ?? "int4") }
  })
