import * as Schema from "effect/Schema"
import type { HiddenRequest, OptimizerOptions, SampleRequest, ScoreRequest } from "../../../core/LoraBackend.ts"
import type { LossItem } from "../../../core/Loss.ts"

/*
 * The headers of PROTOCOL.md as schemas: what the worker says is decoded before it is believed.
 */

const Payload = Schema.Union([
  Schema.Struct({ kind: Schema.Literal("bytes") }),
  Schema.Struct({
    kind: Schema.Literal("arrays"),
    arrays: Schema.Array(Schema.Struct({
      name: Schema.String,
      dtype: Schema.Literals(["float32", "int32"]),
      shape: Schema.Array(Schema.Natural)
    }))
  })
])
export type PayloadLayout = typeof Payload.Type

const Stage = Schema.Literals(["import", "load"])

const Hello = Schema.Struct({
  type: Schema.Literal("hello"),
  protocol: Schema.Int,
  worker: Schema.String,
  python: Schema.String,
  pid: Schema.Int
})
const Progress = Schema.Struct({
  type: Schema.Literal("progress"),
  id: Schema.Int,
  stage: Stage,
  done: Schema.Finite,
  total: Schema.Finite,
  message: Schema.String
})
const Token = Schema.Struct({
  type: Schema.Literal("token"),
  id: Schema.Int,
  token: Schema.Struct({
    id: Schema.Natural,
    logProb: Schema.Finite,
    finish: Schema.optionalKey(Schema.Literals(["stop", "length"]))
  })
})
const Done = Schema.Struct({
  type: Schema.Literal("result"),
  id: Schema.Int,
  revision: Schema.Natural,
  value: Schema.Unknown,
  payload: Schema.optionalKey(Payload)
})
/** Why the worker may refuse a request; each is a reason of `BackendError` too. */
export const RefusalReason = Schema.Literals([
  "ModelFiles",
  "Tokenizer",
  "ContextTooLong",
  "NonFinite",
  "OutOfMemory",
  "Snapshot",
  "Unsupported",
  "Internal"
])
const Failed = Schema.Struct({
  type: Schema.Literal("error"),
  id: Schema.NullOr(Schema.Int),
  revision: Schema.Natural,
  reason: Schema.Literals([...RefusalReason.literals, "Protocol"]),
  message: Schema.String
})
/** Every header the worker may send. */
export const FromWorker = Schema.Union([Hello, Progress, Token, Done, Failed])
export type FromWorker = typeof FromWorker.Type
export type Hello = typeof Hello.Type
export type Progress = typeof Progress.Type
export type WorkerToken = typeof Token.Type["token"]
export type Failed = typeof Failed.Type

const Device = Schema.Struct({
  device: Schema.String,
  name: Schema.String,
  totalBytes: Schema.NullOr(Schema.Finite),
  freeBytes: Schema.NullOr(Schema.Finite),
  capability: Schema.optionalKey(Schema.NullOr(Schema.String)),
  bfloat16: Schema.Boolean
})
export type Device = typeof Device.Type

const Probe = Schema.Struct({
  torch: Schema.String,
  devices: Schema.Array(Device),
  driver: Schema.NullOr(Schema.String),
  problem: Schema.NullOr(Schema.String)
})

const ModelNeeds = Schema.Struct({
  parameters: Schema.Natural,
  architecture: Schema.String,
  bytes: Schema.Struct({ bfloat16: Schema.Natural, int8: Schema.Natural, int4: Schema.Natural }),
  cacheBytesPerToken: Schema.Natural,
  contextLength: Schema.Natural,
  problem: Schema.NullOr(Schema.String)
})
export type ModelNeeds = typeof ModelNeeds.Type

