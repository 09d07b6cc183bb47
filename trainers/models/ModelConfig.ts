/** Rotary frequencies stretched as Llama 3.1 does: factor, low and high frequency factor, original context length. */
export type RopeScaling = readonly [factor: number, low: number, high: number, originalLength: number]

/**
 * Shape of a decoder: pre-normalised blocks of grouped-query attention with rotary positions and a SwiGLU, as in Qwen3. What
 * other families have different is only present where they do, so that a model's identity stays what it was.
 */
export interface ModelConfig {
  readonly vocabularySize: number
  readonly hiddenSize: number
  readonly layers: number
  readonly heads: number
  readonly keyValueHeads: number
  readonly headSize: number
  readonly feedForwardSize: number
  readonly contextLength: number
  readonly ropeTheta: number
  readonly normEpsilon: number
  /** The head shares the embedding matrix. */
  readonly tiedHead: boolean
  /** False where queries and keys are not normalised per head. */
  readonly qkNorm?: false
  /** Queries, keys and values have a bias. */
  readonly qkvBias?: true
  readonly ropeScaling?: RopeScaling
}

/** Linear maps of a layer that LoRA can adapt, by their Hugging Face names. */
export const MODULES = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"] as const
export type Module = typeof MODULES[number]

const BIASED: ReadonlySet<Module> = new Set(["q_proj", "k_proj", "v_proj"])

/** Whether a module has a bias. */
export const isBiased = (config: ModelConfig, module: Module): boolean => config.qkvBias === true && BIASED.has(module)

/** Where a module lives inside a layer. */
export const modulePath = (module: Module): string =>
  module === "gate_proj" || module === "up_proj" || module === "down_proj" ? `mlp.${module}` : `self_attn.${module}`

/** Rows out and columns in of a module's weight, as stored: [out, in]. */
export const moduleShape = (config: ModelConfig, module: Module): readonly [rows: number, columns: number] => {
  const queries = config.heads * config.headSize
  const keys = config.keyValueHeads * config.headSize
  switch (module) {
    case "q_proj":
      return [queries, config.hiddenSize]
    case "k_proj":
    case "v_proj":
      return [keys, config.hiddenSize]
    case "o_proj":
      return [config.hiddenSize, queries]
    case "gate_proj":
    case "up_proj":
      return [config.feedForwardSize, config.hiddenSize]
    case "down_proj":
      return [config.hiddenSize, config.feedForwardSize]
  }
}

/** Every weight tensor of the model with its stored shape, by Hugging Face name. */
export const weightShapes = (config: ModelConfig): ReadonlyMap<string, ReadonlyArray<number>> => {
  const shapes = new Map<string, ReadonlyArray<number>>()
  shapes.set("model.embed_tokens.weight", [config.vocabularySize, config.hiddenSize])
  for (let layer = 0; layer < config.layers; layer++) {
    const prefix = `model.layers.${layer}`
    shapes.set(`${prefix}.input_layernorm.weight`, [config.hiddenSize])
    shapes.set(`${prefix}.post_attention_layernorm.weight`, [config.hiddenSize])
    if (config.qkNorm !== false) {
      shapes.set(`${prefix}.self_attn.q_norm.weight`, [config.headSize])
      shapes.set(`${prefix}.self_attn.k_norm.weight`, [config.headSize])
    }
    for (const module of MODULES) {
      const [rows, columns] = moduleShape(config, module)
      shapes.set(`${prefix}.${modulePath(module)}.weight`, [rows, columns])
      if (isBiased(config, module)) shapes.set(`${prefix}.${modulePath(module)}.bias`, [rows])
    }
  }
  shapes.set("model.norm.weight", [config.hiddenSize])
  if (!config.tiedHead) shapes.set("lm_head.weight", [config.vocabularySize, config.hiddenSize])
  return shapes
}

/** Numbers in all weights. */
export const parameterCount = (config: ModelConfig): number =>
  [...weightShapes(config).values()].reduce((sum, shape) => sum + shape.reduce((size, axis) => size * axis, 1), 0)
