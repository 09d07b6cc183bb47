/** Element types the engine uses. */
export type ElementType = "float32" | "int32" | "int64" | "bool" | "uint8"

export type AttributeValue = number | string | ReadonlyArray<number> | { readonly float: number }

export interface NodeDefinition {
  readonly operator: string
  readonly domain: string
  readonly inputs: ReadonlyArray<string>
  readonly outputs: ReadonlyArray<string>
  /** Of all outputs. */
  readonly type: ElementType
  readonly attributes: Readonly<Record<string, AttributeValue>>
}

/**
 * A tensor at the graph's edge; a string in `shape` is a length known only when the graph runs. Without a shape nothing is
 * known of it before.
 */
export interface PortDefinition {
  readonly name: string
  readonly type: ElementType
  readonly shape?: ReadonlyArray<number | string>
}

/** Bytes of a constant that lie in a file beside the graph's, which the runtime maps into memory. */
export interface FileSpan {
  readonly file: string
  readonly offset: number
  readonly length: number
}

export type ConstantData = Float32Array | BigInt64Array | Uint8Array

export interface InitializerDefinition {
  readonly name: string
  readonly type: ElementType
  readonly shape: ReadonlyArray<number>
  readonly data: ConstantData | FileSpan
}

/** One ONNX graph, before serialisation. */
export interface GraphDefinition {
  readonly nodes: ReadonlyArray<NodeDefinition>
  readonly initializers: ReadonlyArray<InitializerDefinition>
  readonly inputs: ReadonlyArray<PortDefinition>
  readonly outputs: ReadonlyArray<PortDefinition>
}
