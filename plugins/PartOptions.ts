import type { Settings } from "../core/config/Settings.ts"
import type { DpoInput } from "../trainers/dpo/index.ts"
import type { GpuOptions } from "../trainers/gpu/index.ts"
import type { GrpoInput } from "../trainers/grpo/index.ts"
import type { MixtureInput } from "../trainers/mixture/index.ts"
import type { PocketOptions } from "../trainers/pocket/index.ts"
import type { PpoInput } from "../trainers/ppo/index.ts"
import type { SdpoInput } from "../trainers/sdpo/index.ts"
import type { SftInput } from "../trainers/sft/index.ts"

/** The settings that the pocket trainer takes, by its own names. */
export const pocketOptions = (settings: Settings): PocketOptions => ({
  ...(settings.model_name === "pocket" ? {} : { modelDirectory: settings.model_name }),
  lora: { rank: settings.lora_rank, alpha: settings.lora_alpha },
  seed: settings.seed,
  runtime: settings.engine,
  ...(settings.threads === undefined ? {} : { threads: settings.threads })
})

/** The settings that the gpu trainer takes, by its own names; `pocketModel` is the bundled model's folder. */
export const gpuOptions = (settings: Settings, pocketModel: string): GpuOptions => ({
  ...(settings.model_name === "pocket" ? { model: pocketModel, name: "pocket" } : { model: settings.model_name }),
  lora: { rank: settings.lora_rank, alpha: settings.lora_alpha },
  seed: settings.seed,
  device: settings.device,
  quantization: settings.quantization,
  ...(settings.context_length === undefined ? {} : { contextLength: settings.context_length }),
  ...(settings.python === undefined ? {} : { python: settings.python }),
  ...(settings.threads === undefined ? {} : { threads: settings.threads })
})

/** AdamW, the same for every objective. */
const optimizerOptions = (settings: Settings) => ({
  learningRate: settings.learning_rate,
  beta1: settings.adam_beta1,
  beta2: settings.adam_beta2,
  epsilon: settings.adam_epsilon,
  weightDecay: settings.weight_decay,
  maxGradientNorm: settings.clip_norm === 0 ? Infinity : settings.clip_norm
})

/** The settings that SDPO takes, by its own names; what has no setting keeps its default. */
export const sdpoOptions = (settings: Settings): SdpoInput => ({
  teacher: settings.teacher,
  teacherSeesAttempt: settings.teacher_sees_attempt,
  divergence: settings.divergence,
  jsdAlpha: settings.jsd_alpha,
  estimator: settings.estimator,
  topK: settings.top_k,
  klCoefficient: settings.kl_coef,
  ...optimizerOptions(settings),
  innerSteps: settings.inner_steps,
  divergenceBudget: settings.divergence_budget,
  gate: settings.gate,
  emaRate: settings.ema_rate,
  until: settings.until,
  confidence: settings.confidence,
  onPolicy: settings.on_policy,
  editTeachesCall: settings.edit_teaches_call,
  learnFromRetry: settings.learn_from_retry,
  rehearse: settings.rehearse,
  seed: settings.seed
})

/** The settings that every objective takes which learns towards one call; what has no setting keeps its default. */
const targetOptions = (settings: Settings) => ({
  // A moving average serves distillation only; its base stands in where a single call is asked for.
  teacher: settings.teacher === "ema" ? "base" as const : settings.teacher,
  teacherSeesAttempt: settings.teacher_sees_attempt,
  denialTarget: settings.denial_target,
  learnFromRetry: settings.learn_from_retry,
  ...optimizerOptions(settings),
  innerSteps: settings.inner_steps,
  divergenceBudget: settings.divergence_budget,
  gate: settings.gate,
  until: settings.until,
  confidence: settings.confidence,
  rehearse: settings.rehearse,
  seed: settings.seed
})

export const sftOptions = (settings: Settings): SftInput => ({
  ...targetOptions(settings),
  klCoefficient: settings.kl_coef
})

/** DPO holds to the base by itself, so `kl_coef` is not added to it. */
export const dpoOptions = (settings: Settings): DpoInput => ({ ...targetOptions(settings), beta: settings.dpo_beta })

export const grpoOptions = (settings: Settings): GrpoInput => ({
  ...targetOptions(settings),
  klCoefficient: settings.kl_coef,
  samples: settings.samples
})

export const ppoOptions = (settings: Settings): PpoInput => ({
  ...targetOptions(settings),
  klCoefficient: settings.kl_coef,
  samples: settings.samples
})

export const mixtureOptions = (settings: Settings): MixtureInput => ({
  ...targetOptions(settings),
  klCoefficient: settings.kl_coef,
  samples: settings.samples,
  lambda: settings.grpo_share,
  divergence: settings.divergence,
  jsdAlpha: settings.jsd_alpha,
  estimator: settings.estimator === "topk" ? "auto" : settings.estimator
})
