/** A tensor at the edge of a graph run. */
export type TensorData = Float32Array | Int32Array | BigInt64Array

/** What a session takes and gives: the runtime's own tensor object. Outputs may be fed back as inputs unchanged. */
export interface RuntimeTensor {
  readonly dims: ReadonlyArray<number>
  readonly data: TensorData
}

export interface RuntimeSession {
  readonly inputs: ReadonlyArray<string>
  readonly outputs: ReadonlyArray<string>
  /** Runs the graph and returns the named outputs, and those of `into`: where they go, if the runtime can put them there. */
  readonly run: (
    feeds: Readonly<Record<string, RuntimeTensor>>,
    outputs: ReadonlyArray<string>,
    into?: Readonly<Record<string, RuntimeTensor>>
  ) => Promise<Readonly<Record<string, RuntimeTensor>>>
  readonly release: () => Promise<void>
}

export interface LoadOptions {
  /** That of the files that the model's constants lie in, if any do. */
  readonly folder?: string | undefined
  /** Keep what a run took for the next. Default: yes. Without, memory goes back: for graphs that rarely run on large tensors. */
  readonly arena?: boolean
}

/** Something that runs an ONNX graph. */
export interface GraphRuntime {
  /** For people: what runs the numbers. */
  readonly name: string
  readonly kind: RuntimeKind
  readonly load: (model: Uint8Array, options?: LoadOptions) => Promise<RuntimeSession>
  readonly float: (data: Float32Array, dims: ReadonlyArray<number>) => RuntimeTensor
  readonly int32: (data: Int32Array, dims: ReadonlyArray<number>) => RuntimeTensor
  readonly int64: (data: BigInt64Array, dims: ReadonlyArray<number>) => RuntimeTensor
}

export type RuntimeKind = "native" | "wasm"

export interface RuntimeOptions {
  /** `auto` takes native and falls back to wasm where the native library cannot load. */
  readonly kind: RuntimeKind | "auto"
  /** Threads inside one operation; by default 1, or 2 on native where there are more than two cores. */
  readonly threads?: number | undefined
}
