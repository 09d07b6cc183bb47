import * as Schema from "effect/Schema"

const key = <S extends Schema.Top>(schema: S, meaning: string): S["Rebuild"] =>
  schema.annotate({ description: meaning })

const Share = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))
const OpenShare = Schema.Finite.check(
  Schema.isBetween({ minimum: 0, maximum: 1, exclusiveMinimum: true, exclusiveMaximum: true })
)
const BelowOne = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1, exclusiveMaximum: true }))
const Positive = Schema.Finite.check(Schema.isGreaterThan(0))
const Nonnegative = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
const from = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/**
 * Every setting of a session: the single truth for `key=value` arguments, for `settings` in agent.ts and for `--help`.
 * An absent optional key has the meaning given in `absentMeans`.
 */
export const Settings = Schema.Struct({
  model_name: key(
    Schema.NonEmptyString,
    "the model: `pocket`, a folder in the Hugging Face layout, or for the gpu and tinker trainers a hub name"
  ),
  trainer: Schema.optionalKey(
    key(Schema.NonEmptyString, "where sampling and training run")
  ),
  objective: Schema.optionalKey(
    key(Schema.NonEmptyString, "how a lesson becomes a step")
  ),
  ui: Schema.optionalKey(
    key(Schema.NonEmptyString, "the user interface")
  ),
  workspace: key(Schema.NonEmptyString, "the project folder the agent works in"),
  state_dir: Schema.optionalKey(
    key(Schema.NonEmptyString, "folder of the ledger and the adapter")
  ),
  adapter: Schema.optionalKey(
    key(Schema.NonEmptyString, "which of the project's adapters, by name")
  ),
  sandbox: key(
    Schema.Literals(["auto", "none", "bubblewrap", "seatbelt"]),
    "what contains commands: the best this machine has, nothing, or the one named"
  ),
  enable_training: key(Schema.Boolean, "whether corrections change the weights"),
  save_every: key(from(0, 1_000_000), "export the adapter (PEFT layout) every so many steps; 0 never"),

  lora_rank: key(from(1, 256), "rank of the adapter"),
  lora_alpha: key(Positive, "scale of the adapter: alpha / rank multiplies it"),
  learning_rate: key(Positive, "AdamW's learning rate"),
  adam_beta1: key(BelowOne, "how much of AdamW's first moment stays from update to update"),
  adam_beta2: key(BelowOne, "the same of its second moment"),
  adam_epsilon: key(Positive, "what AdamW adds to the root of the second moment"),
  weight_decay: key(Nonnegative, "AdamW's decay, decoupled"),
  clip_norm: key(Nonnegative, "scale gradients down to this norm; 0 never"),
  inner_steps: key(from(1, 100), "optimiser updates per lesson at most"),
  divergence_budget: key(Positive, "stop a step's updates when the mean KL to the weights before it passes this, nats"),
  gate: key(Nonnegative, "make no step when teacher and student differ by less, mean nats per token"),
  divergence: key(Schema.Literals(["reverse_kl", "forward_kl", "jsd"]), "distance to the teacher"),
  jsd_alpha: key(OpenShare, "weight of the teacher in `jsd`"),
  estimator: key(
    Schema.Literals(["auto", "full", "topk", "sampled"]),
    "exact over the vocabulary, over the likeliest tokens, on the sampled ones only, or the best the trainer can"
  ),
  top_k: key(from(1, 1_000_000), "how many likeliest tokens `estimator=topk` keeps apart"),
  kl_coef: key(Nonnegative, "weight of the exact KL to the base model"),
  teacher: key(Schema.Literals(["base", "current", "ema"]), "whose weights read the correction"),
  teacher_sees_attempt: key(Schema.Boolean, "whether the teacher's prompt holds the denied attempt"),
  ema_rate: key(Share, "share of the current weights that `teacher=ema` takes up after each update"),
  until: key(
    Schema.Literals(["taught", "changed"]),
    "stop updates when the untold call is what the teacher would do, or just another one"
  ),
  confidence: key(
    Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1, exclusiveMaximum: true })),
    "and each of that call's tokens is this many times as likely as to the teacher; 0 asks for no more than the likeliest call"
  ),
  on_policy: key(Schema.Boolean, "whether later updates learn on what the model would do by then"),
  edit_teaches_call: key(
    Schema.Literals(["off", "distill", "cross_entropy"]),
    "what an edit teaches beside its denial: the teacher's view of the edited call, its tokens, or nothing"
  ),
  learn_from_retry: key(Schema.Boolean, "whether an approved retry is a lesson too"),
  denial_target: key(
    Schema.Literals(["greedy", "rejection", "off"]),
    "the call that a denial alone teaches under `objective=sft`, `dpo`, `grpo`, `ppo` and `mixture`: the corrected model's "
      + "likeliest, another one sampled from it, or none"
  ),
  dpo_beta: key(Positive, "how strongly `objective=dpo` holds to the base model"),
  samples: key(from(2, 256), "calls sampled at a time by `objective=grpo`, `ppo` and `mixture`"),
  grpo_share: key(Share, "share of GRPO in `objective=mixture`; the rest is SDPO's"),

  rehearse: key(
    from(0, 64),
    "how many calls approved or taught before a lesson may not change; 0 none"
  ),
  guard_canaries: key(from(0, 64), "how many calls approved before a step is judged by; 0 looks at none"),
  guard_canary_kl: key(
    Nonnegative,
    "undo a step that changes those calls by more, mean KL to the weights before, nats per token; 0 allows any"
  ),
  guard_validity: key(Share, "undo a step that leaves a smaller share of those calls able to run"),
  guard_step_norm: key(Nonnegative, "undo a step whose updates' norms sum to more; 0 allows any"),

  temperature: key(
    Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 2 })),
    "of sampling; 0 takes the likeliest token"
  ),
  top_p: key(Share.check(Schema.isGreaterThan(0)), "nucleus of sampling; 1 keeps every token"),
  max_tokens: key(from(16, 1_000_000), "longest turn of the model, tokens"),
  seed: key(from(0, 2 ** 31 - 1), "of sampling and of a fresh adapter"),
  engine: key(Schema.Literals(["auto", "native", "wasm"]), "what computes for the pocket trainer"),
  device: key(
    Schema.String.check(Schema.isPattern(/^(auto|cpu|mps|cuda(:\d+)?)$/)),
    "what computes for the gpu trainer: `auto`, `cuda`, `cuda:1`, `mps` or `cpu`"
  ),
  quantization: key(Schema.Literals(["none", "int8", "int4"]), "of the gpu trainer's frozen weights"),
  context_length: Schema.optionalKey(
    key(from(64, 10_000_000), "a smaller window than the model's, gpu and tinker trainers, tokens")
  ),
  python: Schema.optionalKey(key(Schema.NonEmptyString, "the Python that runs the gpu trainer")),
  tokenizer: Schema.optionalKey(key(Schema.NonEmptyString, "folder with the tokenizer of the tinker trainer's model")),
  tinker_consent: key(Schema.Boolean, "agree without being asked that this project's prompts go to the Tinker service"),
  tinker_keep_days: key(Nonnegative, "how long the Tinker service keeps the weights after a step; 0 for good"),
  tinker_prices: Schema.optionalKey(key(
    Schema.String.check(Schema.isPattern(/^\d+(\.\d+)?,\d+(\.\d+)?,\d+(\.\d+)?$/)),
    "what the Tinker service charges for reading, sampling and training, e.g. `0.1,0.4,0.4`, USD per million tokens"
  )),
  threads: Schema.optionalKey(key(from(1, 256), "processor threads"))
})
export type Settings = typeof Settings.Type

