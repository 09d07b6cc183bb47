import type { ElementType, GraphDefinition, NodeDefinition, PortDefinition } from "./Definition.ts"

/** A value that the second part of a graph takes under its own name, and the first gives under another. */
export interface Crossing {
  readonly name: string
  readonly output: string
  readonly type: ElementType
}

/** A graph in two parts that run one after the other. */
export interface SplitGraph {
  readonly first: GraphDefinition
  readonly second: GraphDefinition
  readonly crossing: ReadonlyArray<Crossing>
}

const producers = (nodes: ReadonlyArray<NodeDefinition>) =>
  new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)))

/** The parts of `whole` that `nodes` use. */
const partOf = (
  whole: GraphDefinition,
  nodes: ReadonlyArray<NodeDefinition>,
  extra: { readonly inputs?: ReadonlyArray<PortDefinition>; readonly outputs?: ReadonlyArray<PortDefinition> }
): GraphDefinition => {
  const used = new Set(nodes.flatMap(({ inputs }) => inputs))
  const made = producers(nodes)
  return {
    nodes,
    initializers: whole.initializers.filter(({ name }) => used.has(name)),
    inputs: [...whole.inputs.filter(({ name }) => used.has(name)), ...(extra.inputs ?? [])],
    outputs: [...whole.outputs.filter(({ name }) => made.has(name)), ...(extra.outputs ?? [])]
  }
}

/**
 * Cuts a graph after its first `size` nodes. What the second part needs from the first crosses where `kept` names the value
 * of the first part to carry it in; else it is computed again from what crosses: what is quick to compute and large to carry.
 */
export const splitGraph = (
  whole: GraphDefinition,
  size: number,
  kept: ReadonlyMap<string, string>
): SplitGraph => {
  const before = whole.nodes.slice(0, size)
  const after = whole.nodes.slice(size)
  const made = producers(before)
  const again = new Set<NodeDefinition>()
  const crossing = new Map<string, Crossing>()
  const need = (name: string): void => {
    const node = made.get(name)
    if (node === undefined || again.has(node) || crossing.has(name)) return
    const output = kept.get(name)
    if (output === undefined) {
      again.add(node)
      node.inputs.forEach(need)
    } else {
      crossing.set(name, { name, output, type: node.type })
    }
  }
  for (const { inputs } of after) inputs.forEach(need)
  const values = [...crossing.values()]
  return {
    first: partOf(whole, before, { outputs: values.map(({ output, type }) => ({ name: output, type })) }),
    second: partOf(whole, [...before.filter((node) => again.has(node)), ...after], {
      inputs: values.map(({ name, type }) => ({ name, type }))
    }),
    crossing: values
  }
}
