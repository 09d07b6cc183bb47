import * as Layer from "effect/Layer"
import type { SettingKey } from "../../core/config/Settings.ts"
import type { AgentDefinition } from "../../core/defineAgent.ts"

const reaches: Readonly<Record<"trainer" | "objective", ReadonlyArray<SettingKey>>> = {
  trainer: [
    "model_name",
    "lora_rank",
    "lora_alpha",
    "engine",
    "threads",
    "device",
    "quantization",
    "context_length",
    "python",
    "tokenizer",
    "tinker_consent",
    "tinker_keep_days",
    "tinker_prices"
  ],
  objective: [
    "learning_rate",
    "adam_beta1",
    "adam_beta2",
    "adam_epsilon",
    "weight_decay",
    "clip_norm",
    "inner_steps",
    "divergence_budget",
    "gate",
    "divergence",
    "jsd_alpha",
    "estimator",
    "top_k",
    "kl_coef",
    "teacher",
    "teacher_sees_attempt",
    "ema_rate",
    "until",
    "on_policy",
    "edit_teaches_call",
    "learn_from_retry",
    "denial_target",
    "dpo_beta",
    "samples",
    "grpo_share"
  ]
}

/** Sentences about `key=value` arguments that cannot reach a part, because agent.ts gives it as a finished layer. */
export const unreachable = (definition: AgentDefinition, keys: ReadonlyArray<string>): ReadonlyArray<string> => {
  const written = new Set(keys.map((key) => key.split("=")[0]))
  return (["trainer", "objective"] as const).flatMap((kind) => {
    if (!Layer.isLayer(definition[kind]) || written.has(kind)) return []
    const lost = reaches[kind].filter((key) => written.has(key))
    return lost.length === 0 ? [] : [
      `agent.ts gives its ${kind} as a finished layer, so ${lost.join(", ")} has no effect on it. `
      + `Write it as a function to use settings: ${kind}: ({ settings }) => …`
    ]
  })
}
