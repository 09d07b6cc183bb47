import { type ModelConfig, weightShapes } from "../ModelConfig.ts"
import { makeRandom } from "../../../core/Random.ts"

/** A decoder small enough for numerical differentiation. */
export const tinyConfig: ModelConfig = {
  vocabularySize: 31,
  hiddenSize: 24,
  layers: 2,
  heads: 4,
  keyValueHeads: 2,
  headSize: 8,
  feedForwardSize: 40,
  contextLength: 128,
  ropeTheta: 10_000,
  normEpsilon: 1e-6,
  tiedHead: true
}

export type Tensors = ReadonlyMap<string, { readonly shape: ReadonlyArray<number>; readonly data: Float32Array }>

/** Random weights of a sensible scale: norms near 1, matrices with variance 1 / inputs, a lively embedding. */
export const randomTensors = (config: ModelConfig, seed: number): Tensors => {
  const random = makeRandom(seed)
  return new Map([...weightShapes(config)].map(([name, shape]) => {
    const size = shape.reduce((a, b) => a * b, 1)
    const isNorm = name.endsWith("norm.weight")
    const scale = isNorm ? 0.1 : name === "model.embed_tokens.weight" ? 0.3 : 1 / Math.sqrt(shape[1] ?? shape[0]!)
    const data = Float32Array.from({ length: size }, () => (isNorm ? 1 : 0) + scale * random.normal())
    return [name, { shape, data }]
  }))
}