/** What happens without the keys that have no default value. */
export const absentMeans: Readonly<Record<string, string>> = {
  trainer: "as agent.ts says",
  objective: "as agent.ts says",
  ui: "as agent.ts says",
  state_dir: ".continualcode in the workspace",
  adapter: "as `continualcode adapters switch` says, else main",
  context_length: "the model's own",
  python: "found, or made with uv",
  tokenizer: "as the hub has it under model_name",
  tinker_prices: "no costs are counted",
  threads: "as many as help"
}

/** Some of the settings, as agent.ts may give them. */
export type PartialSettings = { readonly [K in keyof Settings]?: Settings[K] | undefined }

export type SettingKey = keyof Settings
export const settingKeys = Object.keys(Settings.fields).filter((name): name is SettingKey => name in Settings.fields)

/** Defaults measured on the pocket model stand in docs/configuration.md. */
export const defaultSettings: Settings = {
  model_name: "pocket",
  workspace: ".",
  sandbox: "auto",
  enable_training: true,
  save_every: 10,
  lora_rank: 16,
  lora_alpha: 32,
  learning_rate: 0.006,
  adam_beta1: 0,
  adam_beta2: 0,
  adam_epsilon: 1e-4,
  weight_decay: 0,
  clip_norm: 1,
  inner_steps: 24,
  divergence_budget: 2,
  gate: 0.01,
  divergence: "forward_kl",
  jsd_alpha: 0.5,
  estimator: "auto",
  top_k: 20,
  kl_coef: 0.04,
  teacher: "base",
  teacher_sees_attempt: false,
  ema_rate: 0.01,
  until: "taught",
  confidence: 0.75,
  on_policy: true,
  edit_teaches_call: "distill",
  learn_from_retry: true,
  denial_target: "greedy",
  dpo_beta: 0.1,
  samples: 8,
  grpo_share: 0.5,
  rehearse: 64,
  guard_canaries: 4,
  guard_canary_kl: 0.25,
  guard_validity: 0.75,
  guard_step_norm: 0,
  temperature: 0,
  top_p: 1,
  max_tokens: 512,
  seed: 0,
  engine: "auto",
  device: "auto",
  quantization: "none",
  tinker_consent: false,
  tinker_keep_days: 90
}

/**
 * What is different for models beyond the bundled one, which the defaults were measured on: a learning rate in the range
 * that published LoRA runs use, fewer updates, as each takes longer, and no rehearsal, which reads every kept turn anew after a
 * lesson.
 */
export const otherModelSettings = {
  learning_rate: 1e-4,
  inner_steps: 8,
  rehearse: 0
} as const satisfies PartialSettings
