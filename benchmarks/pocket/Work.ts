import { BLOCKS } from "../../trainers/pocket/engine/model/WholeDecoder.ts"
import type { LoraSpec } from "../../trainers/pocket/engine/model/LoraSpec.ts"
import { type ModelConfig, MODULES, moduleShape } from "../../trainers/models/ModelConfig.ts"

/** Sizes of one pass: tokens that run through the model, and how many of the last of them get logits. */
interface PassSize {
  readonly tokens: number
  readonly scored: number
}

/** Floating point operations of matrix products, 2 per multiply-add. */
interface MatmulWork {
  readonly forward: number
  readonly backward: number
}

/**
 * What the graphs really multiply: attention leaves out what whole blocks of queries cannot see, the last layer's queries and
 * feed-forward run for the scored rows only, the frozen weights get no gradient, and nothing flows below the first layer's adapted matrices. Element-wise work is
 * not counted.
 */
export const matmulWork = (config: ModelConfig, lora: LoraSpec, { scored, tokens }: PassSize): MatmulWork => {
  const { headSize, heads, hiddenSize, layers, vocabularySize } = config
  let forward = 2 * scored * vocabularySize * hiddenSize
  let backward = forward
  for (let layer = 0; layer < layers; layer++) {
    const isLast = layer === layers - 1
    const asking = isLast ? scored : tokens
    for (const module of MODULES) {
      const [out, input] = moduleShape(config, module)
      const product = 2 * (module === "k_proj" || module === "v_proj" ? tokens : asking) * out * input
      const readsEmbedding = layer === 0 && (module === "q_proj" || module === "k_proj" || module === "v_proj")
      forward += product
      if (!readsEmbedding) backward += product
      if (lora.targets.includes(module)) {
        const folding = 2 * lora.rank * out * input
        forward += folding
        backward += product + 2 * folding
      }
    }
    const seen = isLast ? tokens : tokens * (BLOCKS + 1) / (2 * BLOCKS)
    const attention = 2 * heads * asking * seen * headSize
    forward += 2 * attention
    backward += 4 * attention
  }
  return { forward, backward }
}
