import type {
  BackendError,
  HiddenRequest,
  OptimizerOptions,
  SampleRequest,
  ScoreRequest,
  Scores,
  UpdateReport
} from "../../../core/LoraBackend.ts"
import type { LossItem, LossReport } from "../../../core/Loss.ts"
import type { EngineToken } from "../engine/Engine.ts"

/** What the worker can be asked for: argument and result of each operation. All of it is structured-cloneable. */
export interface Operations {
  readonly sample: (input: { readonly request: SampleRequest; readonly cancel: SharedArrayBuffer }) => void
  readonly score: (input: ScoreRequest) => Scores
  readonly hiddenStates: (input: HiddenRequest) => ReadonlyArray<Float32Array>
  readonly evaluate: (input: ReadonlyArray<LossItem>) => LossReport
  readonly forwardBackward: (input: ReadonlyArray<LossItem>) => LossReport
  readonly update: (input: OptimizerOptions) => UpdateReport
  readonly discard: (input: undefined) => void
  readonly blendShadow: (input: { readonly name: string; readonly rate: number }) => void
  readonly snapshot: (input: undefined) => Uint8Array
  readonly restore: (input: Uint8Array) => void
  readonly reset: (input: { readonly seed: number }) => void
  readonly parameters: (input: undefined) => Float32Array
  readonly adopt: (input: Float32Array) => void
  readonly prepare: (input: undefined) => void
  readonly close: (input: undefined) => void
}

export type OperationName = keyof Operations
export type Input<Name extends OperationName> = Parameters<Operations[Name]>[0]
export type Output<Name extends OperationName> = ReturnType<Operations[Name]>

/** To the worker. Requests run one after another, in the order of arrival. */
export type Request = {
  readonly [Name in OperationName]: { readonly id: number; readonly operation: Name; readonly input: Input<Name> }
}[OperationName]

/** How far the preparation of a model is: weights done. */
export interface Preparation {
  readonly done: number
  readonly total: number
}

/** From the worker. `Preparing` comes before `Ready`, of a model that is prepared the first time. `Done` and `Failed` end a request; `Token` comes before the end of a `sample`. */
export type Reply =
  | ({ readonly _tag: "Preparing" } & Preparation)
  | { readonly _tag: "Ready"; readonly runtime: string }
  | { readonly _tag: "NotReady"; readonly reason: BackendError["reason"]; readonly message: string }
  | { readonly _tag: "Token"; readonly id: number; readonly token: EngineToken }
  | { readonly _tag: "Done"; readonly id: number; readonly value: unknown; readonly revision: number }
  | { readonly _tag: "Failed"; readonly id: number; readonly reason: BackendError["reason"]; readonly message: string }
