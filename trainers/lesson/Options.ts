import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { aboutSetting, type SettingKey, Settings } from "../../core/config/Settings.ts"
import { baseWeights, currentWeights, type Weights } from "../../core/Weights.ts"
import type { LessonLimits } from "./Objective.ts"

/** Any size, 0 included. */
export const nonNegative = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
/** Infinity switches a limit off. */
export const limit = Schema.Number.check(Schema.isGreaterThan(0))
export const share = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))
export const count = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

export const withDefault = <S extends Schema.Constraint>(schema: S, value: S["Encoded"]) =>
  Schema.withDecodingDefaultKey<S>(Effect.succeed(value))(schema)

/** How an option follows from a setting. */
interface Origin {
  readonly setting: SettingKey
  readonly read: (value: unknown) => unknown
}

const isOrigin = (value: unknown): value is Origin =>
  typeof value === "object" && value !== null && "setting" in value && "read" in value

const withOrigin = <S extends Schema.ConstraintCodec<unknown>>(
  schema: S,
  origin: Origin
): Schema.withDecodingDefaultKey<S> => {
  const byDefault = origin.read(aboutSetting(origin.setting).default)
  return withDefault(schema, Schema.encodeUnknownSync(schema)(byDefault)).annotate({ origin })
}

/** An option that is a setting: bounds, default and meaning are stated there. */
export const ofSetting = <K extends SettingKey>(setting: K) =>
  withOrigin(Settings.fields[setting], { setting, read: (value) => value })

/** An option that may be more, or less, than the setting it comes from; `read` turns the one into the other. */
export const fromSetting = <S extends Schema.ConstraintCodec<unknown>>(
  setting: SettingKey,
  schema: S,
  read: (value: unknown) => unknown = (value) => value
) => withOrigin(schema, { setting, read })

const originsOf = ({ fields }: { readonly fields: Schema.Struct.Fields }): ReadonlyArray<readonly [string, Origin]> =>
  Object.entries(fields).flatMap(([name, field]) => {
    const origin = Schema.resolveAnnotations(field)?.["origin"]
    return isOrigin(origin) ? [[name, origin] as const] : []
  })

/** Options of the optimiser and of how far one lesson may go, the same for every objective. */
export const limitFields = {
  /** 0 measures a lesson and changes nothing. */
  learningRate: fromSetting("learning_rate", nonNegative),
  innerSteps: ofSetting("inner_steps"),
  until: ofSetting("until"),
  /** Asks for nothing where a backend does not report likelihoods with a sample. */
  confidence: ofSetting("confidence"),
  divergenceBudget: fromSetting("divergence_budget", limit),
  rehearse: ofSetting("rehearse"),
  /** Further updates made, at most, while some of the rehearsed turns have been changed. */
  rehearsalSteps: withDefault(count(0, 100), 8),
  gate: ofSetting("gate"),
  /** With 0 a lesson is not moved along by what the lessons before it taught; so for `beta2`. */
  beta1: ofSetting("adam_beta1"),
  beta2: ofSetting("adam_beta2"),
  epsilon: ofSetting("adam_epsilon"),
  weightDecay: ofSetting("weight_decay"),
  maxGradientNorm: fromSetting("clip_norm", limit, (norm) => norm === 0 ? Infinity : norm),
  seed: ofSetting("seed")
} as const

/** Options of objectives that learn towards one call; see `findTarget`. */
export const targetFields = {
  /** A moving average serves distillation only; its base stands in where a single call is asked for. */
  teacher: fromSetting(
    "teacher",
    Schema.Literals(["base", "current"]),
    (teacher) => teacher === "ema" ? "base" : teacher
  ),
  teacherSeesAttempt: ofSetting("teacher_sees_attempt"),
  denialTarget: ofSetting("denial_target"),
  /** Sampled until one is another usable call, with `rejection`. */
  rejectionSamples: withDefault(count(1, 64), 4),
  learnFromRetry: ofSetting("learn_from_retry")
} as const

/** Options of objectives that sample turns and reward them. */
export const rolloutFields = {
  /** Turns sampled per group (G). */
  samples: ofSetting("samples"),
  /**
   * Of the sampling. Only 1 samples from the policy that is updated; log-probabilities are those at 1 whatever this is.
   */
  temperature: withDefault(limit, 1),
  /** Updates made on one group before the next is sampled from the new weights. */
  updatesPerGroup: withDefault(count(1, 100), 2),
  /** 1 for the wanted call and 0 for others, or something for a right tool and right arguments as well. */
  reward: withDefault(Schema.Literals(["exact", "graded"]), "graded")
} as const

const limitOptions = Schema.Struct(limitFields)
const targetOptions = Schema.Struct(targetFields)
const rolloutOptions = Schema.Struct(rolloutFields)
export type LimitOptions = typeof limitOptions.Type
export type TargetOptions = typeof targetOptions.Type
export type RolloutOptions = typeof rolloutOptions.Type

/** The limits of one lesson from an objective's options. */
export const limitsOf = (options: LimitOptions, onPolicy: boolean): LessonLimits => ({
  innerSteps: options.innerSteps,
  until: options.until,
  confidence: options.confidence,
  onPolicy,
  divergenceBudget: options.divergenceBudget,
  gate: options.gate,
  rehearse: options.rehearse,
  rehearsalSteps: options.rehearsalSteps,
  seed: options.seed,
  optimizer: {
    learningRate: options.learningRate,
    beta1: options.beta1,
    beta2: options.beta2,
    epsilon: options.epsilon,
    weightDecay: options.weightDecay,
    maxGradientNorm: options.maxGradientNorm
  }
})

export const teacherWeightsOf = (teacher: "base" | "current"): Weights =>
  teacher === "base" ? baseWeights : currentWeights

/** Options with defaults filled in. Unknown names and bad values are refused with a SchemaError that names them all. */
export const decodeOptions = <Options>(
  options: Schema.ConstraintDecoder<Options>,
  given: unknown
): Effect.Effect<Options, Schema.SchemaError> =>
  Schema.decodeUnknownEffect(options, { errors: "all", onExcessProperty: "error" })(given)

/** The settings that reach an objective's options. */
export const settingsOf = (options: { readonly fields: Schema.Struct.Fields }): ReadonlyArray<SettingKey> =>
  originsOf(options).map(([, { setting }]) => setting)

/** Options as the settings have them, or as some of them have; what none gives is left out. */
export const optionsFrom = (
  options: { readonly fields: Schema.Struct.Fields },
  settings: Settings,
  only: ReadonlyArray<SettingKey> = settingsOf(options)
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    originsOf(options).flatMap(([name, { read, setting }]) =>
      only.includes(setting) ? [[name, read(settings[setting])]] : []
    )
  )
