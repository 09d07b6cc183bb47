import type {
  AttributeValue,
  ConstantData,
  ElementType,
  FileSpan,
  GraphDefinition,
  InitializerDefinition,
  NodeDefinition
} from "./Definition.ts"

/** A tensor of the graph. `trainable` says whether a gradient can reach it. */
export interface Value {
  readonly name: string
  readonly type: ElementType
  readonly trainable: boolean
}

/** Given the gradient of the output, the gradients of the inputs, in order; undefined where none is wanted. */
type Derivative = (gradient: Value) => ReadonlyArray<Value | undefined>

interface TapeEntry {
  readonly output: Value
  readonly inputs: ReadonlyArray<Value>
  readonly derivative: Derivative
}

interface EmitOptions {
  readonly attributes?: Readonly<Record<string, AttributeValue>>
  readonly domain?: string
  readonly type?: ElementType
  /** What the outputs are called, where that matters. */
  readonly names?: ReadonlyArray<string>
}

/** Operators that are ONNX Runtime's own. Present in its native and its WebAssembly build. */
export const MICROSOFT = "com.microsoft"

/**
 * Collects the nodes of one ONNX graph. Operations append nodes and record how to differentiate them; `gradients` walks the
 * record backwards and appends the backward nodes to the same graph. Lengths stay symbolic throughout.
 */
export class Graph {
  readonly #nodes: Array<NodeDefinition> = []
  readonly #initializers: GraphDefinition["initializers"][number][] = []
  readonly #inputs: GraphDefinition["inputs"][number][] = []
  readonly #outputs: GraphDefinition["outputs"][number][] = []
  readonly #tape: Array<TapeEntry> = []
  readonly #constants = new Map<string, Value>()
  #count = 0

  /** Declares a graph input. Only inputs marked `trainable` receive gradients. */
  input(name: string, type: ElementType, shape: ReadonlyArray<number | string>, trainable = false): Value {
    this.#inputs.push({ name, type, shape })
    return { name, type, trainable }
  }

  /** A named float constant (a weight). The same name gives the same constant. */
  weight(name: string, shape: ReadonlyArray<number>, data: ConstantData | FileSpan): Value {
    return this.stored({ name, type: "float32", shape, data })
  }

  /** A named constant of any type. The same name gives the same constant. */
  stored(constant: InitializerDefinition): Value {
    const known = this.#constants.get(constant.name)
    if (known !== undefined) return known
    this.#initializers.push(constant)
    const value: Value = { name: constant.name, type: constant.type, trainable: false }
    this.#constants.set(constant.name, value)
    return value
  }

  /** A small float constant, shared by content. */
  constant(data: ReadonlyArray<number>, shape: ReadonlyArray<number> = data.length === 1 ? [] : [data.length]): Value {
    return this.weight(`const.${shape.join("x")}.${data.join(",")}`, shape, Float32Array.from(data))
  }

  /** A small int64 constant (a shape, axes, bounds), shared by content. */
  integers(data: ReadonlyArray<number>, shape: ReadonlyArray<number> = [data.length]): Value {
    const name = `int.${shape.join("x")}.${data.join(",")}`
    return this.stored({ name, type: "int64", shape, data: BigInt64Array.from(data, (n) => BigInt(n)) })
  }

  /** Names a value as an output of the graph. */
  output(name: string, value: Value, shape: ReadonlyArray<number | string>): void {
    const { name: from, type } = value
    this.#nodes.push({ operator: "Identity", domain: "", inputs: [from], outputs: [name], type, attributes: {} })
    this.#outputs.push({ name, type: value.type, shape })
  }

  /** Makes a value an output of the graph under the name it has: one that a node writes where it is told to. */
  expose({ name, type }: Value, shape: ReadonlyArray<number | string>): void {
    this.#outputs.push({ name, type, shape })
  }

  /** Appends one node without recording a derivative. */
  emit(operator: string, inputs: ReadonlyArray<Value | undefined>, options: EmitOptions = {}): Value {
    return this.emitMany(operator, inputs, 1, options)[0]!
  }

  emitMany(
    operator: string,
    inputs: ReadonlyArray<Value | undefined>,
    outputCount: number,
    options: EmitOptions = {}
  ): ReadonlyArray<Value> {
    const outputs = Array.from({ length: outputCount }, (_, index): Value => ({
      name: options.names?.[index] ?? `v${this.#count++}`,
      type: options.type ?? "float32",
      trainable: false
    }))
    this.#nodes.push({
      operator,
      domain: options.domain ?? "",
      inputs: inputs.map((value) => value?.name ?? ""),
      outputs: outputs.map((value) => value.name),
      type: options.type ?? "float32",
      attributes: options.attributes ?? {}
    })
    return outputs
  }

  /**
   * Records that `output` was computed from `inputs` and how to differentiate it. Returns `output`, trainable when any input
   * is; below untrainable inputs nothing is recorded, so no backward node is ever built for them.
   */
  differentiable(output: Value, inputs: ReadonlyArray<Value>, derivative: Derivative): Value {
    if (!inputs.some((input) => input.trainable)) return output
    const value: Value = { ...output, trainable: true }
    this.#tape.push({ output: value, inputs, derivative })
    return value
  }

  /** The same value with no gradient flowing through it. */
  detach(value: Value): Value {
    return { ...value, trainable: false }
  }

  /** How many nodes there are so far: a place to cut at (`splitGraph`). */
  get size(): number {
    return this.#nodes.length
  }

  /**
   * Appends the backward pass of `output`, a scalar loss, or anything whose gradient is known to be `seed`. Returns the
   * gradient of each of `targets`, in order. Throws when a target does not influence the output.
   */
  gradients(output: Value, targets: ReadonlyArray<Value>, seed: Value = this.constant([1])): ReadonlyArray<Value> {
    const found = new Map<string, Value>([[output.name, seed]])
    for (let index = this.#tape.length - 1; index >= 0; index--) {
      const { derivative, inputs, output: reached } = this.#tape[index]!
      const gradient = found.get(reached.name)
      if (gradient === undefined) continue
      derivative(gradient).forEach((contribution, position) => {
        const input = inputs[position]!
        if (contribution === undefined || !input.trainable) return
        const earlier = found.get(input.name)
        found.set(input.name, earlier === undefined ? contribution : this.emit("Add", [earlier, contribution]))
      })
    }
    return targets.map((target) => {
      const gradient = found.get(target.name)
      if (gradient === undefined) throw new Error(`${output.name} does not depend on ${target.name}`)
      return gradient
    })
  }

  definition(): GraphDefinition {
    return {
      nodes: this.#nodes,
      initializers: this.#initializers,
      inputs: this.#inputs,
      outputs: this.#outputs
    }
  }
}
