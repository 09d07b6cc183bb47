import * as Schema from "effect/Schema"

const key = <S extends Schema.Top>(schema: S, meaning: string): S["Rebuild"] =>
  schema.annotate({ description: meaning })

const Share = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))
const OpenShare = Schema.Finite.check(
  Schema.isBetween({ minimum: 0, maximum: 1, exclusiveMinimum: true, exclusiveMaximum: true })
)
const Positive = Schema.Finite.check(Schema.isGreaterThan(0))
const Nonnegative = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
const from = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/**
 * Every setting of a session: the single truth for `key=value` arguments, for `settings` in agent.ts and for `--help`.
 * An absent optional key has the meaning given in `absentMeans`.
 */
export const Settings = Schema.Struct({
  model_name: key(Schema.NonEmptyString, "the model: `pocket`, or a folder in the Hugging Face layout"),
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
  enable_training: key(Schema.Boolean, "whether corrections change the weights"),
  save_every: key(from(0, 1_000_000), "export the adapter (PEFT layout) every so many steps; 0 never"),

  lora_rank: key(from(1, 256), "rank of the adapter"),
  lora_alpha: key(Positive, "scale of the adapter: alpha / rank multiplies it"),
  learning_rate: key(Positive, "AdamW's learning rate"),
  inner_steps: key(from(1, 100), "optimiser updates per lesson at most"),
  divergence_budget: key(Positive, "stop a step's updates when the mean KL to the weights before it passes this, nats"),
  gate: key(Nonnegative, "make no step when teacher and student differ by less, mean nats per token"),
  divergence: key(Schema.Literals(["reverse_kl", "forward_kl", "jsd"]), "distance to the teacher"),
  jsd_alpha: key(OpenShare, "weight of the teacher in `jsd`"),
  estimator: key(
    Schema.Literals(["auto", "full", "sampled"]),
    "exact over the vocabulary, on the sampled tokens only, or the better of what the trainer can"
  ),
  kl_coef: key(Nonnegative, "weight of the exact KL to the base model"),
  teacher: key(Schema.Literals(["base", "current", "ema"]), "whose weights read the correction"),
  teacher_sees_attempt: key(Schema.Boolean, "whether the teacher's prompt holds the denied attempt"),
  ema_rate: key(Share, "share of the current weights that `teacher=ema` takes up after each update"),
  until: key(
    Schema.Literals(["taught", "changed"]),
    "stop updates when the untold call is what the teacher would do, or just another one"
  ),
  on_policy: key(Schema.Boolean, "whether later updates learn on what the model would do by then"),
  edit_teaches_call: key(
    Schema.Literals(["off", "distill", "cross_entropy"]),
    "what an edit teaches beside its denial: the teacher's view of the edited call, its tokens, or nothing"
  ),
  learn_from_retry: key(Schema.Boolean, "whether an approved retry is a lesson too"),

  temperature: key(
    Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 2 })),
    "of sampling; 0 takes the likeliest token"
  ),
  top_p: key(Share.check(Schema.isGreaterThan(0)), "nucleus of sampling; 1 keeps every token"),
  max_tokens: key(from(16, 1_000_000), "longest turn of the model, tokens"),
  seed: key(from(0, 2 ** 31 - 1), "of sampling and of a fresh adapter"),
  engine: key(Schema.Literals(["auto", "native", "wasm"]), "what computes for the pocket trainer"),
  threads: Schema.optionalKey(key(from(1, 256), "processor threads"))
})
export type Settings = typeof Settings.Type

/** What happens without the keys that have no default value. */
export const absentMeans: Readonly<Record<string, string>> = {
  trainer: "as agent.ts says",
  objective: "as agent.ts says",
  ui: "as agent.ts says",
  state_dir: ".continualcode in the workspace",
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
  enable_training: true,
  save_every: 10,
  lora_rank: 16,
  lora_alpha: 32,
  learning_rate: 0.01,
  inner_steps: 8,
  divergence_budget: 2,
  gate: 0.01,
  divergence: "forward_kl",
  jsd_alpha: 0.5,
  estimator: "auto",
  kl_coef: 0.04,
  teacher: "base",
  teacher_sees_attempt: false,
  ema_rate: 0.01,
  until: "taught",
  on_policy: true,
  edit_teaches_call: "distill",
  learn_from_retry: true,
  temperature: 0,
  top_p: 1,
  max_tokens: 512,
  seed: 0,
  engine: "auto"
}
