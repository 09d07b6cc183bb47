import type { Settings } from "../core/config/Settings.ts"
import type { PocketOptions } from "../trainers/pocket/index.ts"
import type { SdpoInput } from "../trainers/sdpo/index.ts"

/** The settings that the pocket trainer takes, by its own names. */
export const pocketOptions = (settings: Settings): PocketOptions => ({
  ...(settings.model_name === "pocket" ? {} : { modelDirectory: settings.model_name }),
  lora: { rank: settings.lora_rank, alpha: settings.lora_alpha },
  seed: settings.seed,
  runtime: settings.engine,
  ...(settings.threads === undefined ? {} : { threads: settings.threads })
})

/** The settings that SDPO takes, by its own names; what has no setting keeps its default. */
export const sdpoOptions = (settings: Settings): SdpoInput => ({
  teacher: settings.teacher,
  teacherSeesAttempt: settings.teacher_sees_attempt,
  divergence: settings.divergence,
  jsdAlpha: settings.jsd_alpha,
  estimator: settings.estimator,
  klCoefficient: settings.kl_coef,
  learningRate: settings.learning_rate,
  innerSteps: settings.inner_steps,
  divergenceBudget: settings.divergence_budget,
  gate: settings.gate,
  emaRate: settings.ema_rate,
  until: settings.until,
  onPolicy: settings.on_policy,
  editTeachesCall: settings.edit_teaches_call,
  learnFromRetry: settings.learn_from_retry,
  seed: settings.seed
})
