import * as Schema from "effect/Schema"

/** A setting: what it may be, what it is when nobody says, and what it means. */
const key = <S extends Schema.Top>(schema: S, byDefault: S["Type"], meaning: string): S["Rebuild"] =>
  schema.annotate({ default: byDefault, description: meaning })

/** A setting without a value of its own; `absent` says what happens then. */
const open = <S extends Schema.Top>(schema: S, absent: string, meaning: string): Schema.optionalKey<S["Rebuild"]> =>
  Schema.optionalKey(schema.annotate({ absent, description: meaning }))

const Share = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))
const OpenShare = Schema.Finite.check(
  Schema.isBetween({ minimum: 0, maximum: 1, exclusiveMinimum: true, exclusiveMaximum: true })
)
const BelowOne = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1, exclusiveMaximum: true }))
const Positive = Schema.Finite.check(Schema.isGreaterThan(0))
const Place = Schema.NonEmptyString.annotate({ holds: "path" })
/** Infinity is allowed: no limit. */
const Limit = Schema.Number.check(Schema.isGreaterThan(0))
const Nonnegative = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
const from = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/**
 * Every setting of a session, once: bounds, default and meaning, for `key=value` arguments, for `settings` in agent.ts, for the
 * options of the bundled parts, for `--help`, completion and docs/configuration.md.
 */
