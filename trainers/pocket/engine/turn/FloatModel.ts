import type { ModelConfig } from "../../../models/ModelConfig.ts"
import { embeddingOf } from "./Embedding.ts"
import type { TurnModel } from "./TurnPasses.ts"

/** A model whose weights are all in memory, in float32. */
export const floatModel = (
  config: ModelConfig,
  tensors: ReadonlyMap<string, { readonly shape: ReadonlyArray<number>; readonly data: Float32Array }>
): TurnModel => {
  const find = (name: string) => {
    const tensor = tensors.get(name)
    if (tensor === undefined) throw new Error(`no weight named ${name}`)
    return tensor
  }
  return {
    weights: {
      int8: false,
      vector: (name) => find(name).data,
      matrix: (name) => {
        const { data, shape } = find(name)
        return { _tag: "Float", name, out: shape[0]!, in: shape[1]!, data }
      }
    },
    embedding: embeddingOf(find("model.embed_tokens.weight").data, config.hiddenSize),
    folder: undefined
  }
}