const Opened = Schema.Struct({
  info: Schema.Struct({
    backend: Schema.String,
    engine: Schema.String,
    modelName: Schema.String,
    modelIdentity: Schema.String,
    contextLength: Schema.Int,
    vocabularySize: Schema.Int,
    lora: Schema.Struct({ rank: Schema.Int, alpha: Schema.Finite, targets: Schema.Array(Schema.String) }),
    capabilities: Schema.Struct({
      fullDistribution: Schema.Boolean,
      topK: Schema.Int,
      shadows: Schema.Boolean,
      streaming: Schema.Boolean,
      training: Schema.Boolean,
      hiddenSize: Schema.Int
    })
  }),
  device: Device,
  dtype: Schema.String,
  quantization: Schema.String,
  modelBytes: Schema.Finite
})
export type Opened = typeof Opened.Type

const Numbers = Schema.Array(Schema.Finite)
const LossReport = Schema.Struct({
  loss: Schema.Finite,
  gradientNorm: Schema.Finite,
  items: Schema.Array(Schema.Struct({
    logProbs: Numbers,
    teacherLogProbs: Schema.optionalKey(Numbers),
    divergences: Schema.optionalKey(Numbers),
    baseKls: Numbers,
    ratios: Numbers
  }))
})
const UpdateReport = Schema.Struct({
  gradientNorm: Schema.Finite,
  updateNorm: Schema.Finite,
  revision: Schema.Natural
})
const Scores = Schema.Struct({ logProbs: Numbers, entropies: Schema.optionalKey(Numbers) })
const Sampled = Schema.Struct({
  finish: Schema.Literals(["stop", "length", "cancelled", "empty"]),
  tokens: Schema.Natural
})
const Bytes = Schema.Struct({ bytes: Schema.Natural })
const Status = Schema.Struct({
  allocatedBytes: Schema.NullOr(Schema.Finite),
  peakBytes: Schema.NullOr(Schema.Finite),
  totalBytes: Schema.NullOr(Schema.Finite)
})

/** What each operation answers. */
export const values = {
  probe: Probe,
  inspect: ModelNeeds,
  open: Opened,
  prepare: Schema.Null,
  status: Status,
  close: Schema.Null,
  sample: Sampled,
  score: Scores,
  hiddenStates: Schema.Null,
  evaluate: LossReport,
  forwardBackward: LossReport,
  update: UpdateReport,
  discard: Schema.Null,
  blendShadow: Schema.Null,
  snapshot: Bytes,
  restore: Schema.Null,
  reset: Schema.Null,
  exportPeft: Schema.Null,
  importPeft: Schema.Null
} as const

export type Operation = keyof typeof values
export type Value<Name extends Operation> = (typeof values)[Name]["Type"]

/** What `open` is asked for; what is left out is the worker's own default. */
export interface OpenInput {
  readonly modelDirectory: string
  readonly modelName?: string
  readonly device?: string
  readonly dtype?: "auto" | "bfloat16" | "float32"
  readonly quantization?: "none" | "int8" | "int4"
  readonly lora: { readonly rank: number; readonly alpha: number; readonly targets: ReadonlyArray<string> }
  readonly seed?: number
  readonly stopIds: ReadonlyArray<number>
  readonly contextLength?: number
  readonly memoryLimitBytes?: number
  readonly checkpointing?: "auto" | "always" | "never"
  readonly promptGradient?: "exact" | "frozen"
  readonly threads?: number
}

interface Inputs {
  readonly inspect: { readonly modelDirectory: string }
  readonly open: OpenInput
  readonly sample: SampleRequest
  readonly score: ScoreRequest
  readonly hiddenStates: HiddenRequest
  readonly evaluate: { readonly items: ReadonlyArray<LossItem> }
  readonly forwardBackward: { readonly items: ReadonlyArray<LossItem> }
  readonly update: OptimizerOptions
  readonly blendShadow: { readonly name: string; readonly rate: number }
  readonly reset: { readonly seed: number }
  readonly exportPeft: { readonly directory: string }
  readonly importPeft: { readonly directory: string }
}
type Nothing = Readonly<Record<string, never>>

/** What each operation is asked with. */
export type Input<Name extends Operation> = Name extends keyof Inputs ? Inputs[Name] : Nothing

/** A message to the worker. */
export type ToWorker =
  | {
    readonly type: "request"
    readonly id: number
    readonly operation: Operation
    readonly input: unknown
    readonly payload?: PayloadLayout
  }
  | { readonly type: "cancel"; readonly id: number }