export const Settings = Schema.Struct({
  model_name: key(
    Place,
    "pocket",
    "the model: `pocket`, a folder in the Hugging Face layout, a GGUF file, a name on the hub (OWNER/NAME or OWNER/NAME/FILE.gguf) or "
      + "ollama:NAME; GGUF files for the pocket trainer only"
  ),
  trainer: open(Schema.NonEmptyString, "as agent.ts says", "where sampling and training run"),
  objective: open(Schema.NonEmptyString, "as agent.ts says", "how a lesson becomes a step"),
  ui: open(Schema.NonEmptyString, "as agent.ts says", "the user interface"),
  workspace: key(Place, ".", "the project folder the agent works in"),
  state_dir: open(Place, ".continualcode in the workspace", "folder of the ledger and the adapter"),
  adapter: open(
    Schema.NonEmptyString,
    "as `continualcode adapters switch` says, else main",
    "which of the project's adapters, by name"
  ),
  sandbox: key(
    Schema.Literals(["auto", "none", "bubblewrap", "seatbelt", "sandbox-runtime"]),
    "auto",
    "what contains commands: the best this machine has, nothing, or the one named"
  ),
  enable_training: key(Schema.Boolean, true, "whether corrections change the weights"),
  save_every: key(from(0, 1_000_000), 10, "export the adapter (PEFT layout) every so many steps; 0 never"),
  lora_rank: key(from(1, 256), 16, "rank of the adapter"),
  lora_alpha: key(Positive, 32, "scale of the adapter: alpha / rank multiplies it"),
  lora_scope: key(
    Schema.Literals(["auto", "turn", "all"]),
    "auto",
    "where the adapter is active: on the turn being generated, on every token, or as suits the model"
  ),
  learning_rate: key(Positive, 0.006, "AdamW's learning rate"),
  adam_beta1: key(BelowOne, 0, "how much of AdamW's first moment stays from update to update"),
  adam_beta2: key(BelowOne, 0, "the same of its second moment"),
  adam_epsilon: key(Positive, 1e-4, "what AdamW adds to the root of the second moment"),
  weight_decay: key(Nonnegative, 0, "AdamW's decay, decoupled"),
  clip_norm: key(Nonnegative, 1, "scale gradients down to this norm; 0 never"),
  inner_steps: key(from(1, 100), 24, "optimiser updates per lesson at most; while calls to keep have changed, 8 more"),
  divergence_budget: key(
    Positive,
    2,
    "stop a step's updates when the mean KL to the weights before it passes this, nats"
  ),
  gate: key(Nonnegative, 0.01, "make no step when teacher and student differ by less, mean nats per token"),
  divergence: key(Schema.Literals(["reverse_kl", "forward_kl", "jsd"]), "forward_kl", "distance to the teacher"),
  jsd_alpha: key(OpenShare, 0.5, "weight of the teacher in `jsd`"),
  estimator: key(
    Schema.Literals(["auto", "full", "topk", "sampled"]),
    "auto",
    "exact over the vocabulary, over the likeliest tokens, on the sampled ones only, or the best the trainer can"
  ),
  top_k: key(from(1, 1_000_000), 20, "how many likeliest tokens `estimator=topk` keeps apart"),
  kl_coef: key(Nonnegative, 0.04, "weight of the exact KL to the base model"),
  teacher: key(Schema.Literals(["base", "current", "ema"]), "base", "whose weights read the correction"),
  teacher_sees_attempt: key(Schema.Boolean, false, "whether the teacher's prompt holds the denied attempt"),
  ema_rate: key(Share, 0.01, "share of the current weights that `teacher=ema` takes up after each update"),
  until: key(
    Schema.Literals(["taught", "changed"]),
    "taught",
    "stop updates when the untold call is what the teacher would do, or just another one"
  ),
  confidence: key(
    Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1, exclusiveMaximum: true })),
    0.75,
    "and each of that call's tokens is this many times as likely as to the teacher; 0 asks for no more than the likeliest call"
  ),
  on_policy: key(Schema.Boolean, true, "whether later updates learn on what the model would do by then"),
  told_turn: key(
    Schema.Literals(["free", "held"]),
    "free",
    "what the teacher's own turn is: what it says by itself, or a call of one of the tools, which it is held to"
  ),
  learn_on: key(
    Schema.Literals(["attempt", "call", "both"]),
    "attempt",
    "what is learned on: the denied call and an edited one; the corrected call alone, which is the edited one or with "
      + "`told_turn=held` the teacher's own; or both of them"
  ),
  edit_teaches_call: key(
    Schema.Literals(["off", "distill", "cross_entropy"]),
    "distill",
    "what an edit teaches beside its denial: the teacher's view of the edited call, its tokens, or nothing"
  ),
  advantage_clip: key(
    Limit,
    5,
    "cut the advantages of sampled tokens to this on either side, `estimator=sampled`; Infinity never"
  ),
  learn_from_retry: key(Schema.Boolean, true, "whether an approved retry is a lesson too"),
  retry_divergence: key(
    Schema.Literals(["same", "reverse_kl", "forward_kl", "jsd"]),
    "forward_kl",
    "distance to the teacher in the lesson of a retry; `same`: as `divergence`"
  ),
  denial_target: key(
    Schema.Literals(["greedy", "rejection", "off"]),
    "greedy",
    "the call that a denial alone teaches under `objective=sft`, `dpo`, `grpo`, `ppo` and `mixture`: the corrected model's "
      + "likeliest, another one sampled from it, or none"
  ),
  dpo_beta: key(Positive, 0.1, "how strongly `objective=dpo` holds to the base model"),
  dpo_nll: key(
    Nonnegative,
    0,
    "weight of cross-entropy on the corrected call beside `objective=dpo`, which keeps it from falling with the denied one"
  ),
  samples: key(from(2, 256), 8, "calls sampled at a time by `objective=grpo`, `ppo` and `mixture`"),
  grpo_share: key(Share, 0.5, "share of GRPO in `objective=mixture`; the rest is SDPO's"),
  rehearse: key(
    from(0, 64),
    64,
    "how many calls approved or taught before a lesson may not change; 0 none"
  ),
  guard_canaries: key(from(0, 64), 4, "how many calls approved before a step is judged by; 0 looks at none"),
  guard_canary_kl: key(
    Nonnegative,
    0.25,
    "undo a step that changes those calls by more, mean KL to the weights before, nats per token; 0 allows any"
  ),
  guard_validity: key(Share, 0.75, "undo a step that leaves a smaller share of those calls able to run"),
  guard_step_norm: key(Nonnegative, 0, "undo a step whose updates' norms sum to more; 0 allows any"),
  temperature: key(
    Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 2 })),
    0,
    "of sampling; 0 takes the likeliest token"
  ),
  top_p: key(Share.check(Schema.isGreaterThan(0)), 1, "nucleus of sampling; 1 keeps every token"),
  constrain: key(
    Schema.Literals(["auto", "off"]),
    "auto",
    "hold a call, once it has begun, to the tools there are and their arguments; `auto` does so for all models but the bundled one"
  ),
  denied_calls: key(
    Schema.Literals(["shown", "left_out"]),
    "shown",
    "whether the model reads the calls that were denied, or only their corrections"
  ),
  max_tokens: key(from(16, 1_000_000), 512, "longest turn of the model, tokens"),
  seed: key(from(0, 2 ** 31 - 1), 0, "of sampling and of a fresh adapter"),
  engine: key(Schema.Literals(["auto", "native", "wasm"]), "auto", "what computes for the pocket trainer"),
  quantize: key(
    Schema.Literals(["auto", "4", "8", "none"]),
    "auto",
    "bits of a large model's weights in the pocket trainer; `auto` takes what its file has, `none` float32"
  ),
  device: key(
    Schema.String.check(Schema.isPattern(/^(auto|cpu|mps|cuda(:\d+)?)$/)),
    "auto",
    "what computes for the gpu trainer: `auto`, `cuda`, `cuda:1`, `mps` or `cpu`"
  ),
  quantization: key(Schema.Literals(["none", "int8", "int4"]), "none", "of the gpu trainer's frozen weights"),
  prompt_gradient: key(
    Schema.Literals(["exact", "frozen"]),
    "exact",
    "whether the gpu trainer's backward pass goes through the prompt; `frozen` takes its keys and values as constants"
  ),
  context_length: open(
    from(64, 10_000_000),
    "the model's own; with the pocket trainer at most 8192",
    "a smaller window than the model's, tokens"
  ),
  python: open(Place, "found, or made with uv", "the Python that runs the gpu trainer"),
  tokenizer: open(
    Place,
    "as the hub has it under model_name",
    "folder with the tokenizer of the tinker trainer's model"
  ),
  tinker_consent: key(
    Schema.Boolean,
    false,
    "agree without being asked that this project's prompts go to the Tinker service"
  ),
  tinker_keep_days: key(Nonnegative, 90, "how long the Tinker service keeps the weights after a step; 0 for good"),
  tinker_prices: open(
    Schema.String.check(Schema.isPattern(/^\d+(\.\d+)?,\d+(\.\d+)?,\d+(\.\d+)?$/)),
    "no costs are counted",
    "what the Tinker service charges for reading, sampling and training, e.g. `0.1,0.4,0.4`, USD per million tokens"
  ),
  threads: open(from(1, 256), "as many as help", "processor threads")
})
export type Settings = typeof Settings.Type

