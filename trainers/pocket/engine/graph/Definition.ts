/** Element types the engine uses. */
export type ElementType = "float32" | "int32" | "int64" | "bool"

export type AttributeValue = number | string | ReadonlyArray<number> | { readonly float: number }

export interface NodeDefinition {
  readonly operator: string
  readonly domain: string
  readonly inputs: ReadonlyArray<string>
  readonly outputs: ReadonlyArray<string>
  readonly attributes: Readonly<Record<string, AttributeValue>>
}

/** A tensor at the graph's edge; a string in `shape` is a length known only when the graph runs. */
export interface PortDefinition {
  readonly name: string
  readonly type: ElementType
  readonly shape: ReadonlyArray<number | string>
}

export interface InitializerDefinition {
  readonly name: string
  readonly type: ElementType
  readonly shape: ReadonlyArray<number>
  readonly data: Float32Array | BigInt64Array
}

/** One ONNX graph, before serialisation. */
export interface GraphDefinition {
  readonly nodes: ReadonlyArray<NodeDefinition>
  readonly initializers: ReadonlyArray<InitializerDefinition>
  readonly inputs: ReadonlyArray<PortDefinition>
  readonly outputs: ReadonlyArray<PortDefinition>
}
