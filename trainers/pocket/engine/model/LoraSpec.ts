import { type ModelConfig, type Module, modulePath, moduleShape } from "../../../models/ModelConfig.ts"

/** Which modules are adapted and how: W' = W + alpha / rank * B A (Hu et al. 2021). */
export interface LoraSpec {
  readonly rank: number
  readonly alpha: number
  readonly targets: ReadonlyArray<Module>
  /** Active on the turn that is being generated only. Absent: everywhere. */
  readonly scope?: "turn"
}

/** The default: rank 16, alpha 32, on the attention projections. */
export const defaultLora: LoraSpec = { rank: 16, alpha: 32, targets: ["q_proj", "k_proj", "v_proj", "o_proj"] }

/** One adapted matrix. A is [rank, in], B is [out, rank]. */
export interface AdaptedModule {
  readonly layer: number
  readonly module: Module
  /** `model.layers.N.self_attn.q_proj` and the like. */
  readonly path: string
  readonly out: number
  readonly in: number
}

/** Adapted modules in the one order that every list of adapter tensors follows: by layer, then by target. */
export const adaptedModules = (config: ModelConfig, lora: LoraSpec): ReadonlyArray<AdaptedModule> =>
  Array.from({ length: config.layers }, (_, layer) =>
    lora.targets.map((module) => {
      const [out, input] = moduleShape(config, module)
      return { layer, module, path: `model.layers.${layer}.${modulePath(module)}`, out, in: input }
    })).flat()