/** Some of the settings, as agent.ts may give them. */
export type PartialSettings = { readonly [K in keyof Settings]?: Settings[K] | undefined }

export type SettingKey = keyof Settings
export const settingKeys = Object.keys(Settings.fields).filter((name): name is SettingKey => name in Settings.fields)

/** What is said of a setting beside its bounds. */
interface AboutSetting {
  readonly default?: unknown
  /** What happens without it, where there is no default. */
  readonly absent?: string
  readonly meaning: string
  /** Whether it is, or may be, a file or folder. */
  readonly isPath: boolean
}

export const aboutSetting = (name: SettingKey): AboutSetting => {
  const field: Schema.Top = Settings.fields[name]
  const { absent, default: byDefault, description = "", holds } = Schema.resolveAnnotations(field) ?? {}
  return {
    meaning: description,
    isPath: holds === "path",
    ...(byDefault === undefined ? {} : { default: byDefault }),
    ...(typeof absent === "string" ? { absent } : {})
  }
}

/** Defaults measured on the pocket model stand in docs/configuration.md. */
export const defaultSettings: Settings = Schema.decodeUnknownSync(Settings)(
  Object.fromEntries(settingKeys.flatMap((name) => {
    const { default: byDefault } = aboutSetting(name)
    return byDefault === undefined ? [] : [[name, byDefault]]
  }))
)

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

/**
 * What is different for such models with the pocket trainer, whose adapters are active on the turn only: at this rate a
 * coder of half a billion weights learned its lessons in two to five updates and kept its other calls. Left to themselves such
 * models answer a correction with words or a tool that does not exist, so their told turn is held to a call, which is what is
 * learned.
 */
export const turnSettings = {
  learning_rate: 4e-4,
  told_turn: "held",
  learn_on: "call",
  denied_calls: "left_out"
} as const satisfies PartialSettings

/**
 * What is different on a Tinker service beside that. One server sums the losses of all tokens, another divides by the length of each
 * sequence, and none says which; with an epsilon far below any gradient the size of an update does not depend on it. It is the
 * protocol's own default.
 */
export const tinkerSettings = { adam_epsilon: 1e-12 } as const satisfies PartialSettings
