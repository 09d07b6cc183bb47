import type { ModelConfig } from "../../models/ModelConfig.ts"
import { tinyConfig } from "../../models/testing/RandomModel.ts"

/** A tiny decoder of each family. */
export const tinyFamilies: Readonly<Record<"qwen3" | "qwen2" | "llama", ModelConfig>> = {
  qwen3: tinyConfig,
  qwen2: { ...tinyConfig, qkNorm: false, qkvBias: true },
  llama: { ...tinyConfig, qkNorm: false, tiedHead: false, ropeScaling: [8, 1, 4, 32] }
}
